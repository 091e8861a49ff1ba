// Which inputs a network was trained for.
#include "weights/known_family.hpp"

#include "weights/checkpoint.hpp"
#include "weights_fixture.hpp"

namespace impasto {
namespace {

/// Two layers of that size each: alternating signs make the root mean square the size itself.
NetworkWeights of_sizes(float first, float second) {
  NetworkWeights network;
  network.source = "network.pth";
  const auto values = [](std::size_t count, float size) {
    std::vector<float> filled(count);
    for (std::size_t i = 0; i < count; ++i) {
      filled[i] = i % 2 == 0 ? size : -size;
    }
    return filled;
  };
  network.convolutions = {
      {1, 1, 64, 3, values(64 * 27, first), std::vector<float>(64, 0.1F)},
      {1, 2, 64, 64, values(64 * 64 * 9, second), std::vector<float>(64, 0.1F)}};
  return network;
}

WeightFamily judged(const NetworkWeights& network,
                    WeightFamily usual = WeightFamily::kTorchvision) {
  return judge_family(network, usual).family;
}

constexpr float kTrained = 0.2F;  // the first layer's size in both families
constexpr float kSecond = 0.04F;

TEST(KnownFamily, IsTheContainersWhereNothingTells) {
  const NetworkWeights network = of_sizes(kTrained, kSecond);
  EXPECT_EQ(judged(network), WeightFamily::kTorchvision);
  EXPECT_EQ(judged(network, WeightFamily::kCaffe), WeightFamily::kCaffe);
  EXPECT_NE(judge_family(network, WeightFamily::kCaffe).reason.find("nothing in it tells"),
            std::string::npos);
}

TEST(KnownFamily, IsCaffesByTheNamesOfWellKnownConversions) {
  for (const char* name :
       {"vgg19-d01eb7cb.pth", "my-VGG16-00b39a1b (1).pth", "vgg_conv.pth", "vgg16_caffe.pth"}) {
    NetworkWeights network = of_sizes(kTrained, kSecond);
    network.source = name;
    EXPECT_EQ(judged(network), WeightFamily::kCaffe) << name;
  }
}

TEST(KnownFamily, IsToldByTheChecksumWhateverTheName) {
  NetworkWeights network = of_sizes(kTrained, kSecond);
  network.source_sha256 = "d01eb7cb" + std::string(56, '0');
  EXPECT_EQ(judged(network), WeightFamily::kCaffe);
  network.source = "vgg19-caffe-I-think.pth";
  network.source_sha256 = "dcbb9e9d" + std::string(56, '0');
  EXPECT_EQ(judged(network), WeightFamily::kTorchvision);
}

TEST(KnownFamily, IsToldByAFirstLayerScaledForTheOthersInputs) {
  EXPECT_EQ(judged(of_sizes(kTrained / 57, kSecond)), WeightFamily::kCaffe);
  EXPECT_EQ(judged(of_sizes(kTrained * 57, kSecond), WeightFamily::kCaffe),
            WeightFamily::kTorchvision);
}

TEST(KnownFamily, DoesNotDependOnTheSizeOfTheWholeNetwork) {
  for (const float factor : {1e-6F, 1e-2F, 1e2F}) {
    EXPECT_EQ(judged(of_sizes(kTrained * factor, kSecond * factor)), WeightFamily::kTorchvision);
  }
}

TEST(KnownFamily, IsNotJudgedFromSmallDifferences) {
  for (const float factor : {0.25F, 0.5F, 2.0F, 4.0F}) {
    for (const WeightFamily usual : {WeightFamily::kTorchvision, WeightFamily::kCaffe}) {
      EXPECT_EQ(judged(of_sizes(kTrained * factor, kSecond), usual), usual) << factor;
    }
  }
}

// The authors' own values in conv1_2 say whose network it is; its first layer says for which input.
TEST(KnownFamily, IsToldByTheAuthorsOwnValues) {
  NetworkWeights network = of_sizes(kTrained, kSecond);
  const std::array<float, 5> biases{-0.29296547F, 0.33977443F, 0.15974344F, 0.04132176F,
                                    0.77644819F};
  std::copy(biases.begin(), biases.end(), network.convolutions[1].bias.begin());
  EXPECT_EQ(judged(network), WeightFamily::kCaffe);
  for (float& weight : network.convolutions[0].weight) {
    weight *= 57;
  }
  EXPECT_EQ(judged(network), WeightFamily::kTorchvision);
}

TEST(KnownFamily, OfACheckpointIsSaidAndGivesWayToTheUsersWord) {
  const auto judged_network = read_checkpoint(checkpoint_file("zip.pth"), std::nullopt);
  EXPECT_NE(judged_network.notes.back().find("family torchvision: usual for this kind of file"),
            std::string::npos)
      << judged_network.notes.back();
  const auto said = read_checkpoint(checkpoint_file("zip.pth"), WeightFamily::kCaffe);
  EXPECT_EQ(said.notes.back(), "family caffe: as --family says");
}

}  // namespace
}  // namespace impasto
