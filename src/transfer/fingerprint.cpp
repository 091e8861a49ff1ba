#include "transfer/fingerprint.hpp"

#include <bit>
#include <cstdint>
#include <cstdio>

namespace impasto {
namespace {

/// FNV-1a (Fowler, Noll & Vo) over 32-bit words.
class Hash {
 public:
  void add(std::uint32_t word) { state_ = (state_ ^ word) * 0x100000001B3ULL; }
  void add(const std::vector<float>& values) {
    add(static_cast<std::uint32_t>(values.size()));
    for (const float value : values) {
      add(std::bit_cast<std::uint32_t>(value));
    }
  }
  void add(const Image& image) {
    add(static_cast<std::uint32_t>(image.width));
    add(static_cast<std::uint32_t>(image.height));
    add(image.rgb);
    add(image.alpha);
  }
  [[nodiscard]] std::string text() const {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(state_));
    return digits;
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

}  // namespace

std::string fingerprint(const Image& image) {
  Hash hash;
  hash.add(image);
  return hash.text();
}

std::string fingerprint(const NetworkWeights& weights) {
  Hash hash;
  hash.add(static_cast<std::uint32_t>(weights.order));
  for (std::size_t channel = 0; channel < 3; ++channel) {
    hash.add(std::bit_cast<std::uint32_t>(weights.mean[channel]));
    hash.add(std::bit_cast<std::uint32_t>(weights.std[channel]));
  }
  for (const ConvolutionWeights& convolution : weights.convolutions) {
    hash.add(convolution.weight);
    hash.add(convolution.bias);
  }
  return hash.text();
}

InputFingerprints fingerprints(const Image& content, const std::vector<Image>& styles,
                               const NetworkWeights& weights) {
  InputFingerprints result{fingerprint(content), {}, fingerprint(weights)};
  for (const Image& style : styles) {
    result.styles.push_back(fingerprint(style));
  }
  return result;
}

}  // namespace impasto
