// A file while it is written, with and without a name.
#include "core/part_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <regex>
#include <set>

#include "image/picture_files.hpp"
#include "impasto/error.hpp"

namespace impasto {

// GoogleTest looks for this name.
static void PrintTo(PartFile::Naming naming,
                    std::ostream* stream) {  // NOLINT(readability-identifier-naming)
  *stream << (naming == PartFile::Naming::kLate ? "nameless" : "named");
}

namespace {

namespace fs = std::filesystem;

class PartFiles : public testing::TestWithParam<PartFile::Naming> {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "")) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
  [[nodiscard]] PartFile part(const std::string& target) const {
    return {path(target), "as the user says", GetParam()};
  }
  static void fill(const PartFile& part, const std::string& text) {
    std::ofstream(part.name(), std::ios::binary) << text;
    EXPECT_EQ(bytes_of(part.name()), text) << "it can be read back";
    part.finish();
  }

  TempFolder folder_;
};

TEST_P(PartFiles, AreGoneUnlessTheyTookTheirPlace) {
  {
    const PartFile unfinished = part("out");
    fill(unfinished, "half");
    EXPECT_EQ(names().size(), GetParam() == PartFile::Naming::kLate ? 0U : 1U);
  }
  EXPECT_TRUE(names().empty());
}

TEST_P(PartFiles, TakeThePlaceOfNothingAndOfAnOlderFile) {
  for (const std::string text : {"first", "second"}) {
    PartFile file = part("out");
    fill(file, text);
    file.replace_target();
    EXPECT_EQ(bytes_of(path("out")), text);
    EXPECT_EQ(names(), std::set<std::string>{"out"});
  }
}

TEST_P(PartFiles, TakeAFreePlaceAndNoOther) {
  {
    PartFile file = part("out");
    fill(file, "first");
    EXPECT_TRUE(file.take_free_place());
  }
  {
    PartFile file = part("out");
    fill(file, "second");
    EXPECT_FALSE(file.take_free_place());
  }
  EXPECT_EQ(bytes_of(path("out")), "first");
  EXPECT_EQ(names(), std::set<std::string>{"out"});
}

TEST_P(PartFiles, ArePrivateUntilTheyHaveThePermissionsOfWhatTheyReplace) {
  (void)folder_.keep("out", "older");
  for (const mode_t mode : {0640U, 0604U}) {
    ASSERT_EQ(chmod(path("out").c_str(), mode), 0);
    PartFile file = part("out");
    struct stat status {};
    ASSERT_EQ(stat(file.name().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    fill(file, "newer");
    file.replace_target();
    ASSERT_EQ(stat(path("out").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, mode);
  }
}

TEST_P(PartFiles, OfANewFileHaveThePermissionsThatTheUmaskLeaves) {
  const mode_t before = umask(027);
  PartFile file = part("out");
  umask(before);
  fill(file, "text");
  file.replace_target();
  struct stat status {};
  ASSERT_EQ(stat(path("out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_P(PartFiles, InAFolderThatTakesNoneAreAnErrorThatNamesWhatTheUserSaid) {
  try {
    (void)part("missing/out");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("(as the user says)"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Both, PartFiles,
                         testing::Values(PartFile::Naming::kLate, PartFile::Naming::kAtOnce),
                         [](const auto& suite) {
                           return suite.param == PartFile::Naming::kLate ? "Nameless" : "Named";
                         });

TEST(PartFile, HasANameThatNobodyForeseesWhereItNeedsOne) {
  const TempFolder folder;
  std::set<std::string> names;
  for (int n = 0; n < 3; ++n) {
    const PartFile file(folder / "out", "out", PartFile::Naming::kAtOnce);
    names.insert(fs::path(file.name()).filename().string());
  }
  EXPECT_EQ(names.size(), 3U);
  for (const std::string& name : names) {
    EXPECT_TRUE(std::regex_match(name, std::regex(R"(\.impasto-[0-9a-f]{16}\.part)"))) << name;
  }
}

}  // namespace
}  // namespace impasto
