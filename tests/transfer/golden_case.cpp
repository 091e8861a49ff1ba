#include "transfer/golden_case.hpp"

#include <algorithm>
#include <map>

#include "image/normalise.hpp"
#include "presets/option_table.hpp"
#include "presets/parse.hpp"
#include "transfer/taps.hpp"

namespace impasto {
namespace {

Image image_of(const Shape& shape, const HostValues& values) {
  Image image(shape.width, shape.height);
  std::transform(values.begin(), values.end(), image.rgb.begin(),
                 [](double value) { return static_cast<float>(value); });
  return image;
}

/// A picture in the network's input space.
Image golden_image(const GoldenFile& golden, const std::string& name) {
  return image_of(golden_shape(golden, name), golden_picture(golden, name));
}

std::string attribute_text(const GoldenFile& golden, const std::string& group,
                           const std::string& attribute) {
  try {
    return golden.text(group, attribute);
  } catch (const std::runtime_error&) {
    return print_number(golden.number(group, attribute));
  }
}

}  // namespace

NetworkWeights golden_weights(const GoldenFile& golden, const std::string& group) {
  NetworkWeights weights;
  std::int64_t in_channels = 3;
  for (const std::string& name : golden.groups(group)) {
    if (!name.starts_with("conv")) {
      continue;
    }
    ConvolutionWeights convolution;
    convolution.block = name[4] - '0';
    convolution.index = name[6] - '0';
    const std::string path = group + "/" + name;
    const std::vector<double> weight = golden.values(path + "/weight");
    const std::vector<double> bias = golden.values(path + "/bias");
    convolution.weight.assign(weight.begin(), weight.end());
    convolution.bias.assign(bias.begin(), bias.end());
    convolution.in_channels = in_channels;
    convolution.out_channels = static_cast<std::int64_t>(bias.size());
    in_channels = convolution.out_channels;
    weights.convolutions.push_back(convolution);
  }
  weights.pool_after_last_block = true;
  if (golden.text(group, "family") == "caffe") {
    weights.family = WeightFamily::kCaffe;
    weights.mean = {123.68F, 116.779F, 103.939F};
    weights.std = {1, 1, 1};
  }
  return weights;
}

Image golden_display_picture(const GoldenFile& golden, const std::string& name) {
  return image_of(golden_shape(golden, name), golden.values("pictures/" + name));
}

Shape golden_shape(const GoldenFile& golden, const std::string& name) {
  const std::vector<std::int64_t> shape = golden.shape("pictures/" + name);
  return {shape.at(0), shape.at(1), shape.at(2)};
}

HostValues golden_picture(const GoldenFile& golden, const std::string& name) {
  HostValues values = golden.values("pictures/" + name);
  if (name == "noise") {
    return values;  // in normalised space already
  }
  const Normalisation normalisation = Normalisation::of(NetworkWeights{});
  const std::size_t positions = values.size() / 3;
  for (std::size_t n = 0; n < values.size(); ++n) {
    values[n] = normalisation.forward(values[n], n / positions);
  }
  return values;
}

TransferOptions golden_options(const GoldenFile& golden, const std::string& group) {
  TransferOptions options;
  const std::map<std::string, std::string> spellings{{"content_loss", "content-loss"},
                                                     {"gram", "gram"},
                                                     {"style_loss", "style-loss"},
                                                     {"layer_reduction", "layer-reduction"},
                                                     {"pooling", "pooling"},
                                                     {"padding", "padding"},
                                                     {"content_layers", "content-layers"},
                                                     {"style_layers", "style-layers"},
                                                     {"content_weight", "content-weight"},
                                                     {"style_weight", "style-weight"},
                                                     {"tv_weight", "tv-weight"},
                                                     {"init", "init"},
                                                     {"style_blend", "style-weights"},
                                                     {"optimizer", "optimizer"},
                                                     {"learning_rate", "learning-rate"},
                                                     {"adam_beta1", "adam-beta1"},
                                                     {"adam_beta2", "adam-beta2"},
                                                     {"adam_epsilon", "adam-epsilon"},
                                                     {"lbfgs_history", "lbfgs-history"},
                                                     {"line_search", "lbfgs-line-search"},
                                                     {"evaluations", "iterations"}};
  for (const auto& [attribute, option] : spellings) {
    if (!golden.has(group, attribute)) {
      continue;
    }
    const std::string value = attribute_text(golden, group, attribute);
    if (!value.empty()) {
      set_option(options, option, value);
    }
  }
  options.clamp = golden.has(group, "clamp") && golden.number(group, "clamp") != 0;
  return options;
}

GoldenCase::GoldenCase(const GoldenFile& golden, const std::string& group, Backend& backend)
    : options_(golden_options(golden, group)), weights_(golden_weights(golden)) {
  prepared_ = std::make_unique<PreparedNetwork>(backend, weights_);
  const TapPlan taps = plan_taps(options_, prepared_->layers());
  WalkOptions walk;
  walk.picture = golden_shape(golden, "content");
  walk.taps = taps.taps;
  walk.pooling = options_.pooling;
  walk.padding = options_.padding;
  walk_ = std::make_unique<ScaleWalk>(*prepared_, walk,
                                      WalkTerms{forms_of(options_), taps.content, taps.style});
  walk_->losses().set_weights({options_.content_weight, options_.style_weight, options_.tv_weight});
  const OwnedTensor content(backend, walk.picture, Layout::kPlain,
                            golden_picture(golden, "content"));
  walk_->set_content_targets(content.get());
  std::vector<Image> styles{golden_image(golden, "style")};
  std::vector<double> blend =
      options_.style_weights.empty() ? std::vector<double>{1.0} : options_.style_weights;
  if (blend.size() == 2) {
    styles.push_back(golden_image(golden, "style2"));
  }
  double sum = 0;
  for (const double weight : blend) {
    sum += weight;
  }
  for (double& weight : blend) {
    weight /= sum;
  }
  walk_->set_style_targets(styles, blend);
  const std::string start = options_.init == InitialImage::kNoise ? "noise" : "content";
  start_ = std::make_unique<OwnedTensor>(backend, walk.picture, Layout::kPlain,
                                         golden_picture(golden, start));
}

}  // namespace impasto
