#include "explain/loss_change.hpp"

#include "core/processors.hpp"
#include "core/thread_pool.hpp"
#include "explain/changed_patch.hpp"
#include "explain/probe_walk.hpp"
#include "losses/content.hpp"
#include "losses/gram_style.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

/// Σ δf (2 (F − P) + δf).
double content_change(const HostMap& map, const HostMap& target, const ChangedPatch& change) {
  double sum = 0;
  change.visit([&](std::int64_t column, std::int64_t row, const float* changes) {
    for (std::int64_t c = 0; c < change.channels; ++c) {
      const auto df = static_cast<double>(changes[c]);
      sum += df * (2 * (map.at(c, column, row) - target.at(c, column, row)) + df);
    }
  });
  return sum;
}

/// Σ_ij δG (2 (G − A) + δG).
double style_change(double s, const HostMap& map, const HostMap& gram, const HostMap& target,
                    const ChangedPatch& change) {
  const auto channels = static_cast<std::size_t>(map.shape.channels);
  std::vector<double> dgram(channels * channels, 0.0);
  std::vector<double> f(channels);
  change.visit([&](std::int64_t column, std::int64_t row, const float* changes) {
    for (std::size_t c = 0; c < channels; ++c) {
      f[c] = map.at(static_cast<std::int64_t>(c), column, row);
    }
    for (std::size_t i = 0; i < channels; ++i) {
      const auto df = static_cast<double>(changes[i]);
      for (std::size_t j = 0; j < channels; ++j) {
        // f δfᵀ + δf fᵀ + δf δfᵀ
        dgram[i * channels + j] += s * ((f[i] + df) * static_cast<double>(changes[j]) + df * f[j]);
      }
    }
  });
  double sum = 0;
  for (std::size_t ij = 0; ij < dgram.size(); ++ij) {
    const double apart =
        static_cast<double>(gram.values[ij]) - static_cast<double>(target.values[ij]);
    sum += dgram[ij] * (2 * apart + dgram[ij]);
  }
  return sum;
}

/// c/2 Σ (x→² + x↓²) over the four differences that the changed number has a part in.
double total_variation_change(double weight, const Image& x, const PixelChange& change) {
  double sum = 0;
  const double here = at(x, change.channel, change.x, change.y);
  const auto add = [&](std::int64_t column, std::int64_t row) {
    if (column >= 0 && column < x.width && row >= 0 && row < x.height) {
      const double apart = here - at(x, change.channel, column, row);
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
      : parts_(parts), pool_(threads > 0 ? threads : available_processors()) {
    for (const PixelChange& change : changes) {
      ChangedPatch patch{change.x, change.y, 1, 1, 3, std::vector<float>(3)};
      patch.values[static_cast<std::size_t>(change.channel)] = static_cast<float>(change.h);
      patches_.push_back(std::move(patch));
      sums_.push_back(total_variation_change(parts.walk.losses().weights().tv, x, change));
    }
  }

  std::vector<double> follow(const Image& x) {
    WalkOptions forward = every_layer(parts_, deepest_layer(parts_));
    forward.backward = false;
    Network network(parts_.walk.prepared(), forward);
    const OwnedTensor picture = device_picture(parts_.walk.backend(), x);
    network.forward(picture.get());
    HostMap before(parts_.walk.backend(), picture.get());
    for (const std::size_t layer : forward.taps) {
      carry(layer, before);
      HostMap map(parts_.walk.backend(), network.tap(layer));
      add_content(layer, map);
      add_style(layer, map, network.tap(layer));
      before = std::move(map);
    }
    return sums_;
  }

 private:
  /// Calls visit(patch, its sum) for every patch, several at a time.
  template <typename Visit>
  void for_each_patch(const Visit& visit) {
    pool_.for_each(static_cast<std::int64_t>(patches_.size()), [&](std::int64_t n, int /*thread*/) {
      visit(patches_[static_cast<std::size_t>(n)], sums_[static_cast<std::size_t>(n)]);
    });
  }

  /// Every patch through one layer. `x`: the map before it.
  void carry(std::size_t layer, const HostMap& x) {
    const Layer& here = parts_.walk.prepared().layers()[layer];
    const WalkOptions& options = parts_.walk.options();
    switch (here.kind) {
      case LayerKind::kConvolution: {
        const PatchFilters filters(parts_.walk.prepared().weights(here.convolution));
        for_each_patch([&](ChangedPatch& patch, double& /*sum*/) {
          patch = filters.convolve(patch, x.shape, options.padding);
        });
        break;
      }
      case LayerKind::kRelu:
        for_each_patch(
            [&](ChangedPatch& patch, double& /*sum*/) { change_through_relu(x, patch); });
        break;
      case LayerKind::kPool:
        for_each_patch([&](ChangedPatch& patch, double& /*sum*/) {
          patch = change_through_pool(options.pooling, x, patch);
        });
        break;
    }
  }

  void add_content(std::size_t layer, const HostMap& map) {
    const Losses& losses = parts_.walk.losses();
    for (std::size_t n = 0; n < choices_.terms.content.size(); ++n) {
      const LossTerm& term = choices_.terms.content[n];
      if (term.tap == layer) {
        const HostMap target(parts_.walk.backend(), losses.content_target(n));
        const double factor = choices_.weights.content * term.weight *
                              content_factor(choices_.terms.forms.content, map.shape);
        for_each_patch([&](ChangedPatch& patch, double& sum) {
          sum += factor * content_change(map, target, patch);
        });
      }
    }
  }

  void add_style(std::size_t layer, const HostMap& map, const Tensor& feature) {
    Backend& backend = parts_.walk.backend();
    const Losses& losses = parts_.walk.losses();
    const LossForms& forms = choices_.terms.forms;
    for (std::size_t n = 0; n < choices_.terms.style.size(); ++n) {
      const LossTerm& term = choices_.terms.style[n];
      if (term.tap == layer) {
        const OwnedTensor gram(backend, losses.style_target(n).shape, Layout::kPlain);
        losses.style_statistic().measure(backend, feature, gram.get());
        const HostMap host_gram(backend, gram.get());
        const HostMap target(backend, losses.style_target(n));
        const double s = gram_factor(forms.gram, forms.style, map.shape);
        const double factor =
            choices_.weights.style * term.weight * style_factor(forms.style, map.shape);
        for_each_patch([&](ChangedPatch& patch, double& sum) {
          sum += factor * style_change(s, map, host_gram, target, patch);
        });
      }
    }
  }

  const ScaleParts& parts_;
  WalkChoices choices_ = choices_of(parts_);
  std::vector<ChangedPatch> patches_;
  std::vector<double> sums_;
  ThreadPool pool_;
};

}  // namespace

std::vector<double> loss_changes(const ScaleParts& parts, const Image& x,
                                 const std::vector<PixelChange>& changes, int threads) {
  return LossChange(parts, x, changes, threads).follow(x);
}

}  // namespace impasto
