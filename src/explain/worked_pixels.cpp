#include "explain/worked_pixels.hpp"

#include "explain/host_map.hpp"
#include "explain/loss_difference.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

/// h as a part of the range from black to white: large enough that float32 features change by more
/// than their rounding, small enough that few ReLUs change sides.
constexpr double kNumericPart = 5e-4;

/// Σ_k Σ_i Σ_j w[k, c, i, j] dz[k][i][j].
double sum_through_convolution(const std::vector<float>& w, const std::vector<float>& dz,
                               std::size_t c) {
  double sum = 0;
  for (std::size_t k = 0; k < dz.size() / 9; ++k) {
    for (std::size_t n = 0; n < 9; ++n) {
      sum += static_cast<double>(w[(k * 3 + c) * 9 + n]) * static_cast<double>(dz[k * 9 + n]);
    }
  }
  return sum;
}

void take_difference(LossDifference& loss, const Image& x, const WorkedPixel& pixel, std::int64_t c,
                     double step, WorkedChannel& channel) {
  const auto index = static_cast<std::size_t>((c * x.height + pixel.y) * x.width + pixel.x);
  const auto h = static_cast<float>(step);
  Image ahead = x;
  Image behind = x;
  ahead.rgb[index] += h;
  behind.rgb[index] -= h;
  const LossDifference::Reading at_ahead = loss.read(ahead);
  const LossDifference::Reading at_behind = loss.read(behind);
  channel.loss_ahead = at_ahead.loss;
  channel.loss_behind = at_behind.loss;
  // The step that float32 made of 2h, not 2h itself.
  const double distance =
      static_cast<double>(ahead.rgb[index]) - static_cast<double>(behind.rgb[index]);
  channel.numeric = loss.between(at_ahead, at_behind) / distance;
}

}  // namespace

void work_out_pixels(const ScaleParts& parts, const RunRecord& record, Explanation& explanation) {
  const Glimpse& last = record.stops.back();
  explanation.first_filters = parts.prepared.first_filters().weight;
  explanation.numeric_step =
      kNumericPart * (parts.normalisation.forward(1, 0) - parts.normalisation.forward(0, 0));
  LossDifference loss(parts);
  const OwnedTensor picture = device_picture(parts.backend, last.x);
  const OwnedTensor dpicture = device_picture(parts.backend, last.x.width, last.x.height);
  parts.losses.visit_pixels(picture.get(), dpicture.get());
  const Image tv = download_image(parts.backend, dpicture.get());
  for (WorkedPixel& pixel : explanation.pixels) {
    for (std::int64_t c = 0; c < 3; ++c) {
      WorkedChannel& channel = pixel.channels[c];
      channel.sum =
          sum_through_convolution(explanation.first_filters, pixel.dz, static_cast<std::size_t>(c));
      channel.tv = static_cast<double>(at(tv, c, pixel.x, pixel.y));
      channel.backend = static_cast<double>(at(last.dx, c, pixel.x, pixel.y));
      take_difference(loss, last.x, pixel, c, explanation.numeric_step, channel);
    }
  }
}

}  // namespace impasto
