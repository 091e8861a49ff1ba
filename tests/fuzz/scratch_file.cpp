#include "fuzz/scratch_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace impasto::fuzz {

ScratchFile::ScratchFile(std::string_view bytes)
    : path_(std::filesystem::temp_directory_path() / "impasto-fuzz-XXXXXX") {
  const int file = mkstemp(path_.data());
  const bool done =
      file >= 0 && write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  const int reason = errno;
  if (file >= 0) {
    close(file);
  }
  if (!done) {
    throw std::system_error(reason, std::generic_category(), path_);
  }
}

ScratchFile::~ScratchFile() {
  unlink(path_.c_str());
}

}  // namespace impasto::fuzz
