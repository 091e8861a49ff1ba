// Files appear whole or not at all.
#include "core/files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "impasto/error.hpp"
#include "support/shortage.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  Files() { fs::create_directories(folder_); }
  ~Files() override { fs::remove_all(folder_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  Files(Files&&) = delete;
  Files& operator=(Files&&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  [[nodiscard]] std::ptrdiff_t count() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

  fs::path folder_ =
      fs::temp_directory_path() / ("impasto-files-" + std::to_string(getpid()) + "-" +
                                   testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Files, WritesAndReadsBack) {
  write_file(path("a"), std::string("x\0y", 3));
  EXPECT_EQ(read_file(path("a"), 100), std::string("x\0y", 3));
  EXPECT_EQ(count(), 1);
}

TEST_F(Files, AFailedWriteLeavesTheOldFileAndNothingElse) {
  write_file(path("a"), "old");
  EXPECT_THROW(write_atomically(path("a"),
                                [&](const std::string& file) {
                                  std::ofstream(file) << "half";
                                  throw std::runtime_error("stopped");
                                }),
               std::runtime_error);
  EXPECT_EQ(read_file(path("a"), 100), "old");
  EXPECT_EQ(count(), 1);
}

TEST_F(Files, AFullDiskIsAnInputErrorAndTheDeviceStaysADevice) {
  EXPECT_THROW(write_file("/dev/full", "something"), InputError);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(Files, ALinkIsWrittenThroughNotReplaced) {
  write_file(path("target"), "old");
  fs::create_symlink("target", path("link"));
  write_file(path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read_file(path("target"), 100), "new");
}

TEST_F(Files, ALinkToWhatIsNotThereYetIsWrittenThroughToo) {
  fs::create_directory(path("folder"));
  fs::create_symlink("folder/second", path("first"));
  fs::create_symlink("target", path("folder/second"));
  write_file(path("first"), "new");
  EXPECT_TRUE(fs::is_symlink(path("first")));
  EXPECT_TRUE(fs::is_symlink(path("folder/second")));
  EXPECT_EQ(read_file(path("folder/target"), 100), "new");
  fs::create_symlink("nowhere/target", path("lost"));
  EXPECT_THROW(write_file(path("lost"), "something"), InputError);
  EXPECT_TRUE(fs::is_symlink(path("lost")));
}

TEST_F(Files, RefusesPlacesThatCannotBeWritten) {
  write_file(path("file"), "x");
  EXPECT_THROW(require_writable(path("missing/out")), InputError);
  EXPECT_THROW(require_writable(path("file/out")), InputError);
  EXPECT_THROW(require_writable(folder_.string()), InputError);
  EXPECT_THROW(require_writable(""), UsageError);
  EXPECT_THROW(require_writable(path(std::string(256, 'n'))), UsageError);
  EXPECT_NO_THROW(require_writable(path("new")));
  EXPECT_EQ(count(), 1) << "the check leaves nothing behind";
}

TEST_F(Files, CreatingReplacesNothing) {
  EXPECT_TRUE(create_file(path("new"), "mine"));
  EXPECT_FALSE(create_file(path("new"), "other"));
  EXPECT_EQ(read_file(path("new"), 100), "mine");
  fs::create_symlink("nowhere", path("link"));
  EXPECT_FALSE(create_file(path("link"), "other"));
  EXPECT_FALSE(fs::exists(path("nowhere")));
  EXPECT_FALSE(create_file(folder_.string(), "other"));
  EXPECT_EQ(count(), 2);
}

TEST_F(Files, AFileThatAppearsWhileAnotherIsWrittenIsNotReplaced) {
  EXPECT_FALSE(create_atomically(path("a"), [&](const std::string& file) {
    std::ofstream(file) << "mine";
    std::ofstream(path("a")) << "somebody's";
  }));
  EXPECT_EQ(read_file(path("a"), 100), "somebody's");
  EXPECT_EQ(count(), 1);
}

TEST_F(Files, TheNewFileHasThePermissionsOfTheOld) {
  write_file(path("a"), "old");
  fs::permissions(path("a"), fs::perms::owner_read | fs::perms::owner_write);
  write_file(path("a"), "new");
  EXPECT_EQ(fs::status(path("a")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(path("a"), fs::perms::owner_read);
  EXPECT_THROW(write_file(path("a"), "newer"), InputError);
  EXPECT_EQ(read_file(path("a"), 100), "new");
}

TEST_F(Files, ALoopOfLinksIsNoPlaceToWrite) {
  fs::create_symlink("b", path("a"));
  fs::create_symlink("a", path("b"));
  EXPECT_THROW(write_file(path("a"), "something"), InputError);
  EXPECT_TRUE(fs::is_symlink(path("a")));
}

TEST_F(Files, WhatCannotBeLookedAtIsNotMissing) {
  EXPECT_TRUE(is_missing(path("nothing")));
  EXPECT_TRUE(is_missing(path("nothing/below")));
  fs::create_symlink("nowhere", path("dangling"));
  EXPECT_TRUE(is_missing(path("dangling")));
  fs::create_symlink("loop", path("loop"));
  EXPECT_FALSE(is_missing(path("loop")));
  EXPECT_FALSE(is_missing(path("")));
  fs::create_directory(path("closed"));
  write_file(path("closed/file"), "x");
  fs::permissions(path("closed"), fs::perms::none);
  const int in_closed_folder = in_child([&] {
    if (geteuid() == 0 && setreuid(65534, 65534) != 0) {
      return 77;
    }
    try {
      require_regular_file(path("closed/file"));
      return 1;
    } catch (const InputError& error) {
      const bool says_why =
          std::string(error.what()).find("permission denied") != std::string::npos;
      return says_why && !is_missing(path("closed/file")) ? 0 : 2;
    }
  });
  fs::permissions(path("closed"), fs::perms::owner_all);
  EXPECT_EQ(in_closed_folder, 0);
}

TEST_F(Files, ReadingRefusesFoldersMissingAndOversizedFiles) {
  write_file(path("large"), std::string(1000, 'x'));
  EXPECT_THROW(read_file(path("large"), 999), InputError);
  EXPECT_EQ(read_file(path("large"), 1000).size(), 1000U);
  EXPECT_THROW(read_file(path("none"), 10), InputError);
  EXPECT_THROW(read_file(folder_.string(), 10), InputError);
}

}  // namespace
}  // namespace impasto
