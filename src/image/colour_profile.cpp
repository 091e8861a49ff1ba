#include "image/colour_profile.hpp"

#include <lcms2.h>
#include <lcms2_plugin.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "core/shortage.hpp"
#include "image/bytes.hpp"

namespace impasto {

namespace {

struct EngineRelease {
  void operator()(cmsContext engine) const noexcept { cmsDeleteContext(engine); }
};
struct ProfileRelease {
  void operator()(void* profile) const noexcept { cmsCloseProfile(profile); }
};
struct CurveRelease {
  void operator()(cmsToneCurve* curve) const noexcept { cmsFreeToneCurve(curve); }
};
struct TransformRelease {
  void operator()(void* transform) const noexcept { cmsDeleteTransform(transform); }
};
using Engine = std::unique_ptr<std::remove_pointer_t<cmsContext>, EngineRelease>;
using Profile = std::unique_ptr<void, ProfileRelease>;
using Curve = std::unique_ptr<cmsToneCurve, CurveRelease>;
using Transform = std::unique_ptr<void, TransformRelease>;

/// Little CMS without its locks, as only one thread at a time uses what is made with it: the
/// library crashes where there is no memory for a lock. Outlives what is made with it.
Engine make_engine() {
  static int lock = 0;
  static cmsPluginMutex no_locks{
      {cmsPluginMagicNumber, 2060, cmsPluginMutexSig, nullptr},
      [](cmsContext) -> void* { return &lock; },
      [](cmsContext, void*) {},
      [](cmsContext, void*) -> cmsBool { return TRUE; },
      [](cmsContext, void*) {},
  };
  Engine engine(cmsCreateContext(&no_locks, nullptr));
  if (engine == nullptr) {
    throw std::bad_alloc();
  }
  return engine;
}

/// The colours of gAMA and cHRM as a profile, or null where they are sRGB's or make no sense. A
/// gamma that differs by less than a twentieth counts as sRGB's, as it does for libpng: 45455 is
/// how programs write "sRGB" there.
Profile plain_profile(const Engine& engine, const PlainColours& colours) {
  constexpr double kSrgbGamma = 1.0 / 2.2;
  const bool told = colours.gamma > 0;
  if (told && (colours.gamma < 0.05 || colours.gamma > 20)) {
    return nullptr;
  }
  const bool srgb_curve = !told || std::abs(colours.gamma / kSrgbGamma - 1) < 0.05;
  // IEC 61966-2-1: light = ((v + 0.055) / 1.055)^2.4 above 0.04045, else v / 12.92.
  constexpr cmsFloat64Number kSrgbCurve[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  const Curve curve(srgb_curve ? cmsBuildParametricToneCurve(engine.get(), 4, kSrgbCurve)
                               : cmsBuildGamma(engine.get(), 1 / colours.gamma));
  if (curve == nullptr) {
    return nullptr;
  }
  const auto& at = colours.chromaticities;
  const cmsCIExyY white{at[0], at[1], 1};
  const cmsCIExyYTRIPLE primaries{{at[2], at[3], 1}, {at[4], at[5], 1}, {at[6], at[7], 1}};
  cmsToneCurve* const curves[] = {curve.get(), curve.get(), curve.get()};
  return Profile(cmsCreateRGBProfileTHR(engine.get(), &white, &primaries, curves));
}

Profile source_profile(const Engine& engine, const Metadata& metadata) {
  if (!metadata.icc.empty()) {
    return Profile(cmsOpenProfileFromMemTHR(engine.get(), metadata.icc.data(),
                                            static_cast<cmsUInt32Number>(metadata.icc.size())));
  }
  return metadata.colours ? plain_profile(engine, *metadata.colours) : nullptr;
}

/// From the profile's colours to sRGB, pixel by pixel; null when the two do not fit the picture.
struct Conversion {
  Engine engine;
  Transform transform;
  std::size_t channels = 3;  // of the profile
  float full = 1;            // the profile engine's largest value: it gives inks in percent

  void apply(const std::vector<float>& from, std::vector<float>& to, std::size_t pixels) const {
    cmsDoTransform(transform.get(), from.data(), to.data(), static_cast<cmsUInt32Number>(pixels));
  }
};

/// Where memory is short, colours would silently be other ones.
void require_memory_for_colours() {
  constexpr std::size_t kModest = std::size_t{16} << 20U;
  require_memory_left(kModest, "colour profile");
}

/// The signature of the colours that the profile is of. From an embedded profile's own bytes: a
/// damaged one's is none of the enumeration that lcms returns, which C++ may not even look at.
std::uint32_t colour_space_of(const Metadata& metadata, const Profile& profile) {
  constexpr std::size_t kPlace = 16;  // in the header, which lcms has read
  return metadata.icc.empty() ? static_cast<std::uint32_t>(cmsGetColorSpace(profile.get()))
                              : big32(metadata.icc, kPlace);
}

Conversion make_conversion(const Metadata& metadata, ColourModel model) {
  Conversion conversion;
  if (metadata.icc.empty() && !metadata.colours) {
    return conversion;
  }
  require_memory_for_colours();
  conversion.engine = make_engine();
  const Profile source = source_profile(conversion.engine, metadata);
  const Profile target(cmsCreate_sRGBProfileTHR(conversion.engine.get()));
  if (source == nullptr || target == nullptr) {
    require_memory_for_colours();
    return conversion;
  }
  cmsUInt32Number layout = 0;
  const std::uint32_t space = colour_space_of(metadata, source);
  if (space == cmsSigGrayData && model == ColourModel::kGrey) {
    layout = TYPE_GRAY_FLT;
    conversion.channels = 1;
  } else if (space == cmsSigRgbData && model != ColourModel::kCmyk) {
    layout = TYPE_RGB_FLT;  // a grey picture may have a profile of three colours
  } else if (space == cmsSigCmykData && model == ColourModel::kCmyk) {
    layout = TYPE_CMYK_FLT;
    conversion.channels = 4;
    conversion.full = 100;
  } else {
    return conversion;
  }
  conversion.transform.reset(cmsCreateTransformTHR(
      conversion.engine.get(), source.get(), layout, target.get(), TYPE_RGB_FLT,
      INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_NOCACHE));
  if (conversion.transform == nullptr) {
    require_memory_for_colours();
  }
  return conversion;
}

/// Whether a grid of colours stays where it is, to within 2 of 255: the profile is sRGB by whatever
/// name.
bool changes_nothing(const Conversion& conversion) {
  if (conversion.channels != 3) {
    return false;
  }
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

/// Row by row: the profile engine wants the values of a pixel side by side. `image` may hold the
/// planes of `stored` already.
void convert_rows(const float* stored, std::size_t stored_channels, const Conversion& conversion,
                  Image& image) {
  const auto width = static_cast<std::size_t>(image.width);
  const auto plane = static_cast<std::size_t>(image.pixels());
  const std::size_t channels = conversion.channels;
  std::vector<float> row(width * channels);
  std::vector<float> converted(width * 3);
  for (std::size_t start = 0; start < plane; start += width) {
    for (std::size_t index = 0; index < row.size(); ++index) {
      const std::size_t channel = std::min(index % channels, stored_channels - 1);
      row[index] = conversion.full * stored[channel * plane + start + index / channels];
    }
    conversion.apply(row, converted, width);
    for (std::size_t index = 0; index < converted.size(); ++index) {
      image.rgb[index % 3 * plane + start + index / 3] = std::clamp(converted[index], 0.0F, 1.0F);
    }
  }
}

void mix_inks(const StoredPicture& stored, Image& image) {
  const std::size_t plane = stored.plane();
  const float* black = stored.colours.data() + 3 * plane;
  for (std::size_t index = 0; index < image.rgb.size(); ++index) {
    image.rgb[index] = (1 - stored.colours[index]) * (1 - black[index % plane]);
  }
}

/// What the profile calls itself, in ASCII.
std::string name_of(const Profile& profile) {
  char name[128] = "";
  cmsGetProfileInfoASCII(profile.get(), cmsInfoDescription, "en", "US", name, sizeof name);
  return *name == '\0' ? "without a name" : name;
}

}  // namespace

Image to_srgb(StoredPicture stored, const Metadata& metadata) {
  Image image;
  image.width = stored.width;
  image.height = stored.height;
  image.alpha = std::move(stored.alpha);
  if (stored.model == ColourModel::kRgb) {
    image.rgb = std::move(stored.colours);
  } else {
    image.rgb.resize(3 * stored.plane());
  }
  const std::vector<float>& colours =
      stored.model == ColourModel::kRgb ? image.rgb : stored.colours;
  const Conversion conversion = make_conversion(metadata, stored.model);
  if (conversion.transform != nullptr && !changes_nothing(conversion)) {
    convert_rows(colours.data(), stored.colour_channels(), conversion, image);
  } else if (stored.model == ColourModel::kCmyk) {
    mix_inks(stored, image);
  } else if (stored.model == ColourModel::kGrey) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      std::copy(colours.begin(), colours.end(),
                image.rgb.begin() + static_cast<std::ptrdiff_t>(channel * stored.plane()));
    }
  }
  return image;
}

std::string describe_profile(const Metadata& metadata, ColourModel model) {
  const Engine engine = make_engine();
  const Profile profile = source_profile(engine, metadata);
  if (metadata.icc.empty() && profile == nullptr) {
    return model == ColourModel::kCmyk ? "none" : "none, taken for sRGB";
  }
  if (profile == nullptr) {
    return "ICC, damaged, left out";
  }
  const std::string name = metadata.icc.empty() ? "gAMA and cHRM" : "ICC: " + name_of(profile);
  const Conversion conversion = make_conversion(metadata, model);
  if (conversion.transform == nullptr) {
    return name + ", not one for " + (model == ColourModel::kCmyk ? "CMYK" : "these colours") +
           ", left out";
  }
  return name + (changes_nothing(conversion) ? ", the same as sRGB" : ", converted to sRGB");
}

}  // namespace impasto
