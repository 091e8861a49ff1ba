// Reads golden values: the HDF5 file that tools/reference/golden.py writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace impasto {

/// An open golden file. Paths are HDF5 paths from the root ("cases/reflect/gradient"); the root
/// itself is "/". Every function throws std::runtime_error that names what is missing.
class GoldenFile {
 public:
  static GoldenFile open(const std::string& path);

  GoldenFile(const GoldenFile&) = delete;
  GoldenFile& operator=(const GoldenFile&) = delete;
  GoldenFile(GoldenFile&& other) noexcept;
  GoldenFile& operator=(GoldenFile&& other) noexcept;
  ~GoldenFile();

  /// A dataset's values as stored, row-major, whatever its number type and shape; one value for a
  /// scalar.
  [[nodiscard]] std::vector<double> values(const std::string& dataset) const;
  /// A dataset's stored shape; empty for a scalar.
  [[nodiscard]] std::vector<std::int64_t> shape(const std::string& dataset) const;
  /// A numeric attribute of a group or dataset.
  [[nodiscard]] double number(const std::string& object, const std::string& attribute) const;
  /// A string attribute of a group or dataset.
  [[nodiscard]] std::string text(const std::string& object, const std::string& attribute) const;
  /// Whether a group or dataset has the attribute.
  [[nodiscard]] bool has(const std::string& object, const std::string& attribute) const;
  /// Names of the groups directly inside a group, sorted.
  [[nodiscard]] std::vector<std::string> groups(const std::string& group) const;
  /// Names of the datasets directly inside a group, sorted.
  [[nodiscard]] std::vector<std::string> datasets(const std::string& group) const;
  /// k where the dataset holds every k-th element of the flattened array; 1 for a complete one.
  [[nodiscard]] std::int64_t stride(const std::string& dataset) const;

 private:
  GoldenFile(std::int64_t file, std::string path);
  std::int64_t file_;  ///< HDF5 handle; negative after a move
  std::string path_;
};

}  // namespace impasto
