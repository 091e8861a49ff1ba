#include "explain/optimizer_view.hpp"

#include <algorithm>
#include <cmath>

#include "backend/reference/reference_backend.hpp"
#include "explain/host_map.hpp"
#include "optim/vectors.hpp"

namespace impasto {
namespace {

/// The channel that moves the optimised pixel most at first.
int strongest_channel(const WorkedPixel& pixel) {
  const auto first = [&](int c) { return std::abs(pixel.channel(c).path_gradient.front()); };
  return first(0) >= first(1) && first(0) >= first(2) ? 0 : (first(1) >= first(2) ? 1 : 2);
}

std::optional<std::pair<double, double>> clamp_bounds(const ScaleParts& parts,
                                                      const TransferOptions& options,
                                                      std::size_t channel) {
  if (!options.clamp) {
    return std::nullopt;
  }
  return std::pair(parts.normalisation.forward(0, channel),
                   parts.normalisation.forward(1, channel));
}

}  // namespace

AdamPath adam_path(const AdamRule& rule, const WorkedChannel& channel, double next,
                   const std::optional<std::pair<double, double>>& bounds) {
  const std::unique_ptr<Backend> formulas = make_reference_backend<double>();
  const auto number = [&](double value) {
    return OwnedTensor(*formulas, flat(1), Layout::kPlain, std::vector<double>{value});
  };
  const auto value_of = [&](const OwnedTensor& tensor) {
    return tensor.download(*formulas).front();
  };
  const OwnedTensor m = number(0);
  const OwnedTensor v = number(0);
  const DeviceScalar steps(*formulas);
  AdamPath path;
  const std::size_t count = channel.path_gradient.size();
  for (std::size_t n = 0; n < count; ++n) {
    const OwnedTensor step = number(0);
    formulas->adam(rule, steps.slot(), number(channel.path_gradient[n]).get(), m.get(), v.get(),
                   step.get(), nullptr);
    path.steps.push_back({value_of(m), value_of(v), value_of(step)});
    double moved = channel.path[n] + value_of(step);
    if (bounds) {
      moved = std::clamp(moved, bounds->first, bounds->second);
    }
    const double seen = n + 1 < count ? channel.path[n + 1] : next;
    path.deviation = std::max(path.deviation, std::abs(moved - seen));
  }
  return path;
}

std::vector<CurvaturePair> curvature_pairs(const OptimizerState& state) {
  std::vector<CurvaturePair> pairs;
  for (std::size_t n = 0; n + 2 <= state.pairs.size(); n += 2) {
    const std::vector<float>& s = state.pairs[n];
    const std::vector<float>& y = state.pairs[n + 1];
    const double ys = inner(y, s);
    pairs.push_back({norm(s), norm(y), ys / inner(s, s), ys / inner(y, y)});
  }
  return pairs;
}

OptimizerView optimizer_view(const ScaleParts& parts, const WatchedRun& record,
                             const TransferOptions& options) {
  OptimizerView view;
  view.kind = options.optimizer;
  if (options.optimizer == OptimizerKind::kLbfgs) {
    view.pairs = curvature_pairs(record.optimizer);
    return view;
  }
  if (record.pixels.empty()) {
    return view;
  }
  const WorkedPixel& pixel = record.pixels.front();
  view.adam_channel = strongest_channel(pixel);
  const AdamRule rule{options.learning_rate, options.adam_beta1, options.adam_beta2,
                      options.adam_epsilon};
  const AdamPath path =
      adam_path(rule, pixel.channel(view.adam_channel),
                at(record.result, view.adam_channel, pixel.x, pixel.y),
                clamp_bounds(parts, options, static_cast<std::size_t>(view.adam_channel)));
  view.adam = path.steps;
  view.adam_deviation = path.deviation;
  return view;
}

}  // namespace impasto
