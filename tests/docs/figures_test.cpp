// Every figure that the documents show can be made again: tools/figures.sh knows its command, and
// the command stands in a document. That these commands run is commands_test.cpp's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "docs/commands.hpp"
#include "docs/links.hpp"
#include "docs/markdown.hpp"
#include "support/paths.hpp"
#include "support/run_program.hpp"

namespace impasto::docs {
namespace {

namespace fs = std::filesystem;

/// Figures by path, with their commands, as tools/figures.sh lists them.
std::map<std::string, std::string> listed_figures() {
  const ProgramResult result = run_program({.arguments = {"tools/figures.sh", "--list"},
                                            .program = "/bin/bash",
                                            .folder = source_root(),
                                            .environment = {{"IMPASTO_BINARY", program_path()}}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::map<std::string, std::string> figures;
  for (const std::string& line : split_lines(result.out)) {
    const std::size_t colon = line.find(": ");
    EXPECT_NE(colon, std::string::npos) << line;
    figures[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return figures;
}

/// With one space between words, however the lines were broken.
std::string one_line(const std::string& command) {
  return std::regex_replace(command, std::regex(R"(\s+)"), " ");
}

std::set<std::string> shown_commands() {
  std::set<std::string> shown;
  for (const Document& document : documents()) {
    for (const UserCommand& command : user_commands(document.text)) {
      shown.insert(one_line(command.text));
    }
  }
  return shown;
}

class Figures : public ::testing::Test {
 protected:
  void SetUp() override {
    if (documents().empty()) {
      GTEST_SKIP() << "the source tree is not here";
    }
    figures_ = listed_figures();
  }
  std::map<std::string, std::string> figures_;
};

TEST_F(Figures, HaveACommandThatADocumentShows) {
  const std::set<std::string> shown = shown_commands();
  for (const auto& [figure, commands] : figures_) {
    for (const Piece& piece : pieces_of(commands)) {
      const std::string command = std::regex_replace(one_line(piece.text), std::regex("^ | $"), "");
      // A command with a ; in quotes is one piece.
      EXPECT_TRUE(shown.contains(command)) << figure << ": no document shows " << command;
    }
  }
}

TEST_F(Figures, AreAllPicturesThatThereAre) {
  const fs::path root = source_root();
  std::set<std::string> pictures;
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs/pictures")) {
    if (entry.is_regular_file()) {
      pictures.insert(fs::relative(entry.path(), root));
    }
  }
  for (const std::string& picture : pictures) {
    EXPECT_TRUE(figures_.contains(picture)) << "tools/figures.sh cannot make " << picture;
  }
  for (const auto& [figure, command] : figures_) {
    EXPECT_TRUE(pictures.contains(figure)) << "no file " << figure;
  }
}

TEST_F(Figures, ThatDocumentsShowAreKnown) {
  const fs::path root = source_root();
  for (const Document& document : documents()) {
    for (const std::string& link : relative_links(document.text)) {
      const fs::path target = fs::path(document.path).parent_path() / link;
      const std::string path = target.lexically_normal();
      const bool picture = std::regex_search(path, std::regex(R"(\.(jpg|png|svg|gif|webp)$)"));
      if (picture && !path.starts_with("docs/samples/")) {
        EXPECT_TRUE(figures_.contains(path)) << document.path << " shows " << path;
      }
    }
  }
}

}  // namespace
}  // namespace impasto::docs
