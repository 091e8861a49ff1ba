// Pictures that a run cannot work with are named before any work.
#include "transfer/picture_checks.hpp"

#include <gtest/gtest.h>

#include "impasto/error.hpp"

namespace impasto {
namespace {

/// A picture's size and name without its pixels.
Image sized(std::int64_t width, std::int64_t height, const std::string& name) {
  Image image;
  image.width = width;
  image.height = height;
  image.name = name;
  return image;
}

std::string refusal(const Image& content, const Image& style, const TransferOptions& options) {
  try {
    check_pictures(content, {style}, options);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(PictureChecks, APictureThatWouldBeTooLargeIsNamedWithTheOptionThatHelps) {
  const Image photo = sized(12000, 9000, "photo.jpg");
  const Image painting = sized(400, 400, "painting.jpg");
  TransferOptions options = preset("gatys");
  options.size = 0;
  const std::string of_style = refusal(photo, painting, options);
  EXPECT_NE(of_style.find("painting.jpg"), std::string::npos) << of_style;
  EXPECT_NE(of_style.find("12000 x 12000"), std::string::npos) << of_style;
  EXPECT_NE(of_style.find("--style-size"), std::string::npos) << of_style;
  options.style_size = 2000;
  EXPECT_EQ(refusal(photo, painting, options), "");
  options.size = 14000;
  options.upscale = true;
  const std::string of_content = refusal(photo, painting, options);
  EXPECT_NE(of_content.find("photo.jpg"), std::string::npos) << of_content;
  EXPECT_NE(of_content.find("14000 x 10500"), std::string::npos) << of_content;
}

TEST(PictureChecks, ASizeIsNoneOfTheirBusinessWhereItIsSmall) {
  EXPECT_EQ(
      refusal(sized(12000, 9000, "photo.jpg"), sized(400, 400, "painting.jpg"), preset("gatys")),
      "");
}

}  // namespace
}  // namespace impasto
