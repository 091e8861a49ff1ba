// finished.json of a figure.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fuzz/target.hpp"
#include "report/journal.hpp"

namespace {

/// A folder of this process, removed at its end.
class JournalFolder {
 public:
  JournalFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("impasto-journal-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  JournalFolder(const JournalFolder&) = delete;
  JournalFolder& operator=(const JournalFolder&) = delete;
  JournalFolder(JournalFolder&&) = delete;
  JournalFolder& operator=(JournalFolder&&) = delete;
  ~JournalFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

IMPASTO_FUZZ_TARGET(journal) {
  static const JournalFolder folder;
  const auto file = folder.path() / impasto::Journal::kFile;
  std::ofstream(file, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  impasto::fuzz::answer([&] {
    const impasto::Journal journal(folder.path().string());
    (void)journal.find("recipe");
    (void)journal.is_own(file.string());
  });
}
