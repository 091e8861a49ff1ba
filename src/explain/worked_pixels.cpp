#include "explain/worked_pixels.hpp"

#include "explain/host_map.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

/// h in normalised space, where pixels have a standard deviation near 1: large enough that the
/// difference of two float32 losses has digits, small enough that few ReLUs change sides.
constexpr double kNumericStep = 0.02;

/// The run's loss as a function of the picture: forward only.
class LossFunction {
 public:
  explicit LossFunction(const ScaleParts& parts)
      : backend_(parts.backend),
        losses_(parts.losses),
        network_(parts.prepared, forward_only(parts.walk)),
        scratch_(device_picture(backend_, parts.content.width, parts.content.height)) {}

  double at(const Image& x) {
    const OwnedTensor picture = device_picture(backend_, x);
    network_.forward(picture.get());
    for (std::size_t tap = 0; tap < network_.tap_shapes().size(); ++tap) {
      losses_.visit(tap, network_.tap(tap), Tensor{}, true);
    }
    losses_.visit_pixels(picture.get(), scratch_.get());
    return losses_.values().total();
  }

 private:
  static WalkOptions forward_only(WalkOptions walk) {
    walk.backward = false;
    return walk;
  }

  Backend& backend_;
  Losses& losses_;
  Network network_;
  OwnedTensor scratch_;
};

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

void take_difference(LossFunction& loss, const Image& x, const WorkedPixel& pixel, std::int64_t c,
                     WorkedChannel& channel) {
  const auto index = static_cast<std::size_t>((c * x.height + pixel.y) * x.width + pixel.x);
  const auto h = static_cast<float>(kNumericStep);
  Image moved = x;
  moved.rgb[index] = x.rgb[index] + h;
  const double ahead = static_cast<double>(moved.rgb[index]);
  channel.loss_ahead = loss.at(moved);
  moved.rgb[index] = x.rgb[index] - h;
  const double behind = static_cast<double>(moved.rgb[index]);
  channel.loss_behind = loss.at(moved);
  // The step that float32 made of h, not h itself.
  channel.numeric = (channel.loss_ahead - channel.loss_behind) / (ahead - behind);
}

}  // namespace

void work_out_pixels(const ScaleParts& parts, const RunRecord& record, Explanation& explanation) {
  const Glimpse& last = record.stops.back();
  explanation.first_filters = parts.prepared.first_filters().weight;
  explanation.numeric_step = kNumericStep;
  LossFunction loss(parts);
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
      take_difference(loss, last.x, pixel, c, channel);
    }
  }
}

}  // namespace impasto
