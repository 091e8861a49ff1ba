// The journal of a figure: believed only where it makes sense.
#include "report/journal.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/files.hpp"
#include "image/picture_files.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

TEST(Journal, ThatNestsWithoutEndIsUnreadable) {
  const TempFolder folder;
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  write_file(folder / Journal::kFile, R"({"panels":[],"made":)" + deep + "}");
  EXPECT_TRUE(Journal(folder / "").is_unreadable());
}

TEST(Journal, ThatIsALoopOfLinksIsUnreadableAndStays) {
  const TempFolder folder;
  std::filesystem::create_symlink("other", folder / Journal::kFile);
  std::filesystem::create_symlink(Journal::kFile, folder / "other");
  Journal journal(folder / "");
  EXPECT_TRUE(journal.is_unreadable());
  EXPECT_THROW(journal.claim("panel.png", "bytes"), InputError);
  EXPECT_TRUE(std::filesystem::is_symlink(folder / Journal::kFile));
}

}  // namespace
}  // namespace impasto
