// Every command in README and docs runs, made small, and ends as its text implies. What is made
// small, what must fail and what cannot run here stands in command_rules.cpp. The chapters'
// exercises are chapters_test.cpp's.
#include "docs/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "docs/command_rules.hpp"
#include "docs/markdown.hpp"
#include "image/picture_files.hpp"
#include "support/paths.hpp"
#include "support/run_program.hpp"
#include "support/small_network.hpp"

namespace impasto::docs {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The commands of one fenced block, or one of the prose.
struct Block {
  std::string document;
  std::vector<UserCommand> commands;
  std::size_t number = 0;  ///< in its document, from 1
};

std::vector<Block> blocks() {
  std::vector<Block> found;
  for (const Document& document : documents()) {
    std::size_t last = 0;
    std::size_t number = 0;
    for (const UserCommand& command : user_commands(document.text)) {
      if (command.block != last) {
        found.push_back({document.path, {}, ++number});
        last = command.block;
      }
      found.back().commands.push_back(command);
    }
  }
  return found;
}

/// What a failing test calls its block.
void PrintTo(const Block& block, std::ostream* stream) {
  *stream << block.document << ", line " << block.commands.front().line;
}

/// "README__3_impasto_transfer_photo_jpg"
std::string name_of_block(const ::testing::TestParamInfo<Block>& info) {
  constexpr std::size_t kLongest = 70;
  const Block& block = info.param;
  std::string name;
  for (const char letter : fs::path(block.document).replace_extension("").string() + "__" +
                               std::to_string(block.number) + " " + block.commands.front().text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0;
    if (plain || (!name.empty() && (name.back() != '_' || letter == '_'))) {
      name += plain ? letter : '_';
    }
  }
  return name.substr(0, kLongest);
}

/// A reader's folder: the source tree's own folders, pictures and weights by the names that the
/// texts use. The weights are a VGG-19 of few channels.
class ReadersFolder {
 public:
  ReadersFolder() {
    const fs::path root = source_root();
    for (const char* const name : {"benchmarks", "docs", "tests", "tools", "CMakePresets.json"}) {
      fs::create_symlink(root / name, folder_ / name);
    }
    fs::create_directory(folder_ / "out");
    add_pictures(root / "docs/samples");
    add_weights();
  }

  /// What a shell in the folder prints on either stream. No GPU is there.
  [[nodiscard]] ProgramResult run(const std::string& command) const {
    const std::string programs = fs::path(program_path()).parent_path();
    const char* path = std::getenv("PATH");
    return run_program({.arguments = {"-c", "exec 2>&1; set -o pipefail; " + command},
                        .program = "/bin/bash",
                        .folder = folder_ / "",
                        .environment = {{"PATH", programs + ":" + (path != nullptr ? path : "")},
                                        {"IMPASTO_BINARY", program_path()},
                                        // A test's program does not lie in the reader's checkout,
                                        // where it would look for weights/ by itself.
                                        {"IMPASTO_WEIGHTS", "weights/vgg19.h5"},
                                        {"CUDA_VISIBLE_DEVICES", "-1"}}});
  }

 private:
  void add_pictures(const fs::path& samples) const {
    for (const auto& [name, sample] : {std::pair{"photo.jpg", "chelsea.jpg"},
                                       {"painting.jpg", "swirling_night.jpg"},
                                       {"a.jpg", "swirling_night.jpg"},
                                       {"b.jpg", "evening_daubs.jpg"},
                                       {"c.jpg", "cut_mountains.jpg"},
                                       {"cat.jpg", "chelsea.jpg"},
                                       {"cup.jpg", "coffee.jpg"},
                                       {"tuebingen.jpg", "coffee.jpg"},
                                       {"starry_night.jpg", "swirling_night.jpg"}}) {
      fs::copy_file(samples / sample, folder_ / name);
    }
    for (const auto& sample : fs::directory_iterator(samples)) {
      fs::copy_file(sample.path(), folder_ / sample.path().filename().string());
    }
  }

  void add_weights() const {
    NetworkWeights network =
        small_network({{4, 4}, {6, 6}, {6, 6, 6, 6}, {6, 6, 6, 6}, {6, 6, 6, 6}}, 7);
    fs::create_directory(folder_ / "weights");
    for (const char* const name : {"vgg19.h5", "vgg16.h5", "blocks1-3.h5", "WEIGHTS.h5"}) {
      write_weights_file(folder_ / name, network);
    }
    fs::copy_file(folder_ / "vgg19.h5", folder_ / "weights/vgg19.h5");
    network.family = WeightFamily::kCaffe;
    write_weights_file(folder_ / "vgg19_caffe.h5", network);
    fs::copy_file(test_data() + "/checkpoints/zip.pth", folder_ / "vgg16.pth");
  }

  TempFolder folder_;
};

class DocumentCommands : public ::testing::TestWithParam<Block> {
 protected:
  void expect_success(const std::string& command) const {
    const ProgramResult result = folder_.run(command);
    EXPECT_EQ(result.exit_code, 0) << command << "\n" << result.out;
  }

  /// Not run: its stand-in is, and the script's own text knows its options.
  void check(const std::string& command, const Elsewhere& elsewhere) const {
    const ProgramResult result = folder_.run(elsewhere.check);
    EXPECT_EQ(result.exit_code, 0) << command << " is not run here: " << elsewhere.why << ".\n"
                                   << elsewhere.check << "\n"
                                   << result.out;
    const std::string script = first_word(command);
    if (script.starts_with("tools/") || script.starts_with("benchmarks/")) {
      const std::string text = read_file(fs::path(source_root()) / script);
      for (const std::string& option : options_in(command)) {
        EXPECT_THAT(text, HasSubstr(option)) << command;
      }
    }
  }

  void run_small(const std::string& command) const {
    const std::string small = made_small(command);
    for (const Piece& piece : pieces_of(small)) {
      ASSERT_TRUE(is_known_program(first_word(piece.text)))
          << command << ": command_rules.cpp does not say how to test this";
    }
    const Ending ending = expected_ending(command);
    const ProgramResult result = folder_.run(small);
    EXPECT_EQ(result.exit_code, ending.exit_code) << command << "\nrun as: " << small << "\n"
                                                  << result.out;
    EXPECT_THAT(result.out, HasSubstr(ending.says)) << command;
  }

  ReadersFolder folder_;
};

TEST_P(DocumentCommands, DoWhatTheTextSays) {
  for (const UserCommand& command : GetParam().commands) {
    SCOPED_TRACE(GetParam().document + ", line " + std::to_string(command.line));
    if (const auto elsewhere = runs_elsewhere(command.text)) {
      check(command.text, *elsewhere);
      continue;
    }
    for (const std::string& before : preparations(command.text)) {
      expect_success(before);
    }
    run_small(command.text);
  }
}

INSTANTIATE_TEST_SUITE_P(Documents, DocumentCommands, ::testing::ValuesIn(blocks()), name_of_block);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DocumentCommands);

TEST(UserCommands, AreLinesOfPlainBlocksAndCallsInTheProse) {
  const std::vector<UserCommand> commands = user_commands(
      "Say `impasto devices` or `impasto inspect\nFILE` or `tools/demo.sh`.\n"
      "```\nimpasto a \\\n    b    # why\n\n# all of it\nimpasto c; impasto 'd;#'\n```\n"
      "```console\n$ impasto e\n```\n```text\nimpasto f\n```\n"
      "```console picture\n$ impasto g \\\n    h\n```\n");
  ASSERT_EQ(commands.size(), 4U);
  EXPECT_EQ(commands[0].text, "impasto a b");
  EXPECT_EQ(commands[0].line, 4U);
  EXPECT_EQ(commands[1].text, "impasto c; impasto 'd;#'");
  EXPECT_EQ(commands[0].block, commands[1].block);
  EXPECT_EQ(commands[2].text, "impasto g h");
  EXPECT_EQ(commands[3].text, "impasto inspect FILE");
  EXPECT_NE(commands[3].block, commands[1].block);
}

TEST(UserCommands, AreCutOutsideQuotes) {
  const std::vector<Piece> pieces = pieces_of("a 'b;c' && d | e; f");
  ASSERT_EQ(pieces.size(), 4U);
  EXPECT_EQ(pieces[0].text, "a 'b;c' ");
  EXPECT_EQ(pieces[0].cut, "&&");
  EXPECT_EQ(first_word(pieces[1].text), "d");
  EXPECT_EQ(pieces[2].cut, ";");
}

TEST(UserCommands, AreMadeSmallWithoutOptionsTwice) {
  EXPECT_EQ(made_small("impasto transfer a b --size 512 > x; impasto transfer …"),
            "impasto transfer --iterations 2 a b --size 40 > x; impasto transfer --size 40 "
            "--iterations 2 photo.jpg painting.jpg -o out.png");
  EXPECT_EQ(made_small("impasto sweep --vary iterations=10,50,100,250,1000 a --style-size 9"),
            "impasto sweep --size 40 --vary iterations=1,2,3,4,5 a --style-size 40");
  EXPECT_EQ(made_small("impasto transfer --help"), "impasto transfer --help");
}

TEST(UserCommands, OfNoTableAreNeverRun) {
  EXPECT_FALSE(is_known_program("sudo"));
  EXPECT_FALSE(runs_elsewhere("git clone x"));
  EXPECT_TRUE(runs_elsewhere("tools/demo.sh"));
}

TEST(Fences, OfEveryDocumentSayWhatTheyHold) {
  for (const Document& document : documents()) {
    for (const Line& line : markdown_lines(document.text)) {
      EXPECT_TRUE(is_known_fence(line.fence))
          << document.path << ", line " << line.number << ": ```" << line.fence;
    }
  }
}

/// Options of other programs that the texts name.
bool is_foreign(const std::string& option) {
  // compute-sanitizer's, cmake's
  const std::vector<std::string> foreign{"--tool", "--install"};
  return std::find(foreign.begin(), foreign.end(), option) != foreign.end();
}

/// Everything in which an option of this project is spelled out: the commands' help, the scripts.
std::string all_options() {
  std::string text;
  for (const char* const command : {"transfer", "reconstruct", "sweep", "explain", "plot",
                                    "convert", "inspect", "presets", "gradcheck", "bench"}) {
    const ProgramResult all = run_program({.arguments = {command, "--help-all"}});
    text += all.out + run_program({.arguments = {command, "--help"}}).out;
  }
  for (const char* const folder : {"tools", "benchmarks"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(source_root()) / folder)) {
      const std::string kind = entry.path().extension();
      text += kind == ".sh" || kind == ".py" ? read_file(entry.path()) : "";
    }
  }
  return text;
}

TEST(OptionsInProse, AreOptionsOfTheProgramOrOfAScript) {
  if (documents().empty()) {
    GTEST_SKIP() << "the source tree is not here";
  }
  const std::vector<std::string> known = options_in(all_options());
  ASSERT_GT(known.size(), 60U);
  for (const Document& document : documents()) {
    for (const std::string& option : options_in_prose(document.text)) {
      const bool there = std::find(known.begin(), known.end(), option) != known.end();
      EXPECT_TRUE(there || is_foreign(option)) << document.path << " names " << option;
    }
  }
}

TEST(OptionsInProse, AreFoundInCodeAlone) {
  EXPECT_THAT(options_in_prose("Use `--size N` and `--scales a,b`, not --this.\n"
                               "| `--table` |\n```\n--block\n```\n"),
              ElementsAre("--size", "--scales", "--table"));
  EXPECT_THAT(options_in_prose("a--b `a--b`"), IsEmpty());
}

}  // namespace
}  // namespace impasto::docs
