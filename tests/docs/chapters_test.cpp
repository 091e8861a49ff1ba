// Every exercise of docs/chapters, and every other ```console block of the documents: its command
// runs and prints what the text says. With IMPASTO_REFRESH_CHAPTERS=1 (tools/chapters.sh --refresh)
// the texts are made to say what the commands print instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "docs/console.hpp"
#include "docs/markdown.hpp"
#include "image/picture_files.hpp"
#include "support/paths.hpp"
#include "support/run_program.hpp"

namespace impasto::docs {
namespace {

namespace fs = std::filesystem;

/// A command of a chapter, found by its number: a refresh moves lines.
struct Exercise {
  std::string chapter;  ///< path from the root
  std::size_t number = 0;
  std::string command;
};

std::vector<Exercise> exercises() {
  std::vector<Exercise> found;
  for (const Document& document : documents()) {
    std::size_t number = 0;
    for (const ConsoleCommand& command : console_commands(document.text)) {
      found.push_back({document.path, number++, command.command});
    }
  }
  return found;
}

/// What a failing test calls its exercise.
void PrintTo(const Exercise& exercise, std::ostream* stream) {
  *stream << exercise.chapter << ", command " << exercise.number + 1;
}

/// "4_back__2_impasto_gradcheck_op_conv": letters, digits and underscores, as names of tests must
/// be.
std::string name_of(const ::testing::TestParamInfo<Exercise>& info) {
  constexpr std::size_t kLongest = 70;
  const Exercise& exercise = info.param;
  std::string name;
  for (const char letter : fs::path(exercise.chapter).stem().string() + "__" +
                               std::to_string(exercise.number + 1) + " " + exercise.command) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0;
    if (plain || name.empty() || name.back() != '_' || letter == '_') {
      name += plain ? letter : '_';
    }
  }
  return name.substr(0, kLongest);
}

Lines trimmed_lines(const std::string& output) {
  Lines lines = split_lines(output);
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(" \r") + 1);
  }
  while (!lines.empty() && lines.back().empty()) {
    lines.pop_back();
  }
  return lines;
}

/// Runs a command as a student does in the source tree's root: what it prints on either stream,
/// and its exit status. Only on the CPU: expected outputs name it.
Lines run(const std::string& command, const std::string& folder) {
  const std::string program_folder = fs::path(program_path()).parent_path();
  const char* path = std::getenv("PATH");
  const ProgramResult result =
      run_program({.arguments = {"-c", "exec 2>&1; " + command},
                   .program = "/bin/sh",
                   .folder = folder,
                   .environment = {{"PATH", program_folder + ":" + (path != nullptr ? path : "")},
                                   {"CUDA_VISIBLE_DEVICES", "-1"}}});
  EXPECT_FALSE(result.timed_out) << command;
  Lines lines = trimmed_lines(result.out);
  if (result.exit_code != 0) {
    lines.push_back("[exit status " + std::to_string(result.exit_code) + "]");
  }
  return lines;
}

bool refreshing() {
  const char* wish = std::getenv("IMPASTO_REFRESH_CHAPTERS");
  return wish != nullptr && std::string(wish) == "1";
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class ChapterCommand : public ::testing::TestWithParam<Exercise> {
 protected:
  ChapterCommand() {
    fs::create_directory_symlink(fs::path(source_root()) / "docs", folder_ / "docs");
    fs::create_directory(folder_ / "out");
  }

  [[nodiscard]] static std::string chapter() {
    return fs::path(source_root()) / GetParam().chapter;
  }

  /// What the exercise prints, after the commands before it in its block.
  Lines output(const std::vector<ConsoleCommand>& commands) {
    const std::size_t number = GetParam().number;
    for (std::size_t n = 0; n < number; ++n) {
      if (commands[n].block == commands[number].block) {
        run(commands[n].command, folder_ / "");
      }
    }
    return run(commands[number].command, folder_ / "");
  }

 private:
  TempFolder folder_;
};

TEST_P(ChapterCommand, PrintsWhatTheChapterSays) {
  const std::string text = read_file(chapter());
  const std::vector<ConsoleCommand> commands = console_commands(text);
  ASSERT_LT(GetParam().number, commands.size());
  const ConsoleCommand& command = commands[GetParam().number];
  if (refreshing()) {
    const Lines printed = output(commands);
    // A command that is not there yet leaves its block pending.
    const bool failed = !printed.empty() && printed.back().starts_with("[exit status ");
    const bool wanted = !command.pending || !failed;
    const Lines expected = command.pending ? printed : refreshed(command.expected, printed);
    if (wanted && expected != command.expected) {
      write(chapter(), with_output(text, command, expected));
    }
    return;
  }
  if (command.pending) {
    GTEST_SKIP() << "its output is still to be filled in (tools/chapters.sh --refresh): "
                 << command.command;
  }
  const Lines printed = output(commands);
  const auto different = difference(command.expected, printed);
  std::string all;
  for (const std::string& line : printed) {
    all += line + "\n";
  }
  EXPECT_FALSE(different) << GetParam().chapter << ", $ " << command.command << "\n"
                          << *different << "\nwhole output:\n"
                          << all << "tools/chapters.sh --refresh writes it into the chapter";
}

TEST(ChapterPictures, AreMadeByTheCommandsThatTheChaptersShow) {
  std::string shown;
  for (const Document& document : documents()) {
    for (const Line& line : markdown_lines(document.text)) {
      shown += line.fence == "console picture" ? line.text + " " : "";
    }
  }
  const fs::path folder = fs::path(source_root()) / "docs/pictures/chapters";
  if (!fs::exists(folder)) {
    GTEST_SKIP() << "the source tree is not here";
  }
  for (const auto& picture : fs::directory_iterator(folder)) {
    const std::string name = "out/" + picture.path().filename().string();
    EXPECT_NE(shown.find(name), std::string::npos) << "no command makes " << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Chapters, ChapterCommand, ::testing::ValuesIn(exercises()), name_of);

}  // namespace
}  // namespace impasto::docs
