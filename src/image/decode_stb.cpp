// BMP, TGA, PGM and PPM by stb_image.
#include <stb_image.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "image/bytes.hpp"
#include "image/decoders.hpp"
#include "image/header.hpp"
#include "impasto/error.hpp"

namespace impasto {

namespace {

/// Hands the bytes to stb_image and notices when it asks for more than there are: stb would go on
/// with zeros.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool asked_beyond_end() const { return asked_beyond_end_; }

  static stbi_io_callbacks callbacks() { return {read, skip, at_end}; }

 private:
  // A refill that gets a few bytes is not yet a request beyond the end; one that gets none is.
  static int read(void* user, char* to, int size) {
    auto& reader = *static_cast<Reader*>(user);
    const auto part =
        reader.bytes_.substr(reader.position_).substr(0, static_cast<std::size_t>(size));
    std::memcpy(to, part.data(), part.size());
    reader.position_ += part.size();
    reader.asked_beyond_end_ |= part.empty();
    return static_cast<int>(part.size());
  }
  static void skip(void* user, int count) {
    auto& reader = *static_cast<Reader*>(user);
    const std::size_t left = reader.bytes_.size() - reader.position_;
    reader.position_ += std::min(left, static_cast<std::size_t>(std::max(count, 0)));
  }
  static int at_end(void* user) {
    const auto& reader = *static_cast<Reader*>(user);
    return reader.position_ >= reader.bytes_.size() ? 1 : 0;
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
  bool asked_beyond_end_ = false;
};

struct StbRelease {
  void operator()(void* pixels) const noexcept { stbi_image_free(pixels); }
};

/// stb_image 2.27 takes colours beyond a BMP's palette from memory that nobody has written.
void require_colours_within_palette(std::string_view bmp, const std::string& path) {
  const std::size_t header_size = little32(bmp, 14);
  const bool old = header_size == 12;
  const std::size_t depth = little16(bmp, old ? 24 : 28);
  const std::size_t pixels_begin = little32(bmp, 10);
  if ((depth != 1 && depth != 4 && depth != 8) || pixels_begin < 14 + header_size) {
    return;  // no palette, or a BMP that stb refuses
  }
  const std::size_t colours = (pixels_begin - 14 - header_size) / (old ? 3 : 4);
  const std::size_t width = old ? little16(bmp, 18) : little32(bmp, 18);
  const std::size_t row_bytes = (width * depth + 31) / 32 * 4;
  for (std::size_t at = pixels_begin; at < bmp.size(); at += row_bytes) {
    for (std::size_t bit = 0; bit < width * depth && at + bit / 8 < bmp.size(); bit += depth) {
      const auto shifted = byte_at(bmp, at + bit / 8) >> (8 - depth - bit % 8);
      if ((shifted & ((1U << depth) - 1)) >= colours) {
        throw InputError("the BMP is damaged, it names colours outside its palette", path,
                         "copy or download the file again, or save it anew");
      }
    }
  }
}

}  // namespace

StoredPicture decode_with_stb(std::string_view bytes, PictureFormat format,
                              const std::string& path) {
  if (format == PictureFormat::kBmp) {
    require_colours_within_palette(bytes, path);
  }
  Reader reader(bytes);
  const stbi_io_callbacks callbacks = Reader::callbacks();
  int width = 0;
  int height = 0;
  int channels = 0;
  const std::unique_ptr<stbi_uc[], StbRelease> pixels(
      stbi_load_from_callbacks(&callbacks, &reader, &width, &height, &channels, 0));
  if (reader.asked_beyond_end()) {
    throw_cut_off(path);
  }
  if (pixels == nullptr && std::string_view(stbi_failure_reason()) == "outofmem") {
    throw_no_memory(path);
  }
  if (pixels == nullptr) {
    throw InputError("cannot decode this " + format_name(format) + ", " + stbi_failure_reason(),
                     path, "the file is damaged or of a rare kind: save it as PNG");
  }
  const PictureHeader header = read_header(bytes, path);
  if (width != header.width || height != header.height) {
    throw InputError("the picture's header can be read in two ways", path,
                     "save it anew, as PNG for instance");
  }
  StoredPicture picture(channels < 3 ? ColourModel::kGrey : ColourModel::kRgb, channels % 2 == 0,
                        width, height);
  for (std::int64_t y = 0; y < height; ++y) {
    picture.set_row(y, pixels.get() + y * width * channels);
  }
  return picture;
}

}  // namespace impasto
