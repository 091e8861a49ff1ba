#include "explain/loss_change.hpp"

#include <algorithm>

#include "core/processors.hpp"
#include "core/thread_pool.hpp"
#include "explain/changed_patch.hpp"
#include "explain/host_map.hpp"
#include "explain/probe_walk.hpp"
#include "losses/content.hpp"
#include "losses/gram_style.hpp"
#include "optim/vectors.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

/// Of a patch column and the map below it, in double: f at the patch's position n, and δf.
struct Column {
  std::vector<double> f;
  std::vector<double> df;
};

Column column_at(const Shape& shape, const std::vector<float>& map, const ChangedPatch& change,
                 std::int64_t n) {
  const std::int64_t row = change.y + n / change.width;
  const std::int64_t column = change.x + n % change.width;
  Column result;
  for (std::int64_t c = 0; c < shape.channels; ++c) {
    result.f.push_back(static_cast<double>(
        map[static_cast<std::size_t>((c * shape.height + row) * shape.width + column)]));
    result.df.push_back(
        static_cast<double>(change.values[static_cast<std::size_t>(n * shape.channels + c)]));
  }
  return result;
}

/// Σ δf (2 (F − P) + δf).
double content_change(const Shape& shape, const std::vector<float>& map,
                      const std::vector<float>& target, const ChangedPatch& change) {
  double sum = 0;
  for (std::int64_t n = 0; n < change.width * change.height; ++n) {
    const Column here = column_at(shape, map, change, n);
    const Column wanted = column_at(shape, target, change, n);
    for (std::size_t c = 0; c < here.f.size(); ++c) {
      sum += here.df[c] * (2 * (here.f[c] - wanted.f[c]) + here.df[c]);
    }
  }
  return sum;
}

/// Σ_ij δG (2 (G − A) + δG).
double style_change(const Shape& shape, double s, const std::vector<float>& map,
                    const std::vector<float>& gram, const std::vector<float>& target,
                    const ChangedPatch& change) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  std::vector<double> dgram(channels * channels, 0.0);
  for (std::int64_t n = 0; n < change.width * change.height; ++n) {
    const Column here = column_at(shape, map, change, n);
    for (std::size_t i = 0; i < channels; ++i) {
      const double moved = here.f[i] + here.df[i];
      for (std::size_t j = 0; j < channels; ++j) {
        // f δfᵀ + δf fᵀ + δf δfᵀ
        dgram[i * channels + j] += s * (moved * here.df[j] + here.df[i] * here.f[j]);
      }
    }
  }
  double sum = 0;
  for (std::size_t ij = 0; ij < dgram.size(); ++ij) {
    const double apart = static_cast<double>(gram[ij]) - static_cast<double>(target[ij]);
    sum += dgram[ij] * (2 * apart + dgram[ij]);
  }
  return sum;
}

/// c/2 Σ (x→² + x↓²) over the four differences that the changed number has a part in.
double total_variation_change(double weight, const Image& x, const PixelChange& change) {
  double sum = 0;
  const auto here = static_cast<double>(at(x, change.channel, change.x, change.y));
  const auto add = [&](std::int64_t column, std::int64_t row) {
    if (column >= 0 && column < x.width && row >= 0 && row < x.height) {
      const double apart = here - static_cast<double>(at(x, change.channel, column, row));
      sum += change.h * (2 * apart + change.h);
    }
  };
  add(change.x - 1, change.y);
  add(change.x + 1, change.y);
  add(change.x, change.y - 1);
  add(change.x, change.y + 1);
  return weight / 2 * sum;
}

class LossChange {
 public:
  LossChange(const ScaleParts& parts, const Image& x, const std::vector<PixelChange>& changes,
             int threads)
      : parts_(parts),
        backend_(parts.walk.backend()),
        layers_(parts.walk.prepared().layers()),
        network_(parts.walk.prepared(), every_layer_forward(parts)),
        pool_(threads > 0 ? threads : available_processors()) {
    for (const PixelChange& change : changes) {
      ChangedPatch patch{change.x, change.y, 1, 1, 3, std::vector<float>(3)};
      patch.values[static_cast<std::size_t>(change.channel)] = static_cast<float>(change.h);
      patches_.push_back(std::move(patch));
      sums_.push_back(total_variation_change(parts.walk.losses().weights().tv, x, change));
    }
    network_.forward(device_picture(backend_, x).get());
  }

  std::vector<double> follow() {
    Shape shape = parts_.walk.options().picture;
    std::vector<float> map;  // of the layer before
    for (std::size_t layer = 0; layer <= deepest_layer(parts_); ++layer) {
      carry(layer, shape, map);
      shape = network_.tap(layer).shape;
      map = download_vector(backend_, network_.tap(layer));
      add_losses(layer, shape, map);
    }
    return sums_;
  }

 private:
  static WalkOptions every_layer_forward(const ScaleParts& parts) {
    WalkOptions walk = every_layer(parts, deepest_layer(parts));
    walk.backward = false;
    return walk;
  }

  /// Every patch through one layer. `in`, `map`: the values before it.
  void carry(std::size_t layer, const Shape& in, const std::vector<float>& map) {
    const auto count = static_cast<std::int64_t>(patches_.size());
    switch (layers_[layer].kind) {
      case LayerKind::kConvolution: {
        const PatchFilters filters(parts_.walk.prepared().weights(layers_[layer].convolution));
        pool_.for_each(count, [&](std::int64_t n, int /*thread*/) {
          ChangedPatch& patch = patches_[static_cast<std::size_t>(n)];
          patch = filters.convolve(patch, in, parts_.walk.options().padding);
        });
        break;
      }
      case LayerKind::kRelu:
        for (ChangedPatch& patch : patches_) {
          change_through_relu(in, map, patch);
        }
        break;
      case LayerKind::kPool:
        for (ChangedPatch& patch : patches_) {
          patch = change_through_pool(parts_.walk.options().pooling, in, map, patch);
        }
        break;
    }
  }

  void add_losses(std::size_t layer, const Shape& shape, const std::vector<float>& map) {
    const LossForms& forms = parts_.walk.losses().forms();
    const LossWeights& weights = parts_.walk.losses().weights();
    const std::vector<LossTerm>& content = parts_.walk.losses().content_terms();
    const std::vector<LossTerm>& style = parts_.walk.losses().style_terms();
    for (std::size_t term = 0; term < content.size(); ++term) {
      if (parts_.walk.options().taps[content[term].tap] == layer) {
        const std::vector<float> target =
            download_vector(backend_, parts_.walk.losses().content_target(term));
        add(weights.content * content[term].weight * content_factor(forms.content, shape),
            [&](const ChangedPatch& patch) { return content_change(shape, map, target, patch); });
      }
    }
    for (std::size_t term = 0; term < style.size(); ++term) {
      if (parts_.walk.options().taps[style[term].tap] == layer) {
        const double s = gram_factor(forms.gram, forms.style, shape);
        const Tensor target_on_device = parts_.walk.losses().style_target(term);
        const OwnedTensor gram_on_device(backend_, target_on_device.shape, Layout::kPlain);
        parts_.walk.losses().style_statistic().measure(backend_, network_.tap(layer),
                                                       gram_on_device.get());
        const std::vector<float> gram = download_vector(backend_, gram_on_device.get());
        const std::vector<float> target = download_vector(backend_, target_on_device);
        add(weights.style * style[term].weight * style_factor(forms.style, shape),
            [&](const ChangedPatch& patch) {
              return style_change(shape, s, map, gram, target, patch);
            });
      }
    }
  }

  template <typename Change>
  void add(double factor, const Change& change) {
    const auto count = static_cast<std::int64_t>(patches_.size());
    pool_.for_each(count, [&](std::int64_t n, int /*thread*/) {
      const auto m = static_cast<std::size_t>(n);
      sums_[m] += factor * change(patches_[m]);
    });
  }

  const ScaleParts& parts_;
  Backend& backend_;
  const std::vector<Layer>& layers_;
  Network network_;
  std::vector<ChangedPatch> patches_;
  std::vector<double> sums_;
  ThreadPool pool_;
};

}  // namespace

std::vector<double> loss_changes(const ScaleParts& parts, const Image& x,
                                 const std::vector<PixelChange>& changes, int threads) {
  return LossChange(parts, x, changes, threads).follow();
}

}  // namespace impasto
