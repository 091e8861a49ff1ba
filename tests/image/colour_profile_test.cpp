#include <lcms2.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "jpeg_writer.hpp"
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

namespace {

/// A printer's profile, ICC version 2, that holds the Lab values of the 16 overprints alone.
std::string ink_profile() {
  const auto fixed = [](double value) {
    return big(static_cast<std::uint32_t>(std::lround(value * 65536)), 4);
  };
  struct Lab {
    double l, a, b;
  };
  constexpr Lab kOverprints[] = {{95, 0, -2},    {89, -5, 93},  {48, 74, -3},  {47, 68, 48},
                                 {55, -37, -50}, {50, -65, 27}, {24, 22, -46}, {23, 0, 0}};  // CMY
  std::string table;
  for (const Lab& lab : kOverprints) {
    for (const double paper : {1.0, 0.1}) {  // without and with black
      table += text({static_cast<int>(std::lround(lab.l * paper * 2.55)),
                     static_cast<int>(std::lround(lab.a * paper + 128)),
                     static_cast<int>(std::lround(lab.b * paper + 128))});
    }
  }
  std::string ramp;
  for (int value = 0; value < 256; ++value) {
    ramp += text({value});
  }
  std::string a2b = "mft1" + big(0, 4) + text({4, 3, 2, 0});
  for (const double entry : {1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0}) {
    a2b += fixed(entry);
  }
  a2b += ramp + ramp + ramp + ramp + table + ramp + ramp + ramp;
  const std::string white = "XYZ " + big(0, 4) + fixed(0.9642) + fixed(1) + fixed(0.8249);
  const auto white_at = static_cast<std::uint32_t>(128 + 4 + 2 * 12);
  const auto a2b_at = white_at + static_cast<std::uint32_t>(white.size());
  const std::string tags = big(2, 4) + "wtpt" + big(white_at, 4) +
                           big(static_cast<std::uint32_t>(white.size()), 4) + "A2B0" +
                           big(a2b_at, 4) + big(static_cast<std::uint32_t>(a2b.size()), 4);
  const auto size = a2b_at + static_cast<std::uint32_t>(a2b.size());
  return big(size, 4) + big(0, 4) + big(0x02400000, 4) + "prtrCMYKLab " + std::string(12, '\0') +
         "acsp" + std::string(28, '\0') + fixed(0.9642) + fixed(1) + fixed(0.8249) +
         std::string(48, '\0') + tags + white + a2b;
}

/// gAMA and cHRM store their numbers times 100000.
std::string gama(double gamma) {
  return png_chunk("gAMA", big(static_cast<std::uint32_t>(std::lround(gamma * 100000)), 4));
}
std::string chrm(const std::vector<double>& coordinates) {
  std::string numbers;
  for (const double coordinate : coordinates) {
    numbers += big(static_cast<std::uint32_t>(std::lround(coordinate * 100000)), 4);
  }
  return png_chunk("cHRM", numbers);
}

Image load_with_chunks(const std::string& chunks, PngColour colour,
                       const std::vector<int>& samples) {
  const TempFolder folder;
  return load_image(folder.keep("a.png", png_file(1, 1, 8, colour, text(samples), chunks)));
}

}  // namespace

TEST(PlainColours, GammaOfAPngIsHonoured) {
  const Image linear = load_with_chunks(gama(1.0), kRgb, {51, 102, 10});
  EXPECT_NEAR(linear.rgb[0], encoded(51.0F / 255.0F), kTolerance);
  EXPECT_NEAR(linear.rgb[1], encoded(102.0F / 255.0F), kTolerance);
  EXPECT_NEAR(linear.rgb[2], encoded(10.0F / 255.0F), kTolerance);
  const Image mac = load_with_chunks(gama(1.0 / 1.8), kGrey, {100});
  EXPECT_NEAR(mac.rgb[1], encoded(std::pow(100.0F / 255.0F, 1.8F)), kTolerance);
}

TEST(PlainColours, OfSrgbByWhateverNameChangeNothing) {
  const std::string srgb = png_chunk("sRGB", std::string(1, '\0'));
  const std::string profile = iccp(linear_rgb_profile());
  for (const auto& chunks : {gama(0.45455), gama(1.0) + srgb, gama(0.0), gama(1e4)}) {
    expect_bytes(load_with_chunks(chunks, kRgb, {51, 102, 10}), {51, 102, 10});
  }
  // A profile outweighs them.
  const Image image = load_with_chunks(profile + gama(0.3), kRgb, {51, 51, 51});
  EXPECT_NEAR(image.rgb[0], encoded(0.2F), kTolerance);
}

TEST(PlainColours, PrimariesOfAPngAreHonoured) {
  // Display P3's green is greener than any of sRGB's, its grey the same.
  const std::string p3 = chrm({0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060});
  const Image green = load_with_chunks(p3 + gama(0.45455), kRgb, {100, 200, 100});
  EXPECT_LT(green.rgb[0] * 255.0F, 80.0F);
  EXPECT_GT(green.rgb[1] * 255.0F, 200.0F);
  const Image grey = load_with_chunks(p3 + gama(0.45455), kRgb, {100, 100, 100});
  for (const float value : grey.rgb) {
    EXPECT_NEAR(value * 255.0F, 100.0F, 1.0F);
  }
}

TEST(ColourProfile, OfInksIsConvertedToSrgb) {
  const std::string profile = ink_profile();
  const std::string jpeg =
      flat_jpeg({.channels = 4, .given = JCS_CMYK, .stored = JCS_CMYK}, {0, 255, 255, 0});
  const auto piece = std::string("ICC_PROFILE\0\1\1", 14) + profile;
  const TempFolder folder;
  const Image image = load_image(folder.keep("a.jpg", with_segment(jpeg, 0xE2, piece)));
  // Lab (47, 68, 48), the overprint of magenta and yellow, is sRGB (215, 29, 36).
  const int expected[] = {215, 29, 36};
  for (int channel = 0; channel < 3; ++channel) {
    EXPECT_NEAR(value_at(image, channel, 20, 10) * 255.0F, static_cast<float>(expected[channel]),
                3.0F);
  }
}

}  // namespace impasto
