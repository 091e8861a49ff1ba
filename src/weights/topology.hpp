// What is known about VGG networks as such: names, depths, widths, and what a network must
// look like.
#pragma once

#include <string>
#include <vector>

#include "impasto/weights.hpp"

namespace impasto {

/// Limits that no VGG comes near; what exceeds them is damaged or hostile.
constexpr std::int64_t kMaxChannels = 8192;
constexpr std::int64_t kMaxParameters = std::int64_t{1} << 28;
constexpr std::size_t kMaxConvolutions = 64;

/// "vgg11" … "vgg19" when depth and widths are exactly those of that network, otherwise "custom".
std::string topology_of(const std::vector<ConvolutionWeights>& convolutions);

/// Whether these numbers of convolutions per block are those of a VGG, or of one that ends early,
/// even in the middle of a block.
bool begins_like_a_vgg(const std::vector<int>& depths);

/// Convolutions per block: "2, 2, 4, 4, 1".
std::string depths_text(const std::vector<ConvolutionWeights>& convolutions);

/// Whether a pooling follows the last block: it does when that block is as deep as in the VGG that
/// the network begins like.
bool ends_in_pool(const std::vector<ConvolutionWeights>& convolutions);

/// The 16 convolutions of VGG-19 with names and channels set and no values yet.
std::vector<ConvolutionWeights> vgg19_layout();

/// Sets family, channel order, mean and standard deviation to what that family was trained with.
void set_family(NetworkWeights& network, WeightFamily family);

/// Sets topology and pool_after_last_block from the convolutions.
void set_structure(NetworkWeights& network);

/// Weights and biases together.
std::int64_t parameter_count(const NetworkWeights& network);

/// Throws InputError unless blocks and indices are consecutive from 1, the first layer takes 3
/// channels, each further one what the last one gives, and all sizes are sane. Looks at names and
/// channels only, not at values.
void check_layout(const std::vector<ConvolutionWeights>& convolutions, const std::string& where);

/// check_layout, and: the number of values fits the channels, all of them are finite, mean and std
/// are usable. Throws InputError that names the layer.
void check_network(const NetworkWeights& network, const std::string& where);

}  // namespace impasto
