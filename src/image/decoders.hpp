// One decoder for each kind of picture file. All of them take the whole file and its header, which
// has been checked, and throw InputError, naming `path`, where a pixel is missing or damaged; none
// takes more memory or work than the declared size calls for.
#pragma once

#include <string>
#include <string_view>

#include "image/header.hpp"
#include "image/metadata.hpp"
#include "image/stored_picture.hpp"
#include "impasto/image.hpp"

namespace impasto {

/// libjpeg-turbo: baseline, progressive and arithmetic; grey, RGB, YCbCr, CMYK and YCCK of 8 bits.
StoredPicture decode_jpeg(std::string_view bytes, const std::string& path);

/// libpng: every kind.
StoredPicture decode_png(std::string_view bytes, const std::string& path);

/// stb_image: BMP, TGA, and binary PGM and PPM of 8 bits.
StoredPicture decode_with_stb(std::string_view bytes, PictureFormat format,
                              const std::string& path);

/// A picture whose metadata its own decoder reads.
struct DecodedPicture {
  StoredPicture stored;
  Metadata metadata;
};

/// libwebp: every kind; of an animation the first frame.
DecodedPicture decode_webp(std::string_view bytes, const std::string& path);

/// libtiff: every kind that it reads, up to 16 bits; of several pages the first.
DecodedPicture decode_tiff(std::string_view bytes, const std::string& path);

/// libheif: HEIC and AVIF, turned upright already, to 8 bits.
DecodedPicture decode_heif(std::string_view bytes, const std::string& path);

/// The whole way from a file's bytes to what load_image returns.
Image decode_picture(std::string_view file, const std::string& path);

/// The error of a file that ends, or whose data ends, before its last pixel. `done` of `lines`
/// lines are there; where their number is not known, `done` is negative.
[[noreturn]] void throw_cut_off(const std::string& path, std::int64_t done = -1,
                                std::int64_t lines = 0);

/// The error of a decoder that was refused memory.
[[noreturn]] void throw_no_memory(const std::string& path);

/// The same, if so little memory is left that a library may call damage what was a lack of memory.
void throw_if_short_of_memory(const std::string& path);

}  // namespace impasto
