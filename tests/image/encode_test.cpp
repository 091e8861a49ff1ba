#include <sys/resource.h>

#include <csignal>
#include <limits>

#include "image/encode.hpp"
#include "picture_files.hpp"

namespace impasto {

TEST(SaveImage, PngRoundTripsEveryByte) {
  Image image(16, 16);
  for (std::size_t index = 0; index < image.rgb.size(); ++index) {
    image.rgb[index] = static_cast<float>(index * 7 % 256) / 255.0F;
  }
  const TempFolder folder;
  save_image(folder / "a.png", image);
  EXPECT_EQ(load_image(folder / "a.png").rgb, image.rgb);
}

TEST(SaveImage, ClipsAndRounds) {
  Image image(1, 1);
  image.rgb = {-3.0F, 100.6F / 255.0F, 7.0F};
  const TempFolder folder;
  save_image(folder / "a.png", image);
  expect_bytes(load_image(folder / "a.png"), {0, 101, 255});
}

TEST(SaveImage, WritesBlackForWhatIsNotANumber) {
  Image image(1, 1);
  image.rgb = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
               -std::numeric_limits<float>::infinity()};
  const TempFolder folder;
  save_image(folder / "a.png", image);
  expect_bytes(load_image(folder / "a.png"), {0, 255, 0});
}

TEST(SaveImage, AlphaAndTheColoursOverWhiteSurviveTheRoundTrip) {
  Image image(64, 4);
  image.alpha.resize(256);
  for (std::size_t index = 0; index < 256; ++index) {
    const float alpha = static_cast<float>(index) / 255.0F;
    image.alpha[index] = alpha;
    for (std::size_t plane = 0; plane < 3; ++plane) {
      const float colour = 0.4F * static_cast<float>(plane);
      image.rgb[plane * 256 + index] = alpha * colour + 1.0F - alpha;
    }
  }
  const TempFolder folder;
  save_image(folder / "a.png", image);
  const Image loaded = load_image(folder / "a.png");
  ASSERT_EQ(loaded.alpha.size(), image.alpha.size());
  for (std::size_t index = 0; index < 256; ++index) {
    EXPECT_NEAR(loaded.alpha[index], image.alpha[index], 1e-6F);
  }
  for (std::size_t index = 0; index < image.rgb.size(); ++index) {
    EXPECT_NEAR(loaded.rgb[index], image.rgb[index], 0.51F / 255.0F);
  }
}

TEST(SaveImage, JpegKeepsColoursAtFullResolution) {
  // Columns of red and blue: halved colour resolution would turn them purple.
  Image image(16, 16);
  for (std::size_t index = 0; index < 256; ++index) {
    image.rgb[index] = index % 2 == 0 ? 1.0F : 0.0F;
    image.rgb[512 + index] = index % 2 == 0 ? 0.0F : 1.0F;
  }
  const TempFolder folder;
  save_image(folder / "a.jpeg", image);
  const Image loaded = load_image(folder / "a.jpeg");
  EXPECT_GT(value_at(loaded, 0, 8, 8), 0.8F);
  EXPECT_LT(value_at(loaded, 0, 9, 8), 0.2F);
}

TEST(SaveImage, JpegLeavesTheAlphaOut) {
  Image image(8, 8);
  image.alpha.assign(64, 0.5F);
  const TempFolder folder;
  save_image(folder / "a.jpg", image);
  EXPECT_TRUE(load_image(folder / "a.jpg").alpha.empty());
}

TEST(SaveImage, TheExtensionDecidesInEitherCase) {
  const TempFolder folder;
  const Image image(4, 4);
  save_image(folder / "a.PNG", image);
  save_image(folder / "a.JpG", image);
  EXPECT_EQ(bytes_of(folder / "a.PNG").substr(1, 3), "PNG");
  EXPECT_EQ(bytes_of(folder / "a.JpG").substr(0, 2), "\xff\xd8");
}

TEST(SaveImage, RefusesOtherExtensionsAndNamesThePossibleOnes) {
  const TempFolder folder;
  for (const char* name : {"a.gif", "a", ".png", "a.png.txt"}) {
    try {
      save_image(folder / name, Image(2, 2));
      ADD_FAILURE() << name;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(".png, .jpg or .jpeg"), std::string::npos);
    }
    EXPECT_THROW(check_writable(folder / name), UsageError) << name;
  }
  EXPECT_EQ(folder.file_count(), 0);
}

TEST(SaveImage, RefusesAMissingFolder) {
  const TempFolder folder;
  EXPECT_THROW(save_image(folder / "missing/a.png", Image(2, 2)), InputError);
}

TEST(SaveImage, RefusesPlanesThatDoNotMatchTheSize) {
  const TempFolder folder;
  Image image(2, 2);
  image.alpha.resize(3);
  EXPECT_THROW(save_image(folder / "a.png", image), UsageError);
  EXPECT_THROW(save_image(folder / "a.png", Image()), UsageError);
}

TEST(SaveImage, ReportsAFullDisk) {
  if (!std::filesystem::exists("/dev/full")) {
    GTEST_SKIP() << "no /dev/full here";
  }
  const TempFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "a.png");
  EXPECT_THROW(save_image(folder / "a.png", Image(64, 64)), InputError);
}

TEST(SaveImage, AnExistingOutputSurvivesAFailedWrite) {
  const TempFolder folder;
  const std::string path = folder.keep("a.png", "the old picture");
  // A limit on file sizes makes the write fail halfway.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 100;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(save_image(path, gradient_picture(64, 64)), InputError);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(bytes_of(path), "the old picture");
  EXPECT_EQ(folder.file_count(), 1);
}

TEST(SaveImage, RefusesSidesThatAJpegCannotHold) {
  const TempFolder folder;
  EXPECT_THROW(save_image(folder / "a.jpg", Image(65501, 1)), InputError);
  EXPECT_NO_THROW(save_image(folder / "a.png", Image(65501, 1)));
}

TEST(CheckWritable, AcceptsAGoodPathAndLeavesNothingBehind) {
  const TempFolder folder;
  check_writable(folder / "a.png");
  EXPECT_EQ(folder.file_count(), 0);
}

TEST(CheckWritable, RefusesWhatSavingWouldRefuse) {
  const TempFolder folder;
  EXPECT_THROW(check_writable(folder / "missing/a.png"), InputError);
  std::filesystem::create_directory(folder / "folder.png");
  EXPECT_THROW(check_writable(folder / "folder.png"), InputError);
}

TEST(EncodePicture, GivesTheBytesThatSaveImageWrites) {
  const TempFolder folder;
  const Image image = gradient_picture(20, 10);
  save_image(folder / "a.png", image);
  save_image(folder / "a.jpg", image);
  EXPECT_EQ(encode_picture(image, PictureFormat::kPng), bytes_of(folder / "a.png"));
  EXPECT_EQ(encode_picture(image, PictureFormat::kJpeg), bytes_of(folder / "a.jpg"));
  EXPECT_LT(encode_picture(image, PictureFormat::kJpeg, 30).size(),
            encode_picture(image, PictureFormat::kJpeg).size());
}

TEST(EncodePicture, RefusesPlanesOfAnotherSize) {
  Image image(4, 4);
  image.rgb.pop_back();
  EXPECT_THROW(encode_picture(image, PictureFormat::kPng), UsageError);
}

}  // namespace impasto
