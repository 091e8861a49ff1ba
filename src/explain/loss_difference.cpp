#include "explain/loss_difference.hpp"

#include "explain/host_map.hpp"
#include "losses/content.hpp"
#include "losses/style.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

WalkOptions precise_forward(WalkOptions walk) {
  walk.backward = false;
  walk.precise = true;
  return walk;
}

/// The positions at which some channel of two maps differs.
std::vector<std::size_t> differing_positions(const Shape& shape, const std::vector<float>& a,
                                             const std::vector<float>& b) {
  const auto positions = static_cast<std::size_t>(shape.positions());
  std::vector<char> differs(positions, 0);
  for (std::size_t n = 0; n < a.size(); ++n) {
    if (a[n] != b[n]) {
      differs[n % positions] = 1;
    }
  }
  std::vector<std::size_t> found;
  for (std::size_t m = 0; m < positions; ++m) {
    if (differs[m] != 0) {
      found.push_back(m);
    }
  }
  return found;
}

/// Row i of Σ_m f f ᵀ over the given positions, added to `row`, times `sign`.
void add_products(const std::vector<float>& f, std::size_t positions,
                  const std::vector<std::size_t>& where, std::size_t i, double sign,
                  std::vector<double>& row) {
  for (std::size_t j = 0; j < row.size(); ++j) {
    double sum = 0;
    for (const std::size_t m : where) {
      sum += static_cast<double>(f[i * positions + m]) * static_cast<double>(f[j * positions + m]);
    }
    row[j] += sign * sum;
  }
}

}  // namespace

LossDifference::LossDifference(const ScaleParts& parts)
    : backend_(parts.backend),
      losses_(parts.losses),
      network_(parts.prepared, precise_forward(parts.walk)),
      shapes_(network_.tap_shapes()) {
  for (std::size_t n = 0; n < losses_.content_terms().size(); ++n) {
    content_targets_.push_back(host_values(backend_, losses_.content_target(n)));
  }
  for (std::size_t n = 0; n < losses_.style_terms().size(); ++n) {
    style_targets_.push_back(host_values(backend_, losses_.style_target(n)));
  }
}

LossDifference::Reading LossDifference::read(const Image& x) {
  const OwnedTensor picture = device_picture(backend_, x);
  const OwnedTensor dpicture = device_picture(backend_, x.width, x.height);
  network_.forward(picture.get());
  Reading reading;
  for (std::size_t tap = 0; tap < shapes_.size(); ++tap) {
    losses_.visit(tap, network_.tap(tap), Tensor{}, true);
    reading.features.push_back(host_values(backend_, network_.tap(tap)));
  }
  for (std::size_t n = 0; n < losses_.style_terms().size(); ++n) {
    const Tensor feature = network_.tap(losses_.style_terms()[n].tap);
    const OwnedTensor gram(backend_, losses_.style_target(n).shape, Layout::kPlain);
    backend_.gram(gram_factor(losses_.forms().gram, losses_.forms().style, feature.shape), feature,
                  gram.get());
    reading.grams.push_back(gram.download<float>(backend_));
  }
  losses_.visit_pixels(picture.get(), dpicture.get());
  const LossValues values = losses_.values();
  reading.loss = values.total();
  reading.tv = values.tv;
  return reading;
}

double LossDifference::between(const Reading& a, const Reading& b) {
  double sum = a.tv - b.tv;
  for (std::size_t n = 0; n < losses_.content_terms().size(); ++n) {
    sum += content(n, a, b);
  }
  for (std::size_t n = 0; n < losses_.style_terms().size(); ++n) {
    sum += style(n, a, b);
  }
  return sum;
}

double LossDifference::content(std::size_t n, const Reading& a, const Reading& b) const {
  const LossTerm& term = losses_.content_terms()[n];
  const std::vector<float>& f_a = a.features[term.tap];
  const std::vector<float>& f_b = b.features[term.tap];
  const std::vector<float>& p = content_targets_[n];
  double sum = 0;
  for (std::size_t m = 0; m < p.size(); ++m) {
    const auto ahead = static_cast<double>(f_a[m]);
    const auto behind = static_cast<double>(f_b[m]);
    sum += (ahead - behind) * (ahead + behind - 2 * static_cast<double>(p[m]));
  }
  return losses_.weights().content * term.weight *
         content_factor(losses_.forms().content, shapes_[term.tap]) * sum;
}

double LossDifference::style(std::size_t n, const Reading& a, const Reading& b) const {
  const LossTerm& term = losses_.style_terms()[n];
  const Shape& shape = shapes_[term.tap];
  const auto channels = static_cast<std::size_t>(shape.channels);
  const auto positions = static_cast<std::size_t>(shape.positions());
  const std::vector<float>& f_a = a.features[term.tap];
  const std::vector<float>& f_b = b.features[term.tap];
  const std::vector<std::size_t> where = differing_positions(shape, f_a, f_b);
  double sum = 0;
  for (std::size_t i = 0; i < channels; ++i) {
    std::vector<double> difference(channels, 0.0);  // row i of (G_a − G_b) / s
    add_products(f_a, positions, where, i, 1, difference);
    add_products(f_b, positions, where, i, -1, difference);
    for (std::size_t j = 0; j < channels; ++j) {
      const std::size_t ij = i * channels + j;
      sum += difference[j] *
             (static_cast<double>(a.grams[n][ij]) + static_cast<double>(b.grams[n][ij]) -
              2 * static_cast<double>(style_targets_[n][ij]));
    }
  }
  const LossForms& forms = losses_.forms();
  return losses_.weights().style * term.weight * style_factor(forms.style, shape) *
         gram_factor(forms.gram, forms.style, shape) * sum;
}

}  // namespace impasto
