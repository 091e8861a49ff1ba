#include "image/orientation.hpp"

#include <libexif/exif-data.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace impasto {

namespace {

struct ExifRelease {
  void operator()(ExifData* data) const noexcept { exif_data_unref(data); }
};

bool is_orientation(std::int64_t value) {
  return value >= 1 && value <= 8;
}

/// The number in an entry of one of EXIF's whole types. The standard wants a SHORT here; some
/// programs write a LONG or a BYTE.
std::int64_t whole_number(const ExifEntry& entry, ExifByteOrder order) {
  if (entry.format == EXIF_FORMAT_SHORT && entry.size >= 2) {
    return exif_get_short(entry.data, order);
  }
  if (entry.format == EXIF_FORMAT_LONG && entry.size >= 4) {
    return exif_get_long(entry.data, order);
  }
  return entry.format == EXIF_FORMAT_BYTE && entry.size >= 1 ? entry.data[0] : 0;
}

std::optional<std::int64_t> exif_orientation(const std::string& exif) {
  const std::unique_ptr<ExifData, ExifRelease> data(exif.empty() ? nullptr : exif_data_new());
  if (data == nullptr) {
    return std::nullopt;
  }
  exif_data_unset_option(data.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data(data.get(), reinterpret_cast<const unsigned char*>(exif.data()),
                      static_cast<unsigned int>(exif.size()));
  const ExifEntry* entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr) {
    return std::nullopt;
  }
  const std::int64_t value = whole_number(*entry, exif_data_get_byte_order(data.get()));
  return is_orientation(value) ? std::optional(value) : std::nullopt;
}

/// XMP says it as an attribute, tiff:Orientation="6", or as an element,
/// <tiff:Orientation>6</tiff:Orientation>. 0 when it does not.
std::int64_t xmp_orientation(const std::string& xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  const auto name = xmp.find(kName);
  if (name == std::string::npos) {
    return 0;
  }
  const auto digit = xmp.find_first_not_of(" \t\r\n=\"'>", name + kName.size());
  return digit == std::string::npos ? 0 : xmp[digit] - '0';
}

/// One plane of the upright picture: the value at each place is fetched from where it is stored.
void turn_plane(const float* stored, std::int64_t stored_width, std::int64_t stored_height,
                Orientation orientation, float* upright) {
  using enum Orientation;
  const bool sideways = orientation >= kTransposed;
  const bool from_right = orientation == kMirrored || orientation == kUpsideDown ||
                          orientation == kTransversed || orientation == kTurnedRight;
  const bool from_bottom = orientation == kUpsideDown || orientation == kFlipped ||
                           orientation == kTurnedLeft || orientation == kTransversed;
  const std::int64_t width = sideways ? stored_height : stored_width;
  const std::int64_t height = sideways ? stored_width : stored_height;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t column = sideways ? y : x;
      const std::int64_t row = sideways ? x : y;
      const std::int64_t stored_x = from_right ? stored_width - 1 - column : column;
      const std::int64_t stored_y = from_bottom ? stored_height - 1 - row : row;
      upright[y * width + x] = stored[stored_y * stored_width + stored_x];
    }
  }
}

}  // namespace

Orientation read_orientation(const Metadata& metadata) {
  const std::int64_t said =
      metadata.orientation != 0
          ? metadata.orientation
          : exif_orientation(metadata.exif).value_or(xmp_orientation(metadata.xmp));
  return is_orientation(said) ? static_cast<Orientation>(said) : Orientation::kUpright;
}

Image turn_upright(Image image, Orientation orientation) {
  if (orientation == Orientation::kUpright) {
    return image;
  }
  const bool sideways = orientation >= Orientation::kTransposed;
  Image result(sideways ? image.height : image.width, sideways ? image.width : image.height);
  for (std::int64_t plane = 0; plane < 3; ++plane) {
    turn_plane(image.rgb.data() + plane * image.pixels(), image.width, image.height, orientation,
               result.rgb.data() + plane * image.pixels());
  }
  if (!image.alpha.empty()) {
    result.alpha.resize(image.alpha.size());
    turn_plane(image.alpha.data(), image.width, image.height, orientation, result.alpha.data());
  }
  return result;
}

}  // namespace impasto
