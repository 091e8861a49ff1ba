// The memory of timed choices: kept between runs, and never a reason to fail.
#include "backend/choice_cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace impasto {
namespace {

class ChoiceCacheTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_ = testing::TempDir() + "impasto_choice_cache_" +
                        testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string path_ = folder_ + "/choices.txt";
};

TEST_F(ChoiceCacheTest, RemembersBetweenRuns) {
  ChoiceCache(path_).store("H200, 64 x 8 x 8", "fused/1");
  ChoiceCache(path_).store("H200, 3 x 8 x 8", "plain/0");
  const ChoiceCache later(path_);
  EXPECT_EQ(later.find("H200, 64 x 8 x 8"), "fused/1");
  EXPECT_EQ(later.find("H200, 3 x 8 x 8"), "plain/0");
  EXPECT_FALSE(later.find("H100, 3 x 8 x 8"));
}

TEST_F(ChoiceCacheTest, KeepsWhatAnotherProcessLearntMeanwhile) {
  ChoiceCache one(path_);
  ChoiceCache other(path_);
  one.store("a", "1");
  other.store("b", "2");
  const ChoiceCache later(path_);
  EXPECT_EQ(later.find("a"), "1");
  EXPECT_EQ(later.find("b"), "2");
}

TEST_F(ChoiceCacheTest, ADamagedFileCountsForWhatCanBeRead) {
  std::filesystem::create_directories(folder_);
  std::ofstream(path_, std::ios::binary)
      << "no tab here;\n\tno key;\nno value\t;\n;\n\t\ngood\tfused/1;\ncut off\tfused/"
      << std::string("\n\0\xff\t;\n", 6) << "last\tplain/0;\n";
  ChoiceCache cache(path_);
  EXPECT_EQ(cache.find("good"), "fused/1");
  EXPECT_EQ(cache.find("last"), "plain/0");
  EXPECT_FALSE(cache.find("no value"));
  EXPECT_FALSE(cache.find("cut off")) << "the end of the line is missing";
  cache.store("cut off", "fused/0");
  EXPECT_EQ(ChoiceCache(path_).find("cut off"), "fused/0");
  EXPECT_EQ(ChoiceCache(path_).find("good"), "fused/1");
}

TEST_F(ChoiceCacheTest, AFileThatCannotBeWrittenOnlyForgets) {
  std::ofstream(folder_) << "a file where the folder should be";
  ChoiceCache cache(path_);
  cache.store("a", "1");
  EXPECT_EQ(cache.find("a"), "1");
  EXPECT_FALSE(ChoiceCache(path_).find("a"));
}

TEST_F(ChoiceCacheTest, ThePathFollowsTheEnvironment) {
  const char* own = std::getenv("IMPASTO_CACHE");
  const std::string before = own != nullptr ? own : "";
  setenv("IMPASTO_CACHE", "off", 1);
  EXPECT_EQ(cache_path("x.txt"), "");
  setenv("IMPASTO_CACHE", "/elsewhere", 1);
  EXPECT_EQ(cache_path("x.txt"), "/elsewhere/x.txt");
  setenv("IMPASTO_CACHE", before.c_str(), 1);
  if (own == nullptr) {
    unsetenv("IMPASTO_CACHE");
  }
}

}  // namespace
}  // namespace impasto
