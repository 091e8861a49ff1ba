#include "weights/topology.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "impasto/error.hpp"

namespace impasto {

namespace {

struct Vgg {
  const char* name;
  std::array<int, 5> depths;
};

// Simonyan & Zisserman 2014, table 1: A, B, D and E.
constexpr std::array<Vgg, 4> kVggs{{{"vgg11", {1, 1, 2, 2, 2}},
                                    {"vgg13", {2, 2, 2, 2, 2}},
                                    {"vgg16", {2, 2, 3, 3, 3}},
                                    {"vgg19", {2, 2, 4, 4, 4}}}};
constexpr std::array<std::int64_t, 5> kStandardWidths{64, 128, 256, 512, 512};

/// Convolutions per block.
std::vector<int> depths_of(const std::vector<ConvolutionWeights>& convolutions) {
  std::vector<int> depths;
  for (const auto& convolution : convolutions) {
    if (convolution.index == 1) {
      depths.push_back(0);
    }
    if (!depths.empty()) {
      ++depths.back();
    }
  }
  return depths;
}

bool begins_like(const std::vector<int>& depths, const Vgg& vgg) {
  return depths.size() <= vgg.depths.size() &&
         std::equal(depths.begin(), depths.end(), vgg.depths.begin());
}

bool has_standard_widths(const std::vector<ConvolutionWeights>& convolutions) {
  return std::all_of(convolutions.begin(), convolutions.end(), [](const auto& convolution) {
    return convolution.block <= 5 &&
           convolution.out_channels ==
               kStandardWidths[static_cast<std::size_t>(convolution.block - 1)];
  });
}

[[noreturn]] void refuse_network(const std::string& what, const std::string& where) {
  throw InputError(what, where,
                   "a network here is a VGG: 3 × 3 convolutions in blocks, conv1_1 first");
}

/// Whether `convolution` is what may come after `last`: the next of its block, or the first of the
/// next one.
bool follows(const ConvolutionWeights& convolution, const ConvolutionWeights& last) {
  const bool same_block = convolution.block == last.block && convolution.index == last.index + 1;
  const bool next_block = convolution.block == last.block + 1 && convolution.index == 1;
  return same_block || next_block;
}

void check_values(const ConvolutionWeights& convolution, const std::string& where) {
  const auto filters = static_cast<std::size_t>(convolution.out_channels);
  const auto weights = filters * static_cast<std::size_t>(convolution.in_channels) * 9;
  if (convolution.weight.size() != weights || convolution.bias.size() != filters) {
    refuse_network(convolution.name() + " holds another number of values than its shape says",
                   where);
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(convolution.weight.begin(), convolution.weight.end(), finite) ||
      !std::all_of(convolution.bias.begin(), convolution.bias.end(), finite)) {
    throw InputError(convolution.name() + " holds a value that is infinite or not a number", where,
                     "the file is damaged or its training diverged; get it again");
  }
}

void check_normalisation(const NetworkWeights& network, const std::string& where) {
  const auto finite = [](float value) { return std::isfinite(value); };
  const auto positive = [](float value) { return std::isfinite(value) && value > 0.0F; };
  if (!std::all_of(network.mean.begin(), network.mean.end(), finite) ||
      !std::all_of(network.std.begin(), network.std.end(), positive)) {
    refuse_network("the input's mean or standard deviation is unusable", where);
  }
}

}  // namespace

std::string ConvolutionWeights::name() const {
  return "conv" + std::to_string(block) + "_" + std::to_string(index);
}

std::string topology_of(const std::vector<ConvolutionWeights>& convolutions) {
  const auto depths = depths_of(convolutions);
  for (const auto& vgg : kVggs) {
    if (depths.size() == 5 && begins_like(depths, vgg) && has_standard_widths(convolutions)) {
      return vgg.name;
    }
  }
  return "custom";
}

bool begins_like_a_vgg(const std::vector<int>& depths) {
  return !depths.empty() && std::any_of(kVggs.begin(), kVggs.end(), [&](const Vgg& vgg) {
    return depths.size() <= vgg.depths.size() &&
           std::equal(depths.begin(), depths.end() - 1, vgg.depths.begin()) &&
           depths.back() <= vgg.depths[depths.size() - 1];
  });
}

std::string depths_text(const std::vector<ConvolutionWeights>& convolutions) {
  std::string text;
  for (const int depth : depths_of(convolutions)) {
    text += (text.empty() ? "" : ", ") + std::to_string(depth);
  }
  return text;
}

bool ends_in_pool(const std::vector<ConvolutionWeights>& convolutions) {
  const auto depths = depths_of(convolutions);
  return std::any_of(kVggs.begin(), kVggs.end(),
                     [&](const Vgg& vgg) { return begins_like(depths, vgg); });
}

std::vector<ConvolutionWeights> vgg19_layout() {
  std::vector<ConvolutionWeights> convolutions;
  std::int64_t channels = 3;
  for (int block = 1; block <= 5; ++block) {
    const auto at = static_cast<std::size_t>(block - 1);
    for (int index = 1; index <= kVggs.back().depths[at]; ++index) {
      convolutions.push_back({block, index, kStandardWidths[at], channels, {}, {}});
      channels = kStandardWidths[at];
    }
  }
  return convolutions;
}

void set_family(NetworkWeights& network, WeightFamily family) {
  const NetworkWeights torchvision;
  network.family = family;
  if (family == WeightFamily::kTorchvision) {
    network.order = torchvision.order;
    network.mean = torchvision.mean;
    network.std = torchvision.std;
  } else {
    network.order = ChannelOrder::kBgr;
    network.mean = {103.939F, 116.779F, 123.68F};
    network.std = {1.0F, 1.0F, 1.0F};
  }
}

void set_structure(NetworkWeights& network) {
  network.topology = topology_of(network.convolutions);
  network.pool_after_last_block = ends_in_pool(network.convolutions);
}

std::int64_t parameter_count(const NetworkWeights& network) {
  std::int64_t count = 0;
  for (const auto& convolution : network.convolutions) {
    count += convolution.out_channels * (convolution.in_channels * 9 + 1);
  }
  return count;
}

void check_layout(const std::vector<ConvolutionWeights>& convolutions, const std::string& where) {
  if (convolutions.empty() || convolutions.size() > kMaxConvolutions) {
    refuse_network("it holds " + std::to_string(convolutions.size()) + " convolutions", where);
  }
  ConvolutionWeights last{1, 0, 3, 0, {}, {}};
  std::int64_t parameters = 0;
  for (const auto& convolution : convolutions) {
    if (!follows(convolution, last) || (last.index == 0 && convolution.block != 1)) {
      refuse_network(
          convolution.name() + (last.index == 0 ? " comes first" : " follows " + last.name()),
          where);
    }
    if (convolution.in_channels != last.out_channels) {
      refuse_network(convolution.name() + " takes " + std::to_string(convolution.in_channels) +
                         " channels where " + std::to_string(last.out_channels) + " arrive",
                     where);
    }
    if (convolution.out_channels < 1 || convolution.out_channels > kMaxChannels) {
      refuse_network(
          convolution.name() + " has " + std::to_string(convolution.out_channels) + " filters",
          where);
    }
    parameters += convolution.out_channels * convolution.in_channels * 9;
    last = {convolution.block, convolution.index, convolution.out_channels, 0, {}, {}};
  }
  if (parameters > kMaxParameters) {
    refuse_network("it holds " + std::to_string(parameters) + " weights", where);
  }
}

void check_network(const NetworkWeights& network, const std::string& where) {
  check_layout(network.convolutions, where);
  check_normalisation(network, where);
  for (const auto& convolution : network.convolutions) {
    check_values(convolution, where);
  }
}

}  // namespace impasto
