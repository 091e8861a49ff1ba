#include "explain/worked_pixels.hpp"

#include "explain/host_map.hpp"
#include "explain/loss_change.hpp"
#include "explain/probe_walk.hpp"
#include "explain/worked_sum.hpp"

namespace impasto {
namespace {

/// h as a part of the range from black to white. The change is followed as such, so that h may be
/// as small as float32 likes: hardly any ReLU changes sides.
constexpr double kNumericPart = 1e-8;

/// (L(x + h) − L(x)) / h for each channel of each pixel.
void take_differences(const ScaleParts& parts, const Image& x, Explanation& explanation) {
  std::vector<PixelChange> changes;
  for (const WorkedPixel& pixel : explanation.pixels) {
    for (std::int64_t c = 0; c < 3; ++c) {
      changes.push_back({pixel.x, pixel.y, c, explanation.numeric_step});
    }
  }
  const std::vector<double> losses = loss_changes(parts, x, changes, explanation.options.threads);
  std::size_t n = 0;
  for (WorkedPixel& pixel : explanation.pixels) {
    for (WorkedChannel& channel : pixel.channels) {
      channel.loss_change = losses[n++];
      channel.numeric = channel.loss_change / explanation.numeric_step;
    }
  }
}

}  // namespace

void work_out_pixels(const ScaleParts& parts, const WatchedRun& record, Explanation& explanation) {
  const Glimpse& last = record.stops.back();
  explanation.first_filters = parts.walk.prepared().weights(0).weight;
  explanation.numeric_step = static_cast<double>(static_cast<float>(
      kNumericPart * (parts.normalisation.forward(1, 0) - parts.normalisation.forward(0, 0))));
  Image tv;
  evaluate_variation(parts, last.x, tv);
  for (WorkedPixel& pixel : explanation.pixels) {
    for (std::int64_t c = 0; c < 3; ++c) {
      WorkedChannel& channel = pixel.channel(c);
      channel.sum = worked_sum(explanation.first_filters, pixel, c).total;
      channel.tv = at(tv, c, pixel.x, pixel.y);
      channel.backend = at(last.dx, c, pixel.x, pixel.y);
    }
  }
  take_differences(parts, last.x, explanation);
}

}  // namespace impasto
