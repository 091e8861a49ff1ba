#include <lcms2.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "picture_files.hpp"

namespace impasto {

namespace {

struct Release {
  void operator()(void* profile) const noexcept { cmsCloseProfile(profile); }
  void operator()(cmsToneCurve* curve) const noexcept { cmsFreeToneCurve(curve); }
};

std::string serialise(cmsHPROFILE owned) {
  const std::unique_ptr<void, Release> profile(owned);
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile.get(), nullptr, &size);
  std::string bytes(size, '\0');
  cmsSaveProfileToMem(profile.get(), bytes.data(), &size);
  return bytes;
}

/// sRGB's primaries and white, but values proportional to light.
std::string linear_rgb_profile() {
  const std::unique_ptr<cmsToneCurve, Release> line(cmsBuildGamma(nullptr, 1.0));
  cmsToneCurve* curves[] = {line.get(), line.get(), line.get()};
  const cmsCIExyY white{0.3127, 0.3290, 1.0};
  const cmsCIExyYTRIPLE primaries{{0.64, 0.33, 1.0}, {0.30, 0.60, 1.0}, {0.15, 0.06, 1.0}};
  return serialise(cmsCreateRGBProfile(&white, &primaries, curves));
}

std::string linear_grey_profile() {
  const std::unique_ptr<cmsToneCurve, Release> line(cmsBuildGamma(nullptr, 1.0));
  return serialise(cmsCreateGrayProfile(cmsD50_xyY(), line.get()));
}

std::string iccp(const std::string& profile) {
  return png_chunk("iCCP", std::string("name\0\0", 6) + deflated(profile));
}

Image load_png(const std::string& profile, PngColour colour, const std::vector<int>& samples) {
  const TempFolder folder;
  return load_image(folder.keep("a.png", png_file(1, 1, 8, colour, text(samples), iccp(profile))));
}

/// The sRGB encoding of a light value, from IEC 61966-2-1.
float encoded(float light) {
  return light <= 0.0031308F ? 12.92F * light : 1.055F * std::pow(light, 1.0F / 2.4F) - 0.055F;
}

constexpr float kTolerance = 1.0F / 255.0F;

}  // namespace

TEST(ColourProfile, OfAPngIsConvertedToSrgb) {
  const Image image = load_png(linear_rgb_profile(), kRgb, {51, 102, 10});
  EXPECT_NEAR(image.rgb[0], encoded(51.0F / 255.0F), kTolerance);
  EXPECT_NEAR(image.rgb[1], encoded(102.0F / 255.0F), kTolerance);
  EXPECT_NEAR(image.rgb[2], encoded(10.0F / 255.0F), kTolerance);
}

TEST(ColourProfile, OfAGreyPictureMayBeGreyOrRgb) {
  for (const auto& profile : {linear_grey_profile(), linear_rgb_profile()}) {
    const Image image = load_png(profile, kGrey, {51});
    for (const float value : image.rgb) {
      EXPECT_NEAR(value, encoded(0.2F), kTolerance);
    }
  }
}

TEST(ColourProfile, ConvertsTheColoursBelowTheAlphaAndNotTheMixture) {
  const Image image = load_png(linear_rgb_profile(), kRgba, {51, 51, 51, 102});
  EXPECT_NEAR(image.alpha.at(0), 0.4F, 1e-6F);
  EXPECT_NEAR(image.rgb[0], 0.4F * encoded(0.2F) + 0.6F, kTolerance);
}

TEST(ColourProfile, ThatIsSrgbChangesNoValue) {
  expect_bytes(load_png(serialise(cmsCreate_sRGBProfile()), kRgb, {1, 77, 254}), {1, 77, 254});
}

TEST(ColourProfile, ThatIsDamagedOrOfAnotherKindChangesNoValue) {
  expect_bytes(load_png("not a profile", kRgb, {1, 77, 254}), {1, 77, 254});
  expect_bytes(load_png(linear_rgb_profile().substr(0, 200), kRgb, {1, 77, 254}), {1, 77, 254});
  expect_bytes(load_png(linear_grey_profile(), kRgb, {1, 77, 254}), {1, 77, 254});
}

TEST(ColourProfile, OfAJpegIsJoinedFromItsPiecesInWhateverOrder) {
  Image grey(16, 16);
  std::fill(grey.rgb.begin(), grey.rgb.end(), 0.2F);
  const std::string profile = linear_rgb_profile();
  const auto piece = [&](int number, const std::string& part) {
    return std::string("ICC_PROFILE\0", 12) + text({number, 2}) + part;
  };
  const auto first = piece(1, profile.substr(0, 100));
  const auto second = piece(2, profile.substr(100));
  const std::string one_piece = with_segment(jpeg_file(grey), 0xE2, first);
  const TempFolder folder;
  const Image joined = load_image(folder.keep("a.jpg", with_segment(one_piece, 0xE2, second)));
  EXPECT_NEAR(joined.rgb[100], encoded(0.2F), 3 * kTolerance);
  const Image incomplete = load_image(folder.keep("b.jpg", one_piece));
  EXPECT_NEAR(incomplete.rgb[100], 0.2F, 3 * kTolerance);
}

}  // namespace impasto
