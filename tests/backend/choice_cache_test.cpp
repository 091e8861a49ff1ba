// The memory of timed choices: kept between runs, and never a reason to fail.
#include "backend/choice_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/file_lock.hpp"

namespace impasto {
namespace {

bool nothing(const std::string& /*choice*/) {
  return false;
}
bool everything(const std::string& /*choice*/) {
  return true;
}

class ChoiceCacheTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_ = testing::TempDir() + "impasto_choice_cache_" +
                        testing::UnitTest::GetInstance()->current_test_info()->name();
  std::string path_ = folder_ + "/choices.txt";
};

TEST_F(ChoiceCacheTest, RemembersBetweenRuns) {
  ChoiceCache(path_).store("H200, 64 x 8 x 8", "fused/1", nothing);
  ChoiceCache(path_).store("H200, 3 x 8 x 8", "plain/0", nothing);
  const ChoiceCache later(path_);
  EXPECT_EQ(later.find("H200, 64 x 8 x 8"), "fused/1");
  EXPECT_EQ(later.find("H200, 3 x 8 x 8"), "plain/0");
  EXPECT_FALSE(later.find("H100, 3 x 8 x 8"));
}

TEST_F(ChoiceCacheTest, KeepsWhatAnotherProcessLearntMeanwhile) {
  ChoiceCache one(path_);
  ChoiceCache other(path_);
  one.store("a", "1", nothing);
  other.store("b", "2", nothing);
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
  cache.store("cut off", "fused/0", nothing);
  EXPECT_EQ(ChoiceCache(path_).find("cut off"), "fused/0");
  EXPECT_EQ(ChoiceCache(path_).find("good"), "fused/1");
}

TEST_F(ChoiceCacheTest, AFileThatCannotBeWrittenOnlyForgets) {
  std::ofstream(folder_) << "a file where the folder should be";
  ChoiceCache cache(path_);
  cache.store("a", "1", nothing);
  EXPECT_EQ(cache.find("a"), "1");
  EXPECT_FALSE(ChoiceCache(path_).find("a"));
}

TEST_F(ChoiceCacheTest, TheFirstChoiceCountsForAll) {
  ChoiceCache one(path_);
  ChoiceCache other(path_);
  EXPECT_EQ(one.store("a", "1", everything), "1");
  EXPECT_EQ(other.store("a", "2", everything), "1");
  EXPECT_EQ(other.find("a"), "1");
  EXPECT_EQ(other.store("a", "3", nothing), "3") << "what nobody can do is replaced";
  EXPECT_EQ(ChoiceCache(path_).find("a"), "3");
}

TEST_F(ChoiceCacheTest, NothingIsLostWhereManyWriteAtOnce) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "under ThreadSanitizer writing takes longer than the others are patient";
#endif
  constexpr int kWriters = 8;
  constexpr int kChoices = 6;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([this, writer] {
      ChoiceCache cache(path_);
      for (int n = 0; n < kChoices; ++n) {
        cache.store(std::to_string(writer) + " " + std::to_string(n), "choice", everything);
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  const ChoiceCache later(path_);
  for (int writer = 0; writer < kWriters; ++writer) {
    for (int n = 0; n < kChoices; ++n) {
      EXPECT_TRUE(later.find(std::to_string(writer) + " " + std::to_string(n))) << writer << n;
    }
  }
}

TEST_F(ChoiceCacheTest, AProcessThatStopsWhileItWritesHoldsUpNobodyForLong) {
  std::filesystem::create_directories(folder_);
  ChoiceCache(path_).store("before", "1", everything);
  const FileLock held(path_ + ".lock", std::chrono::milliseconds(0));
  ASSERT_EQ(held.state(), FileLock::State::kHeld);
  const auto start = std::chrono::steady_clock::now();
  ChoiceCache cache(path_);
  for (int n = 0; n < 20; ++n) {
    EXPECT_EQ(cache.store(std::to_string(n), "2", everything), "2");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(cache.find("7"), "2");
  EXPECT_FALSE(ChoiceCache(path_).find("7")) << "what others write is left to them";
  EXPECT_EQ(ChoiceCache(path_).find("before"), "1");
}

/// A variable of the environment, which gets its value back at the end.
class Variable {
 public:
  explicit Variable(const char* name) : name_(name) {
    if (const char* value = std::getenv(name)) {
      before_ = value;
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  Variable(Variable&&) = delete;
  Variable& operator=(Variable&&) = delete;
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  void set(const char* value) const { setenv(name_, value, 1); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST_F(ChoiceCacheTest, ThePathFollowsTheEnvironment) {
  const Variable own("IMPASTO_CACHE");
  own.set("off");
  EXPECT_EQ(cache_path("x.txt"), "");
  own.set("/elsewhere");
  EXPECT_EQ(cache_path("x.txt"), "/elsewhere/x.txt");
}

TEST_F(ChoiceCacheTest, NoFolderIsLeftWhereARunIsStarted) {
  const Variable own("IMPASTO_CACHE");
  const Variable cache("XDG_CACHE_HOME");
  const Variable home("HOME");
  own.set("");
  cache.set("relative");
  home.set("/home/you");
  EXPECT_EQ(cache_path("x.txt"), "/home/you/.cache/impasto/x.txt");
  home.set("relative");
  EXPECT_EQ(cache_path("x.txt"), "");
}

}  // namespace
}  // namespace impasto
