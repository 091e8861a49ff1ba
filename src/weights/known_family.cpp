// The two families see a picture at very different sizes: torchvision's values are about 1, caffe's
// about 60. Trained first layers are of about the same size in both (root mean square 0.2 in
// VGG-19), so that size tells nothing about them. It tells something when one family's network was
// moved to the other's input by scaling its first layer: by 1/57 or by 57.
#include "weights/known_family.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>

namespace impasto {

namespace {

struct Known {
  std::string_view mark;
  WeightFamily family;
};

/// The first eight digits of the SHA-256, as the files' names carry them: jcjohnson's conversions
/// of the authors' VGG-16 and VGG-19, then torchvision's VGG-11, 13, 16 and 19.
constexpr std::array<Known, 8> kChecksums{{{"00b39a1b", WeightFamily::kCaffe},
                                           {"d01eb7cb", WeightFamily::kCaffe},
                                           {"8a719046", WeightFamily::kTorchvision},
                                           {"bbd30ac9", WeightFamily::kTorchvision},
                                           {"19584684", WeightFamily::kTorchvision},
                                           {"c768596a", WeightFamily::kTorchvision},
                                           {"397923af", WeightFamily::kTorchvision},
                                           {"dcbb9e9d", WeightFamily::kTorchvision}}};

/// Parts of names, in lower case: the same conversions under their own names, that of Gatys and
/// others, and whatever says caffe.
constexpr std::array<std::string_view, 5> kCaffeNames{"vgg19-d01eb7cb", "vgg16-00b39a1b",
                                                      "vgg_conv", "vgg-conv", "caffe"};

/// Biases of conv1_2 in the VGG-19 of Simonyan and Zisserman, and how far a copy in half precision
/// may lie from them.
constexpr std::array<float, 5> kVgg19Biases{-0.29296547F, 0.33977443F, 0.15974344F, 0.04132176F,
                                            0.77644819F};
constexpr float kHalfPrecision = 1e-3F;
/// Between the root mean square of its own first layer, 0.19, and 57 times that.
constexpr double kVgg19Own = 1.5;

/// A fifth and ten times of what trained first layers have.
constexpr double kTooSmall = 0.04;
constexpr double kTooLarge = 2.0;
/// A layer keeps the size of its input when the mean square of its weights is 2 / (9 · inputs) (He
/// et al. 2015). A first layer below half of what its second one has by that measure was scaled
/// down.
constexpr double kScaledDown = 0.5;

double root_mean_square(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) {
    sum += static_cast<double>(value) * value;
  }
  return values.empty() ? 0 : std::sqrt(sum / static_cast<double>(values.size()));
}

double gain(const ConvolutionWeights& convolution) {
  return root_mean_square(convolution.weight) *
         std::sqrt(9.0 * static_cast<double>(convolution.in_channels));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

std::optional<JudgedFamily> by_checksum(const NetworkWeights& network) {
  for (const Known& known : kChecksums) {
    if (network.source_sha256.starts_with(known.mark)) {
      return JudgedFamily{known.family, "its SHA-256 begins with " + std::string(known.mark) +
                                            ", a well-known conversion's"};
    }
  }
  return std::nullopt;
}

std::optional<JudgedFamily> by_name(const NetworkWeights& network) {
  const std::string name = lower(network.source);
  for (const std::string_view mark : kCaffeNames) {
    if (name.find(mark) != std::string::npos) {
      return JudgedFamily{WeightFamily::kCaffe, "the file's name contains " + std::string(mark)};
    }
  }
  return std::nullopt;
}

bool is_vgg19s(const ConvolutionWeights& second) {
  return second.out_channels == 64 &&
         std::equal(kVgg19Biases.begin(), kVgg19Biases.end(), second.bias.begin(),
                    [](float a, float b) { return std::fabs(a - b) < kHalfPrecision; });
}

std::string size_text(double size) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", size);
  return text;
}

std::optional<JudgedFamily> by_values(const NetworkWeights& network) {
  if (network.convolutions.size() < 2) {
    return std::nullopt;
  }
  const ConvolutionWeights& first = network.convolutions[0];
  const ConvolutionWeights& second = network.convolutions[1];
  const double size = root_mean_square(first.weight);
  const std::string text = "the first layer's weights are " + size_text(size) + " in size";
  if (is_vgg19s(second)) {
    return size < kVgg19Own
               ? JudgedFamily{WeightFamily::kCaffe,
                              "it holds the authors' VGG-19 with its own first layer"}
               : JudgedFamily{WeightFamily::kTorchvision,
                              "it holds the authors' VGG-19 with a first layer made for inputs of "
                              "about 1"};
  }
  if (size < kTooSmall && gain(first) < kScaledDown * gain(second)) {
    return JudgedFamily{WeightFamily::kCaffe, text + ", made for inputs from 0 to 255"};
  }
  if (size > kTooLarge && gain(first) > gain(second)) {
    return JudgedFamily{WeightFamily::kTorchvision, text + ", made for inputs of about 1"};
  }
  return std::nullopt;
}

}  // namespace

JudgedFamily judge_family(const NetworkWeights& network, WeightFamily usual) {
  for (const auto judge : {by_checksum, by_name, by_values}) {
    if (const auto judged = judge(network)) {
      return *judged;
    }
  }
  return {usual, "usual for this kind of file; nothing in it tells"};
}

}  // namespace impasto
