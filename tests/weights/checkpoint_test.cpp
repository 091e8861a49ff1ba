#include "weights/checkpoint.hpp"

#include <cstdlib>

#include "weights/input_file.hpp"
#include "weights_fixture.hpp"

namespace impasto {
namespace {

class EveryCheckpoint : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryCheckpoint, GivesTheValuesThatWereSaved) {
  const std::string path = checkpoint_file(GetParam());
  const auto network = read_checkpoint(path, std::nullopt);
  expect_same_convolutions(network, tiny_network());
  EXPECT_EQ(network.topology, "custom");
  EXPECT_TRUE(network.pool_after_last_block);
  EXPECT_FALSE(network.calibrate);
  EXPECT_EQ(network.source, GetParam());
  EXPECT_EQ(network.source_sha256, sha256_of_file(path));
}

INSTANTIATE_TEST_SUITE_P(Checkpoint, EveryCheckpoint,
                         ::testing::Values("zip.pth", "legacy.pth", "protocol4.pth",
                                           "legacy_protocol4.pth", "half.pth", "bfloat16.pth",
                                           "double_legacy.pth", "nested.pth", "nested_legacy.pth",
                                           "channels_last.pth", "shared.pth", "shared_legacy.pth",
                                           "float.safetensors", "half.safetensors",
                                           "bfloat16.safetensors", "keras_notop.h5",
                                           "keras_model.h5"),
                         [](const auto& checkpoint) {
                           std::string name = checkpoint.param;
                           name[name.find('.')] = '_';
                           return name;
                         });

TEST(CheckpointReader, IsTorchvisionUnlessItIsKerasOrSaidOtherwise) {
  const auto plain = read_checkpoint(checkpoint_file("zip.pth"), std::nullopt);
  EXPECT_EQ(plain.family, WeightFamily::kTorchvision);
  EXPECT_EQ(plain.order, ChannelOrder::kRgb);
  EXPECT_FLOAT_EQ(plain.mean[0], 0.485F);

  const auto keras = read_checkpoint(checkpoint_file("keras_notop.h5"), std::nullopt);
  EXPECT_EQ(keras.family, WeightFamily::kCaffe);
  EXPECT_EQ(keras.order, ChannelOrder::kBgr);
  EXPECT_FLOAT_EQ(keras.mean[0], 103.939F);
  EXPECT_FLOAT_EQ(keras.std[2], 1.0F);

  EXPECT_EQ(read_checkpoint(checkpoint_file("zip.pth"), WeightFamily::kCaffe).order,
            ChannelOrder::kBgr);
}

TEST(CheckpointReader, WithBatchNormalisationIsRefused) {
  expect_input_error([] { read_checkpoint(checkpoint_file("batch_norm.pth"), std::nullopt); },
                     "batch normalisation");
}

TEST_F(WeightsTest, AFileOfAnotherKindIsNoCheckpoint) {
  expect_input_error([&] { read_checkpoint(write("x.pth", "not a checkpoint"), std::nullopt); },
                     "this is a text file, not weights");
  expect_input_error([&] { read_checkpoint(write("e.pth", ""), std::nullopt); }, "an empty file");
  expect_input_error([&] { read_checkpoint(write("u.pth", "\x01\x02\x03\x04"), std::nullopt); },
                     "not a checkpoint of any known kind");
  expect_input_error([&] { read_checkpoint(path("missing.pth"), std::nullopt); }, "no such file");
  write_weights_file(path("w.h5"), tiny_network());
  expect_input_error([&] { read_checkpoint(path("w.h5"), std::nullopt); }, "already");
}

TEST_F(WeightsTest, AFilesSha256IsThatOfItsBytes) {
  EXPECT_EQ(sha256_of_file(write("abc", "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of_file(write("none", "")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

class RealWeights : public WeightsTest {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("IMPASTO_TEST_WEIGHTS");
    if (folder == nullptr) {
      GTEST_SKIP() << "IMPASTO_TEST_WEIGHTS names no folder with vgg19-blocks1-3.pth and "
                      "vgg19-slim16x.pth";
    }
    folder_ = folder;
  }

  NetworkWeights convert(const std::string& name) {
    write_weights_file(path("w.h5"), read_checkpoint(folder_ + "/" + name, std::nullopt));
    return load_weights(path("w.h5"));
  }

 private:
  std::string folder_;
};

TEST_F(RealWeights, OfThreeBlocksEndInAPool) {
  const auto network = convert("vgg19-blocks1-3.pth");
  ASSERT_EQ(network.convolutions.size(), 8U);
  EXPECT_EQ(network.convolutions.back().name(), "conv3_4");
  EXPECT_EQ(network.convolutions.back().out_channels, 256);
  EXPECT_TRUE(network.pool_after_last_block);
}

TEST_F(RealWeights, OfTheSlimNetworkEndInTheMiddleOfABlock) {
  const auto network = convert("vgg19-slim16x.pth");
  ASSERT_EQ(network.convolutions.size(), 13U);
  EXPECT_EQ(network.convolutions.back().name(), "conv5_1");
  EXPECT_FALSE(network.pool_after_last_block);
}

}  // namespace
}  // namespace impasto
