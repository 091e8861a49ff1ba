// Networks and pictures small enough to run anywhere.
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "impasto/image.hpp"
#include "impasto/options.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// A VGG of random He-scaled filters; `blocks` are the widths of each block's convolutions: {{4,
/// 4}, {6, 6}}.
inline NetworkWeights small_network(const std::vector<std::vector<std::int64_t>>& blocks,
                                    std::uint64_t seed) {
  Random random(seed);
  NetworkWeights weights;
  weights.source = "small_network";
  std::int64_t in_channels = 3;
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    for (std::size_t index = 0; index < blocks[block].size(); ++index) {
      ConvolutionWeights convolution;
      convolution.block = static_cast<int>(block) + 1;
      convolution.index = static_cast<int>(index) + 1;
      convolution.in_channels = in_channels;
      convolution.out_channels = blocks[block][index];
      const double scale = std::sqrt(2.0 / (9.0 * static_cast<double>(in_channels)));
      for (std::int64_t n = 0; n < convolution.out_channels * in_channels * 9; ++n) {
        convolution.weight.push_back(static_cast<float>(scale * random.normal()));
      }
      for (std::int64_t n = 0; n < convolution.out_channels; ++n) {
        convolution.bias.push_back(static_cast<float>(0.1 * random.normal()));
      }
      in_channels = convolution.out_channels;
      weights.convolutions.push_back(std::move(convolution));
    }
  }
  weights.pool_after_last_block = true;
  return weights;
}

/// Smooth colours with some grain, in [0, 1].
inline Image test_picture(std::int64_t width, std::int64_t height, std::uint64_t seed) {
  Random random(seed);
  Image image(width, height);
  const double frequency = 0.1 + 0.3 * random.uniform();
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t i = 0; i < height; ++i) {
      for (std::int64_t j = 0; j < width; ++j) {
        const double wave = std::sin(frequency * static_cast<double>((c + 1) * i) +
                                     0.2 * static_cast<double>(j) + static_cast<double>(seed));
        image.rgb[static_cast<std::size_t>((c * height + i) * width + j)] =
            static_cast<float>(0.5 + 0.35 * wave + 0.15 * (random.uniform() - 0.5));
      }
    }
  }
  return image;
}

/// A short run on a small network of two blocks that uses every loss, with a tap before a ReLU.
inline TransferOptions every_loss_options(OptimizerKind optimizer, std::int64_t iterations) {
  TransferOptions options = preset("gatys");
  options.size = 0;
  options.content_layers = {{"relu2_1"}};
  options.style_layers = {{"conv1_1"}, {"relu1_1"}, {"relu2_1"}};
  options.tv_weight = 1e-3;
  options.optimizer = optimizer;
  options.learning_rate = optimizer == OptimizerKind::kAdam ? 0.05 : 1;
  options.iterations = iterations;
  return options;
}

}  // namespace impasto
