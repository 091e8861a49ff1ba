// HEIC (iPhones') and AVIF by libheif, which turns and mirrors the picture itself and, in these
// formats, leaves EXIF's orientation without meaning.
#include <libheif/heif.h>

#include <memory>
#include <string>
#include <string_view>

#include "image/decoders.hpp"
#include "impasto/error.hpp"

namespace impasto {

namespace {

struct ReleaseHeif {
  void operator()(heif_context* context) const noexcept { heif_context_free(context); }
  void operator()(heif_image_handle* handle) const noexcept { heif_image_handle_release(handle); }
  void operator()(heif_image* image) const noexcept { heif_image_release(image); }
  void operator()(heif_decoding_options* options) const noexcept {
    heif_decoding_options_free(options);
  }
  void operator()(heif_color_profile_nclx* colours) const noexcept {
    heif_nclx_color_profile_free(colours);
  }
};
template <class Object>
using Owned = std::unique_ptr<Object, ReleaseHeif>;

void require_ok(const heif_error& error, const std::string& path) {
  if (error.code == heif_error_Ok) {
    return;
  }
  if (error.subcode == heif_suberror_Security_limit_exceeded) {
    throw InputError("the picture is too large", path, "scale it down to at most 128 megapixels");
  }
  if (error.code == heif_error_Memory_allocation_error) {
    throw_no_memory(path);
  }
  if (error.subcode == heif_suberror_End_of_data) {
    throw_if_short_of_memory(path);
    throw_cut_off(path);
  }
  if (error.subcode == heif_suberror_Unsupported_codec ||
      error.code == heif_error_Unsupported_filetype ||
      error.code == heif_error_Unsupported_feature) {
    throw InputError("no decoder for this HEIC or AVIF picture is installed", path,
                     "install libheif-plugin-libde265 and libheif-plugin-dav1d, or convert it to "
                     "PNG or JPEG");
  }
  throw_if_short_of_memory(path);
  throw InputError(std::string("the HEIC or AVIF is damaged, ") + error.message, path,
                   "copy or download the file again, or convert it to PNG or JPEG");
}

std::string profile_of(const heif_image_handle* handle) {
  std::string profile(heif_image_handle_get_raw_color_profile_size(handle), '\0');
  if (profile.empty() ||
      heif_image_handle_get_raw_color_profile(handle, profile.data()).code != heif_error_Ok) {
    return {};
  }
  return profile;
}

/// The primaries of a picture that names its colours by number (ISO 23091-2). Its curve is taken
/// for sRGB's, which those of ordinary photographs are close to.
std::optional<PlainColours> named_colours(const heif_image_handle* handle) {
  heif_color_profile_nclx* found = nullptr;
  const heif_error error = heif_image_handle_get_nclx_color_profile(handle, &found);
  const Owned<heif_color_profile_nclx> nclx(found);
  if (error.code != heif_error_Ok || nclx == nullptr ||
      nclx->color_primaries == heif_color_primaries_unspecified || nclx->color_primary_red_x <= 0) {
    return std::nullopt;
  }
  PlainColours colours;
  colours.chromaticities = {nclx->color_primary_white_x, nclx->color_primary_white_y,
                            nclx->color_primary_red_x,   nclx->color_primary_red_y,
                            nclx->color_primary_green_x, nclx->color_primary_green_y,
                            nclx->color_primary_blue_x,  nclx->color_primary_blue_y};
  return colours;
}

Owned<heif_image> decode(const heif_image_handle* handle, bool alpha, const std::string& path) {
  const Owned<heif_decoding_options> options(heif_decoding_options_alloc());
  if (options == nullptr) {
    throw_no_memory(path);
  }
  options->convert_hdr_to_8bit = 1;
  heif_image* image = nullptr;
  const heif_error error = heif_decode_image(
      handle, &image, heif_colorspace_RGB,
      alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options.get());
  Owned<heif_image> owned(image);
  require_ok(error, path);
  return owned;
}

}  // namespace

DecodedPicture decode_heif(std::string_view bytes, const std::string& path) {
  const Owned<heif_context> context(heif_context_alloc());
  if (context == nullptr) {
    throw_no_memory(path);
  }
  require_ok(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(),
                                                        nullptr),
             path);
  heif_image_handle* primary = nullptr;
  require_ok(heif_context_get_primary_image_handle(context.get(), &primary), path);
  const Owned<heif_image_handle> handle(primary);
  require_possible_size(heif_image_handle_get_width(primary), heif_image_handle_get_height(primary),
                        path);
  const bool alpha = heif_image_handle_has_alpha_channel(primary) != 0;
  const Owned<heif_image> image = decode(primary, alpha, path);
  const int width = heif_image_get_primary_width(image.get());
  const int height = heif_image_get_primary_height(image.get());
  require_possible_size(width, height, path);
  int stride = 0;
  const std::uint8_t* pixels =
      heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  if (pixels == nullptr) {
    throw_cut_off(path);
  }
  DecodedPicture decoded{StoredPicture(ColourModel::kRgb, alpha, width, height), {}};
  for (std::int64_t y = 0; y < height; ++y) {
    decoded.stored.set_row(y, pixels + y * stride);
  }
  if (alpha && heif_image_handle_is_premultiplied_alpha(primary) != 0) {
    decoded.stored.divide_by_alpha();
  }
  decoded.metadata.icc = profile_of(primary);
  if (decoded.metadata.icc.empty()) {
    decoded.metadata.colours = named_colours(primary);
  }
  return decoded;
}

}  // namespace impasto
