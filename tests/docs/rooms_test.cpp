// The table of rooms in docs/architecture.md: what a folder of src/ includes of the others is what
// its row says, no more and no less.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "docs/markdown.hpp"
#include "image/picture_files.hpp"

namespace impasto::docs {
namespace {

namespace fs = std::filesystem;

struct Room {
  std::string name;
  std::set<std::string> includes;
};

/// The rooms of src/, in the table's order.
std::vector<Room> rooms_in(const std::string& text) {
  const std::regex row(R"(\| `src/(\w+)/` \|.*\| ([^|]*) \|)");
  const std::regex word(R"(\w+)");
  std::vector<Room> rooms;
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at) {
    Room room{(*at)[1], {}};
    const std::string listed = (*at)[2];
    for (std::sregex_iterator name(listed.begin(), listed.end(), word); name != end; ++name) {
      room.includes.insert(name->str());
    }
    rooms.push_back(room);
  }
  return rooms;
}

/// Folders of src/ that the sources of one of them include.
std::set<std::string> included_by(const std::string& room) {
  const fs::path source = fs::path(source_root()) / "src";
  const std::regex include(R"re(#include "(\w+)/[^"]*")re");
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(source / room)) {
    if (!entry.is_regular_file()) {
      continue;
    }
    const std::string text = bytes_of(entry.path().string());
    for (std::sregex_iterator at(text.begin(), text.end(), include), end; at != end; ++at) {
      const std::string name = (*at)[1];
      if (name != room && fs::is_directory(source / name)) {
        names.insert(name);
      }
    }
  }
  return names;
}

std::vector<Room> rooms() {
  return rooms_in(bytes_of((fs::path(source_root()) / "docs/architecture.md").string()));
}

TEST(Rooms, AreReadFromATable) {
  const std::vector<Room> read = rooms_in(
      "| `src/core/` | a, b | – |\n| `kernels/` | c | nothing |\n| `src/image/` | d (`e`) | core "
      "|\n"
      "| `src/cli/` | f | core, image |\n");
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].name, "core");
  EXPECT_TRUE(read[0].includes.empty());
  EXPECT_EQ(read[1].includes, std::set<std::string>{"core"});
  EXPECT_EQ(read[2].includes, (std::set<std::string>{"core", "image"}));
}

TEST(Rooms, AreAllInTheTable) {
  std::set<std::string> listed;
  for (const Room& room : rooms()) {
    EXPECT_TRUE(listed.insert(room.name).second) << room.name << " has two rows";
  }
  for (const auto& folder : fs::directory_iterator(fs::path(source_root()) / "src")) {
    if (folder.is_directory()) {
      EXPECT_EQ(listed.erase(folder.path().filename().string()), 1U) << folder.path();
    }
  }
  EXPECT_TRUE(listed.empty()) << *listed.begin() << " is no folder of src/";
}

TEST(Rooms, IncludeWhatTheirRowsSay) {
  std::set<std::string> above;
  for (const Room& room : rooms()) {
    EXPECT_TRUE(
        std::includes(above.begin(), above.end(), room.includes.begin(), room.includes.end()))
        << room.name << " is said to include a room below it";
    EXPECT_EQ(included_by(room.name), room.includes) << room.name;
    above.insert(room.name);
  }
}

}  // namespace
}  // namespace impasto::docs
