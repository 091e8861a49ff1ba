// TIFF by libtiff; of several pages the first. Grey, RGB and CMYK of 8 or 16 bits are read as they
// are, through their profile; every other kind as libtiff's own conversion to 8-bit RGBA gives it.
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/shortage.hpp"
#include "image/decoders.hpp"
#include "impasto/error.hpp"

namespace impasto {

namespace {

struct ReleaseTiff {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
  void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
};

/// A file in memory, and what libtiff complained of first.
struct Source {
  std::string_view bytes;
  std::size_t position = 0;
  std::array<char, 200> complaint{};
};

Source& source_of(thandle_t handle) {
  return *static_cast<Source*>(handle);
}

tmsize_t read_bytes(thandle_t handle, void* to, tmsize_t count) {
  Source& source = source_of(handle);
  const auto start = std::min(source.position, source.bytes.size());
  const auto part = source.bytes.substr(start, static_cast<std::size_t>(count));
  std::memcpy(to, part.data(), part.size());
  source.position = start + part.size();
  return static_cast<tmsize_t>(part.size());
}

tmsize_t refuse_to_write(thandle_t /*handle*/, void* /*from*/, tmsize_t /*count*/) {
  return 0;
}

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Source& source = source_of(handle);
  const std::size_t base = whence == SEEK_CUR   ? source.position
                           : whence == SEEK_END ? source.bytes.size()
                                                : 0;
  source.position = base + static_cast<std::size_t>(offset);
  return source.position;
}

int complain(TIFF* /*tiff*/, void* user, const char* /*module*/, const char* format,
             va_list arguments) {
  auto& complaint = static_cast<Source*>(user)->complaint;
  if (complaint.front() == '\0') {
    std::vsnprintf(complaint.data(), complaint.size(), format, arguments);
  }
  return 1;
}

int keep_silent(TIFF* /*tiff*/, void* /*user*/, const char* /*module*/, const char* /*format*/,
                va_list /*arguments*/) {
  return 1;
}

/// Whether the file is called as cameras call their raw files, most of which are TIFFs in
/// structure.
bool is_named_raw(const std::string& path) {
  constexpr std::array kExtensions{".3fr", ".arw", ".cr2", ".dcr", ".dng", ".erf", ".iiq", ".kdc",
                                   ".mef", ".mos", ".nef", ".nrw", ".pef", ".raw", ".sr2", ".srw"};
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

[[noreturn]] void throw_raw(const std::string& path) {
  throw InputError("this is a camera raw file, which impasto does not read", path,
                   "develop it into a PNG or JPEG first");
}

class TiffReader {
 public:
  TiffReader(std::string_view bytes, const std::string& path) : source_{bytes}, path_(path) {
    const std::unique_ptr<TIFFOpenOptions, ReleaseTiff> options(TIFFOpenOptionsAlloc());
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), tmsize_t{1} << 31);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), complain, &source_);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), keep_silent, nullptr);
    tiff_.reset(TIFFClientOpenExt(
        "picture", "rm", &source_, read_bytes, refuse_to_write, seek, [](thandle_t) { return 0; },
        [](thandle_t handle) { return static_cast<toff_t>(source_of(handle).bytes.size()); },
        nullptr, nullptr, options.get()));
    if (tiff_ == nullptr) {
      throw_damaged();
    }
  }

  DecodedPicture read() {
    refuse_raw();
    const std::int64_t width = field<std::uint32_t>(TIFFTAG_IMAGEWIDTH);
    const std::int64_t height = field<std::uint32_t>(TIFFTAG_IMAGELENGTH);
    require_possible_size(width, height, path_);
    require_few_samples();
    Metadata metadata;
    metadata.orientation = field<std::uint16_t>(TIFFTAG_ORIENTATION);
    metadata.icc = profile();
    const auto model = plain_model();
    return {model ? read_rows(*model, width, height) : read_converted(width, height),
            std::move(metadata)};
  }

 private:
  [[noreturn]] void throw_damaged() const {
    throw_if_short_of_memory(path_);
    const std::string complaint = source_.complaint.data();
    throw InputError("the TIFF is cut off, damaged or of a rare kind" +
                         (complaint.empty() ? "" : ", " + complaint),
                     path_, "copy or download the file again, or save it as PNG");
  }

  template <class Value>
  [[nodiscard]] Value field(std::uint32_t tag) const {
    Value value = 0;
    return TIFFGetFieldDefaulted(tiff_.get(), tag, &value) == 1 ? value : Value{0};
  }

  /// Camera raw files are TIFFs whose first picture is a preview or comes straight from the sensor.
  void refuse_raw() const {
    constexpr std::uint16_t kSensor = 32803;
    constexpr std::uint16_t kLinearSensor = 34892;
    const auto photometric = field<std::uint16_t>(TIFFTAG_PHOTOMETRIC);
    const bool preview = (field<std::uint32_t>(TIFFTAG_SUBFILETYPE) & FILETYPE_REDUCEDIMAGE) != 0;
    if (preview || photometric == kSensor || photometric == kLinearSensor) {
      throw_raw(path_);
    }
  }

  /// Rows take memory for every sample, used or not: a file of 190 bytes can ask for gigabytes.
  void require_few_samples() const {
    constexpr int kMostSamples = 64;
    const int samples = field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
    if (samples > kMostSamples) {
      throw InputError("this is a TIFF of " + std::to_string(samples) +
                           " samples for each pixel, which impasto does not read",
                       path_, "save the picture that it shows as PNG");
    }
  }

  [[nodiscard]] std::string profile() const {
    std::uint32_t size = 0;
    const char* bytes = nullptr;
    return TIFFGetField(tiff_.get(), TIFFTAG_ICCPROFILE, &size, &bytes) == 1
               ? std::string(bytes, size)
               : std::string();
  }

  /// The colours of a picture whose samples can be taken as they are.
  [[nodiscard]] std::optional<ColourModel> plain_model() const {
    const auto bits = field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE);
    const bool whole = field<std::uint16_t>(TIFFTAG_SAMPLEFORMAT) == SAMPLEFORMAT_UINT;
    const bool together = field<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_CONTIG;
    const int samples = field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
    if ((bits != 8 && bits != 16) || !whole || !together || TIFFIsTiled(tiff_.get()) != 0) {
      return std::nullopt;
    }
    switch (field<std::uint16_t>(TIFFTAG_PHOTOMETRIC)) {
      case PHOTOMETRIC_MINISBLACK:
        return samples >= 1 ? std::optional(ColourModel::kGrey) : std::nullopt;
      case PHOTOMETRIC_RGB:
        return samples >= 3 ? std::optional(ColourModel::kRgb) : std::nullopt;
      case PHOTOMETRIC_SEPARATED:
        return samples >= 4 && field<std::uint16_t>(TIFFTAG_INKSET) == INKSET_CMYK
                   ? std::optional(ColourModel::kCmyk)
                   : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  /// What the first sample after the colours is: EXTRASAMPLE_... or nothing known.
  [[nodiscard]] std::uint16_t kind_of_extra() const {
    std::uint16_t count = 0;
    const std::uint16_t* kinds = nullptr;
    const bool told = TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) == 1;
    return told && count > 0 ? kinds[0] : std::uint16_t{EXTRASAMPLE_UNSPECIFIED};
  }

  StoredPicture read_rows(ColourModel model, std::int64_t width, std::int64_t height) {
    const std::uint16_t extra = kind_of_extra();
    const bool alpha = extra == EXTRASAMPLE_ASSOCALPHA || extra == EXTRASAMPLE_UNASSALPHA;
    StoredPicture picture(model, alpha, width, height);
    if (field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE) == 8) {
      fill<std::uint8_t>(picture);
    } else {
      fill<std::uint16_t>(picture);
    }
    if (extra == EXTRASAMPLE_ASSOCALPHA) {
      picture.divide_by_alpha();
    }
    return picture;
  }

  template <class Sample>
  void fill(StoredPicture& picture) {
    const std::size_t stored = field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
    const std::size_t used = picture.channels();
    const auto width = static_cast<std::size_t>(picture.width);
    const auto row_bytes = static_cast<std::size_t>(TIFFScanlineSize(tiff_.get()));
    if (stored < used || row_bytes < width * stored * sizeof(Sample)) {
      throw_damaged();
    }
    std::vector<Sample> row(row_bytes / sizeof(Sample) + 1);
    for (std::int64_t y = 0; y < picture.height; ++y) {
      if (TIFFReadScanline(tiff_.get(), row.data(), static_cast<std::uint32_t>(y), 0) != 1) {
        throw_if_short_of_memory(path_);
        throw_cut_off(path_, y, picture.height);
      }
      for (std::size_t index = 0; stored > used && index < width * used; ++index) {
        row[index] = row[index / used * stored + index % used];
      }
      picture.set_row(y, row.data());
    }
  }

  StoredPicture read_converted(std::int64_t width, std::int64_t height) {
    TIFFSetField(tiff_.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);  // turned later, by us
    std::vector<std::uint32_t> raster(static_cast<std::size_t>(width * height));
    if (TIFFReadRGBAImageOriented(tiff_.get(), static_cast<std::uint32_t>(width),
                                  static_cast<std::uint32_t>(height), raster.data(),
                                  ORIENTATION_TOPLEFT, 1) != 1) {
      throw_damaged();
    }
    StoredPicture picture(ColourModel::kRgb, true, width, height);
    std::vector<std::uint8_t> row(static_cast<std::size_t>(width) * 4);
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) {
        const std::uint32_t pixel = raster[static_cast<std::size_t>(y * width) + x];
        row[4 * x] = TIFFGetR(pixel);
        row[4 * x + 1] = TIFFGetG(pixel);
        row[4 * x + 2] = TIFFGetB(pixel);
        row[4 * x + 3] = static_cast<std::uint8_t>(TIFFGetA(pixel));
      }
      picture.set_row(y, row.data());
    }
    picture.divide_by_alpha();
    return picture;
  }

  Source source_;
  const std::string& path_;
  std::unique_ptr<TIFF, ReleaseTiff> tiff_;
};

}  // namespace

DecodedPicture decode_tiff(std::string_view bytes, const std::string& path) {
  if (is_named_raw(path)) {
    throw_raw(path);
  }
  return TiffReader(bytes, path).read();
}

}  // namespace impasto
