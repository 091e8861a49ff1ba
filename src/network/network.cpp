#include "network/network.hpp"

#include <algorithm>
#include <utility>

namespace impasto {
namespace {

/// The first convolution with its input channels in reverse order: BGR ↔ RGB.
ConvolutionWeights with_reversed_input(const ConvolutionWeights& source) {
  ConvolutionWeights result = source;
  const std::size_t taps = 9;
  const auto channels = static_cast<std::size_t>(source.in_channels);
  for (std::size_t k = 0; k < static_cast<std::size_t>(source.out_channels); ++k) {
    for (std::size_t c = 0; c < channels; ++c) {
      std::copy_n(source.weight.begin() + static_cast<std::ptrdiff_t>((k * channels + c) * taps),
                  taps,
                  result.weight.begin() +
                      static_cast<std::ptrdiff_t>((k * channels + channels - 1 - c) * taps));
    }
  }
  return result;
}

}  // namespace

PreparedNetwork::PreparedNetwork(Backend& backend, const NetworkWeights& weights)
    : backend_(backend),
      weights_(weights),
      layers_(layers_of(weights)),
      filters_(weights.convolutions.size()) {
  if (weights.order == ChannelOrder::kBgr) {
    first_ = with_reversed_input(weights.convolutions.front());
  }
}

const ConvolutionWeights& PreparedNetwork::weights(std::size_t convolution) const {
  const bool reversed = convolution == 0 && weights_.order == ChannelOrder::kBgr;
  return reversed ? first_ : weights_.convolutions[convolution];
}

const std::shared_ptr<FilterBank>& PreparedNetwork::filters(std::size_t convolution) {
  std::shared_ptr<FilterBank>& bank = filters_[convolution];
  if (!bank) {
    bank = backend_.prepare_filters(weights(convolution));
  }
  return bank;
}

Network::Network(PreparedNetwork& prepared, const WalkOptions& options)
    : backend_(prepared.backend()),
      options_(options),
      plan_(make_plan(prepared.layers(), options, backend_.feature_storage())),
      convolutions_(plan_.steps.size()) {
  for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
    const Step& step = plan_.steps[s];
    if (step.kind != StepKind::kConvolution) {
      continue;
    }
    ConvolutionSpec spec;
    spec.input = plan_.values[step.x].shape;
    spec.out_channels = plan_.values[step.y].shape.channels;
    spec.pad = options.padding == Padding::kZero;
    spec.relu = step.relu;
    spec.backward = options.backward;
    spec.masked_dy = step.masked_dy;
    spec.mask_dx = step.mask_dx;
    spec.add_dx = step.add_dx;
    spec.to_picture = step.to_picture;
    convolutions_[s] = backend_.make_convolution(
        prepared.filters(prepared.layers()[step.layer].convolution), spec);
    workspace_bytes_ = std::max(workspace_bytes_, convolutions_[s]->workspace_bytes());
  }
  arena_ = backend_.allocate(plan_.arena_bytes);
  workspace_ = backend_.allocate(workspace_bytes_);
}

Tensor Network::feature(std::size_t value) const {
  const Value& planned = plan_.values[value];
  return {arena_->data() + planned.offset, planned.shape, backend_.feature_type(),
          Layout::kFeature};
}

Tensor Network::dfeature(std::size_t value) const {
  const Value& planned = plan_.values[value];
  return {arena_->data() + planned.offset, planned.shape, backend_.dfeature_type(),
          Layout::kDFeature};
}

Tensor Network::tap(std::size_t n) const {
  const auto step = std::find_if(plan_.steps.begin(), plan_.steps.end(),
                                 [&](const Step& candidate) { return candidate.tap == n; });
  return feature(step->y);
}

void Network::forward(const Tensor& picture) {
  for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
    forward_step(s, picture);
  }
}

void Network::backward(const TapVisitor& visit, const Tensor& dpicture) {
  for (std::size_t s = plan_.steps.size(); s-- > 0;) {
    const Step& step = plan_.steps[s];
    const bool deepest = s + 1 == plan_.steps.size();
    const bool is_visited = !deepest && plan_.steps[s + 1].add_dx;
    if (step.tap && !is_visited) {
      visit(*step.tap, feature(step.y), dfeature(step.dy), !deepest);
    }
    if (step.add_dx) {
      visit(*plan_.steps[s - 1].tap, feature(step.x), dfeature(step.addend), false);
    }
    backward_step(s, dpicture);
  }
}

// Forward and backward of each kind of step, side by side.

void Network::forward_step(std::size_t s, const Tensor& picture) {
  const Step& step = plan_.steps[s];
  const Tensor y = feature(step.y);
  if (step.kind == StepKind::kImageIn) {
    backend_.image_in(picture, y);
    return;
  }
  const Tensor x = feature(step.x);
  switch (step.kind) {
    case StepKind::kPad:
      backend_.pad(options_.padding, x, y);
      break;
    case StepKind::kConvolution:
      convolutions_[s]->forward(x, y, workspace_->data());
      break;
    case StepKind::kRelu:
      backend_.relu(x, y);
      break;
    case StepKind::kPool:
      options_.pooling == Pooling::kMax ? backend_.max_pool(x, y) : backend_.average_pool(x, y);
      break;
    case StepKind::kImageIn:
      break;
  }
}

void Network::backward_step(std::size_t s, const Tensor& dpicture) {
  const Step& step = plan_.steps[s];
  const Tensor dy = dfeature(step.dy);
  if (step.kind == StepKind::kImageIn) {
    const bool is_written = plan_.steps.size() > 1 && plan_.steps[1].to_picture;
    if (!is_written) {
      backend_.dimage_in(dy, dpicture);
    }
    return;
  }
  const Tensor dx = step.to_picture ? dpicture : dfeature(step.dx);
  switch (step.kind) {
    case StepKind::kPad:
      backend_.dpad(options_.padding, dy, dx);
      break;
    case StepKind::kConvolution:
      convolutions_[s]->dforward(dy, feature(step.x), feature(step.y),
                                 step.add_dx ? dfeature(step.addend) : Tensor{}, dx,
                                 workspace_->data());
      break;
    case StepKind::kRelu:
      backend_.drelu(dy, feature(step.y), dx);
      break;
    case StepKind::kPool:
      options_.pooling == Pooling::kMax ? backend_.dmax_pool(dy, feature(step.x), dx, step.mask_dx)
                                        : backend_.daverage_pool(dy, dx);
      break;
    case StepKind::kImageIn:
      break;
  }
}

}  // namespace impasto
