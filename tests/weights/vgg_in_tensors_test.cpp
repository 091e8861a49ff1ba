// The VGG among tensors of any names, at any place.
#include "weights/vgg_in_tensors.hpp"

#include "weights/topology.hpp"
#include "weights_fixture.hpp"

namespace impasto {
namespace {

using Names = std::vector<std::string>;

void add(TensorList& list, const std::string& name, const std::vector<std::int64_t>& shape,
         std::vector<float> values) {
  list.tensors.push_back({name, shape, [values = std::move(values)] { return values; }});
}

/// Adds zeros of that shape.
void add_zeros(TensorList& list, const std::string& name, const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    count *= static_cast<std::size_t>(size);
  }
  add(list, name, shape, std::vector<float>(count));
}

/// The network's layers under the names; "@" becomes "weight" and "bias".
void add_network(TensorList& list, const NetworkWeights& network, const Names& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ConvolutionWeights& layer = network.convolutions[i];
    const std::size_t at = names[i].find('@');
    const auto named = [&](const char* part) {
      return at == std::string::npos ? names[i] + "." + part
                                     : names[i].substr(0, at) + part + names[i].substr(at + 1);
    };
    add(list, named("weight"), {layer.out_channels, layer.in_channels, 3, 3}, layer.weight);
    add(list, named("bias"), {layer.out_channels}, layer.bias);
  }
}

/// Layers of these widths, blocks and values unset.
NetworkWeights of_widths(const std::vector<std::int64_t>& widths) {
  NetworkWeights network;
  std::int64_t channels = 3;
  for (const std::int64_t width : widths) {
    const auto count = static_cast<std::size_t>(width * channels * 9);
    network.convolutions.push_back({1, 1, width, channels, std::vector<float>(count, 0.5F),
                                    std::vector<float>(static_cast<std::size_t>(width), 0.25F)});
    channels = width;
  }
  return network;
}

VggInTensors find(const TensorList& list, const std::string& key = "") {
  return find_vgg(list, key, "file");
}

Names found_names(const VggInTensors& vgg) {
  Names names;
  for (const auto& convolution : vgg.convolutions) {
    names.push_back(convolution.name());
  }
  return names;
}

class EveryNaming : public ::testing::TestWithParam<Names> {};

TEST_P(EveryNaming, GivesTheLayersInTheirBlocks) {
  TensorList list;
  add_zeros(list, "mean", {3});
  add_zeros(list, "std", {1, 3, 1, 1});
  add_network(list, tiny_network(), GetParam());
  add_zeros(list, "classifier.0.weight", {2, 6});
  add_zeros(list, "classifier.0.bias", {2});
  NetworkWeights network;
  network.convolutions = find(list).convolutions;
  expect_same_convolutions(network, tiny_network());
}

INSTANTIATE_TEST_SUITE_P(
    VggInTensors, EveryNaming,
    ::testing::Values(
        Names{"features.0", "features.2", "features.5", "features.7"},
        Names{"vgg.features.0", "vgg.features.2", "vgg.features.5", "vgg.features.7"},
        Names{"module._orig_mod.features.module.0", "module._orig_mod.features.module.2",
              "module._orig_mod.features.module.5", "module._orig_mod.features.module.7"},
        Names{"0", "2", "5", "7"}, Names{"conv1_1", "conv1_2", "conv2_1", "conv2_2"},
        Names{"net.conv1_1_@", "net.conv1_2_@", "net.conv2_1_@", "net.conv2_2_@"},
        Names{"block1.0", "block1.2", "block2.0", "block2.2"},
        Names{"blocks.0.1", "blocks.0.3", "blocks.1.1", "blocks.1.3"},
        Names{"slice1.0", "slice2.2", "slice3.5", "slice4.7"},
        Names{"stage1.conv1.0", "stage1.conv2.0", "stage2.conv1.0", "stage2.conv2.0"},
        Names{"conv_1", "conv_2", "conv_3", "conv_4"}, Names{"stem", "body.again", "wider", "last"},
        Names{"model.1", "model.4", "model.8", "model.11"}));

TEST(VggInTensors, PairsListsOfWeightsAndBiases) {
  TensorList list;
  const NetworkWeights network = tiny_network();
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& layer = network.convolutions[i];
    add(list, "weights." + std::to_string(i), {layer.out_channels, layer.in_channels, 3, 3},
        layer.weight);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& layer = network.convolutions[i];
    add(list, "biases." + std::to_string(i), {layer.out_channels}, layer.bias);
  }
  NetworkWeights found;
  found.convolutions = find(list).convolutions;
  expect_same_convolutions(found, network);
}

TEST(VggInTensors, ReadsAListOfPairsAndAFlatList) {
  const NetworkWeights network = tiny_network();
  TensorList pairs;
  TensorList flat;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& layer = network.convolutions[i];
    const std::vector<std::int64_t> shape{layer.out_channels, layer.in_channels, 3, 3};
    add(pairs, std::to_string(i) + ".0", shape, layer.weight);
    add(pairs, std::to_string(i) + ".1", {layer.out_channels}, layer.bias);
    add(flat, std::to_string(2 * i), shape, layer.weight);
    add(flat, std::to_string(2 * i + 1), {layer.out_channels}, layer.bias);
  }
  for (const TensorList& list : {pairs, flat}) {
    NetworkWeights found;
    found.convolutions = find(list).convolutions;
    expect_same_convolutions(found, network);
  }
}

TEST(VggInTensors, FollowsNumbersWhereTheFileSortsByName) {
  TensorList list;
  list.in_order = false;
  const NetworkWeights network = of_widths({4, 4, 4, 4, 4, 4, 4, 4, 4, 4});
  add_network(list, network,
              {"features.0", "features.2", "features.5", "features.7", "features.10", "features.12",
               "features.14", "features.16", "features.19", "features.21"});
  std::sort(list.tensors.begin(), list.tensors.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  EXPECT_EQ(found_names(find(list)),
            (Names{"conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3",
                   "conv3_4", "conv4_1", "conv4_2"}));
}

TEST(VggInTensors, InfersBlocksFromWidthsWhereNamesDoNotTell) {
  const std::vector<std::pair<std::vector<std::int64_t>, std::string>> networks{
      {{8, 8, 16, 16, 32, 32, 32, 32, 64, 64, 64, 64, 64, 64, 64, 64}, "2, 2, 4, 4, 4"},
      {{8, 8, 16, 16, 32, 32, 32, 64, 64, 64, 64, 64, 64}, "2, 2, 3, 3, 3"},
      {{8, 8, 16, 16, 32, 32, 64, 64, 64, 64}, "2, 2, 2, 2, 2"},
      {{8, 16, 32, 32, 64, 64, 64, 64}, "1, 1, 2, 2, 2"},
      {{8, 8, 16, 16, 32, 32, 32, 32, 64, 64, 64, 64, 64}, "2, 2, 4, 4, 1"},
      {{8, 8, 16, 16, 32}, "2, 2, 1"}};
  for (const auto& [widths, depths] : networks) {
    Names names;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      names.push_back("layer" + std::to_string(i));
    }
    TensorList list;
    add_network(list, of_widths(widths), names);
    const VggInTensors vgg = find(list);
    EXPECT_EQ(depths_text(vgg.convolutions), depths);
    EXPECT_NE(vgg.notes.back().find("inferred from the layers' widths"), std::string::npos)
        << vgg.notes.back();
  }
}

TEST(VggInTensors, InfersBlocksFromTheNumberOfLayersWhereWidthsWereChosenFreely) {
  TensorList list;
  Names names;
  for (int i = 0; i < 13; ++i) {
    names.push_back("layer" + std::to_string(i));
  }
  add_network(list, of_widths({5, 7, 9, 8, 12, 11, 13, 20, 19, 18, 21, 20, 22}), names);
  EXPECT_EQ(depths_text(find(list).convolutions), "2, 2, 3, 3, 3");
}

// Slices that end at relu1_1, relu2_1, … are no blocks; the numbers go on from slice to slice.
TEST(VggInTensors, DoesNotTakeSlicesForBlocks) {
  TensorList list;
  add_network(list, of_widths({4, 4, 8, 8, 16}),
              {"slice1.0", "slice2.2", "slice2.5", "slice3.7", "slice3.10"});
  EXPECT_EQ(depths_text(find(list).convolutions), "2, 2, 1");
}

TEST(VggInTensors, StepsOverOtherNetworksAndTheOptimisersCopies) {
  TensorList list;
  add_network(list, of_widths({8, 3}), {"generator.0", "generator.2"});  // leads back to a picture
  add_zeros(list, "discriminator.0.weight", {8, 6, 3, 3});
  add_network(list, tiny_network(),
              {"vgg.features.0", "vgg.features.2", "vgg.features.5", "vgg.features.7"});
  add_network(
      list, of_widths({4, 4, 6, 6}),
      {"optimizer.state.0.@", "optimizer.state.1.@", "optimizer.state.2.@", "optimizer.state.3.@"});
  EXPECT_EQ(find(list).key, "vgg.features");
}

TEST(VggInTensors, TakesTheEncoderAndLeavesItsDecoder) {
  TensorList list;
  add_network(
      list, of_widths({4, 4, 6, 6, 4, 4, 3}),
      {"encoder.0", "encoder.2", "encoder.5", "encoder.7", "decoder.1", "decoder.4", "decoder.7"});
  const VggInTensors vgg = find(list);
  EXPECT_EQ(vgg.key, "encoder");
  EXPECT_EQ(vgg.convolutions.size(), 4U);
}

class SeveralNetworks : public ::testing::Test {
 protected:
  SeveralNetworks() {
    add_network(list_, of_widths({4, 4, 6, 6}), under("ema.features."));
    add_network(list_, tiny_network(), under("model.module.features."));
  }

  static Names under(const std::string& path) {
    return {path + "0", path + "2", path + "5", path + "7"};
  }

  TensorList list_;
};

TEST_F(SeveralNetworks, AreListedByKeyAndRefused) {
  expect_input_error([&] { find(list_); },
                     "ema.features (4 convolutions, 3 to 6 channels), "
                     "model.module.features (4 convolutions");
  expect_input_error([&] { find(list_); }, "--key ema.features");
}

TEST_F(SeveralNetworks, AreChosenByKeyOrItsBeginning) {
  for (const char* key : {"model", "model.module", "model.module.features"}) {
    NetworkWeights found;
    found.convolutions = find(list_, key).convolutions;
    expect_same_convolutions(found, tiny_network());
  }
  EXPECT_EQ(find(list_, "ema").key, "ema.features");
  expect_input_error([&] { find(list_, "mod"); }, "no VGG under the key mod");
  expect_input_error([&] { find(list_, "e"); }, "ema.features");
}

TEST_F(SeveralNetworks, OfTheSameValuesCountOnce) {
  TensorList list;
  add_network(list, tiny_network(), under("model.features."));
  add_network(list, tiny_network(), under("best.features."));
  NetworkWeights beginning = tiny_network();
  beginning.convolutions.resize(3);
  add_network(list, beginning, {"loss.slice1.0", "loss.slice1.2", "loss.slice2.5"});
  const VggInTensors vgg = find(list);
  EXPECT_EQ(vgg.key, "model.features");
  EXPECT_EQ(vgg.convolutions.size(), 4U);
}

TEST(VggInTensors, TellsNetworksInAListApart) {
  TensorList list;
  list.in_order = false;
  for (const std::string path : {"models.0.", "models.1."}) {
    add_network(list, path == "models.0." ? of_widths({4, 4, 6, 6}) : tiny_network(),
                {path + "0", path + "2", path + "5", path + "7"});
  }
  expect_input_error([&] { find(list); }, "models.0 (4 convolutions");
  NetworkWeights found;
  found.convolutions = find(list, "models.1").convolutions;
  expect_same_convolutions(found, tiny_network());
}

TEST(VggInTensors, WithBatchNormalisationIsRefusedOnlyWhereItBelongsToTheVgg) {
  const Names names{"vgg.features.0", "vgg.features.3", "vgg.features.7", "vgg.features.10"};
  TensorList normalised;
  add_network(normalised, tiny_network(), names);
  add_zeros(normalised, "vgg.features.1.running_mean", {4});
  expect_input_error([&] { find(normalised); }, "batch normalisation");

  TensorList beside;
  add_network(beside, tiny_network(), names);
  add_zeros(beside, "generator.1.running_mean", {4});
  EXPECT_EQ(find(beside).convolutions.size(), 4U);

  TensorList grouped;
  add_network(grouped, tiny_network(), names);
  add_zeros(grouped, "vgg.features.1.weight", {4});
  expect_input_error([&] { find(grouped); }, "vgg.features.1.weight");

  TensorList at_top;
  add_network(at_top, tiny_network(), {"conv1_1", "conv1_2", "conv2_1", "conv2_2"});
  add_zeros(at_top, "bn1_1.running_mean", {4});
  expect_input_error([&] { find(at_top); }, "batch normalisation");
}

TEST(VggInTensors, SaysWhatIsWrongWithTheLikeliestList) {
  const Names names{"features.0", "features.2", "features.5", "features.7"};
  TensorList list;
  add_network(list, tiny_network(), names);

  TensorList without_bias = list;
  without_bias.tensors.erase(without_bias.tensors.begin() + 3);
  expect_input_error([&] { find(without_bias); }, "features.2 misses its bias of 4 values");

  TensorList with_a_gap = list;
  with_a_gap.tensors.erase(with_a_gap.tensors.begin() + 4, with_a_gap.tensors.begin() + 6);
  expect_input_error([&] { find(with_a_gap); },
                     "features.7.weight takes 6 channels where 4 arrive");

  TensorList wide = list;
  wide.tensors[0].shape = {4, 3, 5, 5};
  expect_input_error([&] { find(wide); }, "features.0.weight is 4 × 3 × 5 × 5");

  expect_input_error([&] { find(TensorList{}); }, "no tensors");
  TensorList other;
  add_zeros(other, "fc.weight", {10, 4});
  expect_input_error([&] { find(other); }, "none of its 1 tensors, as fc.weight");
}

TEST(VggInTensors, TurnsTensorFlowsKernelsAndTheanosAround) {
  const NetworkWeights network = tiny_network();
  TensorList leading;
  TensorList turned;
  turned.turned = true;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& layer = network.convolutions[i];
    const auto outputs = layer.out_channels;
    const auto inputs = layer.in_channels;
    std::vector<float> hwio(layer.weight.size());
    std::vector<float> flipped(layer.weight.size());
    for (std::int64_t k = 0; k < outputs; ++k) {
      for (std::int64_t c = 0; c < inputs; ++c) {
        for (std::int64_t at = 0; at < 9; ++at) {
          const float value = layer.weight[static_cast<std::size_t>((k * inputs + c) * 9 + at)];
          hwio[static_cast<std::size_t>((at * inputs + c) * outputs + k)] = value;
          flipped[static_cast<std::size_t>((k * inputs + c) * 9 + 8 - at)] = value;
        }
      }
    }
    const std::string name =
        "block" + std::to_string(i / 2 + 1) + "_conv" + std::to_string(i % 2 + 1);
    add(leading, name + "." + name + "_W_1:0", {3, 3, inputs, outputs}, hwio);
    add(leading, name + "." + name + "_b_1:0", {outputs}, layer.bias);
    add(turned, name + "_W", {outputs, inputs, 3, 3}, flipped);
    add(turned, name + "_b", {outputs}, layer.bias);
  }
  for (const TensorList& list : {leading, turned}) {
    NetworkWeights found;
    found.convolutions = find(list).convolutions;
    expect_same_convolutions(found, network);
  }
}

TEST(VggInTensors, SurvivesNamesOfEveryShape) {
  TensorList list;
  for (const char* name :
       {"", ".", "..", "0", "weight", ".weight", "weight.", "_", "9999999999999"}) {
    add_zeros(list, name, {4, 3, 3, 3});
    add_zeros(list, name, {4});
    add_zeros(list, name, {});
  }
  try {
    find(list);
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()), "");
  }
}

}  // namespace
}  // namespace impasto
