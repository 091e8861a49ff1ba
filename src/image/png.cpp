// PNG by libpng, which Debian maintains for security. It unpacks row by row: however much a small
// file would unpack to, no more memory is taken than the declared size calls for (stb_image, which
// read PNG before, unpacks everything first), and damage is noticed by the chunks' checksums.
//
// Errors jump (longjmp) back into `call`, as those of libjpeg do (jpeg.cpp).
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "image/bytes.hpp"
#include "image/decoders.hpp"
#include "impasto/error.hpp"

namespace impasto {

namespace {

class PngReader {
 public:
  PngReader(std::string_view bytes, const std::string& path)
      : bytes_(bytes),
        path_(path),
        png_(png_create_read_struct(
            PNG_LIBPNG_VER_STRING, this,
            [](png_structp png, png_const_charp reason) {
              auto& reader = *static_cast<PngReader*>(png_get_error_ptr(png));
              std::strncpy(reader.reason_, reason, sizeof reader.reason_ - 1);
              png_longjmp(png, 1);
            },
            [](png_structp, png_const_charp) {})),
        info_(png_ == nullptr ? nullptr : png_create_info_struct(png_)) {
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw_no_memory(path);
    }
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  PngReader(PngReader&&) = delete;
  PngReader& operator=(PngReader&&) = delete;

  StoredPicture read() {
    int passes = 1;
    call([this, &passes] {
      png_set_read_fn(png_, this, read_bytes);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the header was checked
      png_set_benign_errors(png_, 1);
      // Metadata is read elsewhere (metadata.cpp).
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
      png_read_info(png_, info_);
      png_set_expand(png_);  // palettes to RGB, few bits to eight, transparency to alpha
      passes = png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
    });
    const auto colour_type = png_get_color_type(png_, info_);
    const bool colour = (colour_type & PNG_COLOR_MASK_COLOR) != 0;
    StoredPicture picture(colour ? ColourModel::kRgb : ColourModel::kGrey,
                          (colour_type & PNG_COLOR_MASK_ALPHA) != 0,
                          png_get_image_width(png_, info_), png_get_image_height(png_, info_));
    if (passes == 1) {
      read_rows(picture);
    } else {
      read_passes(picture, passes);
    }
    return picture;
  }

 private:
  template <class Step>
  void call(const Step& step) {
    if (setjmp(png_jmpbuf(png_)) != 0) {
      throw_failure();
    }
    step();
  }

  static void read_bytes(png_structp png, png_bytep to, std::size_t count) {
    auto& reader = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > reader.bytes_.size() - reader.position_) {
      reader.ran_out_ = true;
      png_error(png, "the file ends");
    }
    std::memcpy(to, reader.bytes_.data() + reader.position_, count);
    reader.position_ += count;
  }

  [[noreturn]] void throw_failure() const {
    const std::string reason = reason_;
    if (ran_out_ || reason.starts_with("Not enough image data")) {
      throw_cut_off(path_, lines_done_, png_get_image_height(png_, info_));
    }
    // "Out of memory", "insufficient memory"
    if (reason.find("memory") != std::string::npos) {
      throw_no_memory(path_);
    }
    throw InputError("the PNG is damaged, " + reason, path_,
                     "copy or download the file again, or save it anew");
  }

  void read_rows(StoredPicture& picture) {
    std::vector<png_byte> row(png_get_rowbytes(png_, info_));
    png_bytep to = row.data();
    for (lines_done_ = 0; lines_done_ < picture.height; ++lines_done_) {
      call([this, to] { png_read_row(png_, to, nullptr); });
      store(picture, lines_done_, row);
    }
  }

  /// An interlaced picture comes in passes over all of its rows, each adding to the last.
  void read_passes(StoredPicture& picture, int passes) {
    std::vector<std::vector<png_byte>> rows(static_cast<std::size_t>(picture.height));
    for (auto& row : rows) {
      row.resize(png_get_rowbytes(png_, info_));
    }
    for (int pass = 0; pass < passes; ++pass) {
      for (auto& row : rows) {
        png_bytep to = row.data();
        call([this, to] { png_read_row(png_, to, nullptr); });
      }
    }
    for (std::int64_t y = 0; y < picture.height; ++y) {
      store(picture, y, rows[static_cast<std::size_t>(y)]);
    }
  }

  void store(StoredPicture& picture, std::int64_t y, const std::vector<png_byte>& row) const {
    if (png_get_bit_depth(png_, info_) == 8) {
      picture.set_row(y, row.data());
      return;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(row.data()), row.size());
    std::vector<std::uint16_t> samples(row.size() / 2);
    for (std::size_t index = 0; index < samples.size(); ++index) {
      samples[index] = static_cast<std::uint16_t>(big16(bytes, 2 * index));
    }
    picture.set_row(y, samples.data());
  }

  std::string_view bytes_;
  const std::string& path_;
  png_structp png_;
  png_infop info_;
  std::size_t position_ = 0;
  std::int64_t lines_done_ = -1;
  bool ran_out_ = false;
  char reason_[128] = {};
};

}  // namespace

StoredPicture decode_png(std::string_view bytes, const std::string& path) {
  return PngReader(bytes, path).read();
}

}  // namespace impasto
