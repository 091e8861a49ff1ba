#include "docs/command_rules.hpp"

#include <algorithm>
#include <array>
#include <regex>

#include "docs/commands.hpp"

namespace impasto::docs {
namespace {

/// What a pattern found in a command becomes, in this order.
struct Replacement {
  const char* pattern;
  const char* by;
};

constexpr std::array kReplacements{
    // Placeholders of the texts.
    Replacement{R"(impasto transfer …)", "impasto transfer photo.jpg painting.jpg -o out.png"},
    Replacement{R"(\bFILE\b)", "photo.jpg"},
    Replacement{R"(--preset NAME\b)", "--preset udacity"},
    Replacement{R"(--only NAME\b)", "--only lbfgs-styles"},
    Replacement{R"(^\./impasto\b)", "impasto"},
    // A script whose figures stand in the gallery with their commands, and are run from there.
    Replacement{R"(^tools/gallery\.sh\b)", "tools/gallery.sh --list"},
    // Sizes and lengths.
    Replacement{R"(( --(?:style-)?size) \d+(?!\d|x))", "$1 40"},
    Replacement{R"( --scales [\d,]+)", " --scales 20,40"},
    Replacement{R"( --iterations \d+)", " --iterations 2"},
    Replacement{R"( --save-every \d+)", " --save-every 1"},
    Replacement{R"( --pixel \d+,\d+)", " --pixel 20,12"},
    Replacement{R"(iterations=0,\d+,\d+,\d+)", "iterations=0,2,2,2"},
    // A quarter of these sizes would be too small for the network.
    Replacement{R"(style-scale=0\.25,0\.5,1,2)", "style-scale=0.75,1,1.5,2"},
    Replacement{R"(iterations=\d+,\d+,\d+,\d+,\d+)", "iterations=1,2,3,4,5"},
};

/// Options that a command of the program gets where it has none of that name.
struct Default {
  const char* commands;
  const char* option;
  const char* value;
};

constexpr std::array kDefaults{
    Default{"transfer|sweep|reconstruct|explain", "--size", "40"},
    Default{"transfer|sweep|reconstruct|explain", "--iterations", "2"},
    Default{"bench", "--size", "32x32"},
    Default{"bench", "--iterations", "1"},
};

struct Failure {
  const char* pattern;
  int exit_code;
  const char* says;
};

constexpr std::array kFailures{
    Failure{R"(--device cuda)", 4, "--device cuda"},  // every test hides the GPUs
    Failure{R"(gradcheck .*--break)", 1, "broken on purpose"},
};

struct Exception {
  const char* pattern;
  const char* why;
  const char* check;  ///< $& and $1 are what the pattern found
};

constexpr std::array kElsewhere{
    Exception{R"(^(tools/(?:demo|test|fresh)\.sh)\b)", "installs packages and builds everything",
              "bash -n $1 && $1 --help"},
    Exception{R"(^(tools/fetch_weights\.sh)\b)", "downloads", "bash -n $1 && $1 --help"},
    Exception{R"(^(tools/(?:bundle|gpu_check|chapters)\.sh)\b)", "takes minutes, or a GPU",
              "bash -n $1 && $1 --help"},
    Exception{R"(^(tools/(?:setup|lint|fuzz|compare_builds)\.sh)\b)",
              "installs packages, or takes minutes", "bash -n $1"},
    Exception{R"(^(benchmarks/compare\.sh)\b)", "needs PyTorch and a quiet machine",
              "bash -n $1 && $1 --help"},
    Exception{R"(^(?:python3 )?((?:benchmarks|tools)/[\w/]+\.py)\b)",
              "needs Python packages that the program does not",
              "python3 -c 'import ast; ast.parse(open(\"$1\").read())'"},
    Exception{R"(^python3 -m pip install\b)", "downloads", "true"},
    Exception{R"(^(?:cmake|ctest) (?:--build )?--preset (\w+))", "builds everything",
              "grep -q '\"name\": \"$1\"' CMakePresets.json"},
    Exception{R"(^cmake --install build/release)", "the test of the installed package does it",
              "test -f tests/install/install_test.cmake"},
    Exception{R"(^tar -xf impasto-COMMIT)", "tools/bundle.sh makes it", "test -d tools/bundle"},
    Exception{R"(^\./(run-tests\.sh)\b)", "lies in the bundle", "bash -n tools/bundle/$1"},
    Exception{R"(^for n in .*impasto bench)", "takes minutes",
              "impasto bench --size 16x16 --iterations 1 --json growth_16.json"},
};

constexpr std::array kPreparations{
    // Ctrl-C in the middle of a run.
    Replacement{R"(\bout\.checkpoint\b)",
                "impasto transfer photo.jpg painting.jpg -o out.png --size 40 --iterations 1000 "
                "--save-every 10 --progress none & "
                "until test -f out_0010.png || ! kill -0 $!; do sleep 0.02; done; "
                "kill -INT $!; wait $!; test -f out.checkpoint"},
    Replacement{R"(\b(adam|lbfgs)\.csv\b)",
                "for o in adam lbfgs; do impasto transfer photo.jpg painting.jpg -o before.png "
                "--size 40 --iterations 3 --optimizer $o --learning-rate 0.05 --trace $o.csv; "
                "done"},
};

/// A piece with the defaults that it lacks, behind the name of its command.
std::string with_defaults(std::string piece) {
  static const std::regex kCommand(R"(\bimpasto (\w+))");
  std::smatch match;
  if (!std::regex_search(piece, match, kCommand) || piece.find("--help") != std::string::npos ||
      piece.find("--resume") != std::string::npos) {
    return piece;
  }
  const std::string command = match[1];
  const auto place = static_cast<std::size_t>(match.position() + match.length());
  const std::vector<std::string> present = options_in(piece);
  const auto has = [&](const std::string& option) {
    return std::find(present.begin(), present.end(), option) != present.end();
  };
  std::string added;
  for (const Default& preset : kDefaults) {
    const bool given = has(preset.option);
    // Given by other words.
    const bool implied = std::string(preset.option) == "--size"
                             ? has("--scales")
                             : piece.find("iterations=") != std::string::npos;
    if (!given && !implied && std::regex_match(command, std::regex(preset.commands))) {
      added += std::string(" ") + preset.option + " " + preset.value;
    }
  }
  return piece.insert(place, added);
}

}  // namespace

std::string made_small(const std::string& command) {
  std::string text = command;
  for (const Replacement& replacement : kReplacements) {
    text = std::regex_replace(text, std::regex(replacement.pattern), replacement.by);
  }
  std::string small;
  for (const Piece& piece : pieces_of(text)) {
    small += with_defaults(piece.text) + piece.cut;
  }
  return small;
}

Ending expected_ending(const std::string& command) {
  for (const Failure& failure : kFailures) {
    if (std::regex_search(command, std::regex(failure.pattern))) {
      return {failure.exit_code, failure.says};
    }
  }
  return {};
}

std::optional<Elsewhere> runs_elsewhere(const std::string& command) {
  for (const Exception& exception : kElsewhere) {
    std::smatch match;
    if (std::regex_search(command, match, std::regex(exception.pattern))) {
      return Elsewhere{exception.why, match.format(exception.check)};
    }
  }
  return std::nullopt;
}

std::vector<std::string> preparations(const std::string& command) {
  std::vector<std::string> before;
  for (const Replacement& preparation : kPreparations) {
    if (std::regex_search(command, std::regex(preparation.pattern))) {
      before.emplace_back(preparation.by);
    }
  }
  return before;
}

bool is_known_program(const std::string& word) {
  static const std::array<std::string, 4> kKnown{"impasto", "tools/gallery.sh", "export", "mkdir"};
  return std::find(kKnown.begin(), kKnown.end(), word) != kKnown.end();
}

}  // namespace impasto::docs
