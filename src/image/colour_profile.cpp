#include "image/colour_profile.hpp"

#include <lcms2.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace impasto {

namespace {

struct ProfileRelease {
  void operator()(void* profile) const noexcept { cmsCloseProfile(profile); }
};
struct TransformRelease {
  void operator()(void* transform) const noexcept { cmsDeleteTransform(transform); }
};
using Profile = std::unique_ptr<void, ProfileRelease>;
using Transform = std::unique_ptr<void, TransformRelease>;

/// From the profile's RGB or grey to sRGB, always as triples of floats; null when they do not fit.
struct Conversion {
  Transform transform;
  bool from_grey = false;

  void apply(const std::vector<float>& from, std::vector<float>& to, std::size_t pixels) const {
    cmsDoTransform(transform.get(), from.data(), to.data(), static_cast<cmsUInt32Number>(pixels));
  }
};

Conversion make_conversion(const std::string& bytes, bool grey) {
  Conversion conversion;
  const Profile source(
      cmsOpenProfileFromMem(bytes.data(), static_cast<cmsUInt32Number>(bytes.size())));
  const Profile target(cmsCreate_sRGBProfile());
  if (source == nullptr || target == nullptr) {
    return conversion;
  }
  const auto space = cmsGetColorSpace(source.get());
  conversion.from_grey = space == cmsSigGrayData;
  if (space != cmsSigRgbData && !(conversion.from_grey && grey)) {
    return conversion;
  }
  conversion.transform.reset(cmsCreateTransform(
      source.get(), conversion.from_grey ? TYPE_GRAY_FLT : TYPE_RGB_FLT, target.get(), TYPE_RGB_FLT,
      INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_NOCACHE));
  return conversion;
}

/// Whether a grid of colours stays where it is, to within 2 of 255: the profile is sRGB by whatever
/// name.
bool changes_nothing(const Conversion& conversion) {
  constexpr int kSteps = 9;
  std::vector<float> colours;
  for (int index = 0; index < kSteps * kSteps * kSteps; ++index) {
    for (const int step : {index % kSteps, index / kSteps % kSteps, index / kSteps / kSteps}) {
      colours.push_back(static_cast<float>(step) / (kSteps - 1));
    }
  }
  std::vector<float> converted(colours.size());
  conversion.apply(colours, converted, colours.size() / 3);
  return std::equal(colours.begin(), colours.end(), converted.begin(),
                    [](float a, float b) { return std::abs(a - b) < 2.0F / 255.0F; });
}

/// Row by row: the profile engine wants the three values of a pixel side by side.
void convert_rows(Image& image, const Conversion& conversion) {
  const auto width = static_cast<std::size_t>(image.width);
  const auto plane = static_cast<std::size_t>(image.pixels());
  const std::size_t channels = conversion.from_grey ? 1 : 3;
  std::vector<float> stored(width * channels);
  std::vector<float> converted(width * 3);
  for (std::size_t start = 0; start < plane; start += width) {
    for (std::size_t index = 0; index < stored.size(); ++index) {
      stored[index] = image.rgb[index % channels * plane + start + index / channels];
    }
    conversion.apply(stored, converted, width);
    for (std::size_t index = 0; index < converted.size(); ++index) {
      image.rgb[index % 3 * plane + start + index / 3] = std::clamp(converted[index], 0.0F, 1.0F);
    }
  }
}

}  // namespace

void convert_to_srgb(Image& image, const std::string& profile, bool grey) {
  if (profile.empty()) {
    return;
  }
  const Conversion conversion = make_conversion(profile, grey);
  if (conversion.transform == nullptr || (!conversion.from_grey && changes_nothing(conversion))) {
    return;
  }
  convert_rows(image, conversion);
}

}  // namespace impasto
