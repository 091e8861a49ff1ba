// Bytes as a file, for readers that want a path.
#pragma once

#include <string>
#include <string_view>

namespace impasto::fuzz {

/// A file in $TMPDIR that holds the bytes, as long as this lives. (One in memory alone has no path
/// that HDF5 would follow.)
class ScratchFile {
 public:
  /// Throws std::system_error.
  explicit ScratchFile(std::string_view bytes);
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ScratchFile(ScratchFile&&) = delete;
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace impasto::fuzz
