// Picture files written by hand, byte by byte, so that the decoder is tested against the formats
// and not against the encoder beside it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "impasto/error.hpp"
#include "impasto/image.hpp"

namespace impasto {

/// A folder of its own for each test, removed afterwards.
class TempFolder {
 public:
  TempFolder() {
    static std::atomic<int> counter{0};
    path_ = std::filesystem::temp_directory_path() /
            ("impasto-image-" + std::to_string(getpid()) + "-" + std::to_string(counter++));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }
  /// Writes a file there and returns its path.
  [[nodiscard]] std::string keep(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return *this / name;
  }
  [[nodiscard]] std::ptrdiff_t file_count() const {
    return std::distance(std::filesystem::directory_iterator(path_), {});
  }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Bytes from numbers: text({1, 255}) is two bytes.
inline std::string text(const std::vector<int>& values) {
  return {values.begin(), values.end()};
}
inline std::string big(std::uint64_t value, int bytes) {
  std::string result;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    result.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
  }
  return result;
}
inline std::string little(std::uint64_t value, int bytes) {
  const std::string reversed = big(value, bytes);
  return {reversed.rbegin(), reversed.rend()};
}

inline std::string deflated(const std::string& data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::string result(size, '\0');
  compress(reinterpret_cast<Bytef*>(result.data()), &size,
           reinterpret_cast<const Bytef*>(data.data()), static_cast<uLong>(data.size()));
  result.resize(size);
  return result;
}

inline std::string png_chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto check =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big(static_cast<std::uint32_t>(data.size()), 4) + body +
         big(static_cast<std::uint32_t>(check), 4);
}

enum PngColour { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

/// A PNG of unfiltered rows. `extra` are chunks between the header and the pixels.
inline std::string png_file(std::uint32_t width, std::uint32_t height, int depth, PngColour colour,
                            const std::string& samples, const std::string& extra = "") {
  const std::size_t row = samples.size() / height;
  std::string rows;
  for (std::size_t y = 0; y < height; ++y) {
    rows += std::string(1, '\0') + samples.substr(y * row, row);
  }
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR", big(width, 4) + big(height, 4) + text({depth, colour, 0, 0, 0})) +
         extra + png_chunk("IDAT", deflated(rows)) + png_chunk("IEND", "");
}

/// Any PNG with these chunks right after its header.
inline std::string with_chunks(const std::string& png, const std::string& chunks) {
  return png.substr(0, 33) + chunks + png.substr(33);
}

/// A 24-bit BMP: `rows` from the bottom up, each padded to four bytes by the caller.
inline std::string bmp_file(std::uint32_t width, std::uint32_t height, const std::string& rows) {
  return "BM" + little(static_cast<std::uint32_t>(54 + rows.size()), 4) + little(0, 4) +
         little(54, 4) + little(40, 4) + little(width, 4) + little(height, 4) + little(1, 2) +
         little(24, 2) + std::string(24, '\0') + rows;
}

/// A TGA without palette; type 2 is raw and 10 run-length colour, 3 raw and 11 run-length grey.
inline std::string tga_file(int type, std::uint32_t width, std::uint32_t height, int depth,
                            int descriptor, const std::string& data) {
  return text({0, 0, type}) + std::string(9, '\0') + little(width, 2) + little(height, 2) +
         text({depth, descriptor}) + data;
}

/// Smooth colours that JPEG keeps well.
inline Image gradient_picture(std::int64_t width, std::int64_t height) {
  Image image(width, height);
  for (std::int64_t index = 0; index < image.pixels(); ++index) {
    const float x = static_cast<float>(index % width) / static_cast<float>(width);
    const float y = static_cast<float>(index / width) / static_cast<float>(height);
    image.rgb[static_cast<std::size_t>(index)] = x;
    image.rgb[static_cast<std::size_t>(index + image.pixels())] = y;
    image.rgb[static_cast<std::size_t>(index + 2 * image.pixels())] = 0.25F + 0.5F * x * y;
  }
  return image;
}

inline std::string jpeg_file(const Image& image) {
  const TempFolder folder;
  save_image(folder / "picture.jpg", image);
  return bytes_of(folder / "picture.jpg");
}

/// The JPEG with one more segment right after its start.
inline std::string with_segment(const std::string& jpeg, int marker, const std::string& contents) {
  return jpeg.substr(0, 2) + text({0xFF, marker}) +
         big(static_cast<std::uint32_t>(contents.size() + 2), 2) + contents + jpeg.substr(2);
}

/// Colour channel `channel` at (x, y).
inline float value_at(const Image& image, int channel, std::int64_t x, std::int64_t y) {
  return image.rgb[static_cast<std::size_t>(channel * image.pixels() + y * image.width + x)];
}

/// Checks all colours of the picture, given as bytes: all of R, then G, then B.
inline void expect_bytes(const Image& image, const std::vector<int>& planes) {
  ASSERT_EQ(image.rgb.size(), planes.size());
  for (std::size_t index = 0; index < planes.size(); ++index) {
    EXPECT_NEAR(image.rgb[index] * 255.0F, static_cast<float>(planes[index]), 1e-4F)
        << "value " << index;
  }
}

}  // namespace impasto
