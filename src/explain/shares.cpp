#include "explain/shares.hpp"

#include <cmath>

#include "explain/host_map.hpp"
#include "explain/probe_walk.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

double cosine(const Image& a, const Image& b) {
  const double norms = norm(a.rgb) * norm(b.rgb);
  return norms > 0 ? inner(a.rgb, b.rgb) / norms : 0;
}

/// What a term's value and gradient are beside the run's whole gradient there.
ShareAt share_at(double value, const Image& gradient, const Glimpse& glimpse) {
  const double squared = inner(glimpse.dx.rgb, glimpse.dx.rgb);
  return {value, norm(gradient.rgb),
          squared > 0 ? inner(gradient.rgb, glimpse.dx.rgb) / squared : 0};
}

/// A walk with this one term at every stop; it ends at the term's layer.
LossShare share_of(const ScaleParts& parts, const WalkChoices& alone, const std::string& kind,
                   const WatchedRun& record) {
  const std::size_t layer =
      alone.content.empty() ? alone.style.front().layer : alone.content.front().layer;
  LossShare share;
  share.tap = parts.walk.prepared().layers()[layer].tap;
  share.name = kind + " " + share.tap;
  ProbeWalk walk(parts, alone);
  for (std::size_t stop = 0; stop < record.stops.size(); ++stop) {
    Image gradient;
    const double value = walk.evaluate(record.stops[stop].x, gradient).total();
    share.at.push_back(share_at(value, gradient, record.stops[stop]));
    if (stop == compared_stop(record)) {
      share.gradient = std::move(gradient);
    }
  }
  return share;
}

LossShare total_variation_share(const ScaleParts& parts, const WatchedRun& record) {
  LossShare share;
  share.name = "total variation";
  Backend& backend = parts.walk.backend();
  for (std::size_t stop = 0; stop < record.stops.size(); ++stop) {
    const Image& x = record.stops[stop].x;
    const OwnedTensor picture = device_picture(backend, x);
    const OwnedTensor dpicture = device_picture(backend, x.width, x.height);
    const DeviceScalar value(backend);
    backend.total_variation(parts.walk.losses().weights().tv, picture.get(), value.slot(),
                            dpicture.get());
    Image gradient = download_image(backend, dpicture.get());
    share.at.push_back(share_at(value.get(), gradient, record.stops[stop]));
    if (stop == compared_stop(record)) {
      share.gradient = std::move(gradient);
    }
  }
  return share;
}

std::vector<LossShare> terms_alone(const ScaleParts& parts, const WatchedRun& record) {
  const WalkChoices run = choices_of(parts);
  std::vector<LossShare> shares;
  for (const LayerTerm& term : run.content) {
    WalkChoices alone{{term}, {}, run.weights, run.pooling, false};
    alone.weights.tv = 0;
    shares.push_back(share_of(parts, alone, "content", record));
  }
  for (const LayerTerm& term : run.style) {
    WalkChoices alone{{}, {term}, run.weights, run.pooling, false};
    alone.weights.tv = 0;
    shares.push_back(share_of(parts, alone, "style", record));
  }
  if (run.weights.tv != 0) {
    shares.push_back(total_variation_share(parts, record));
  }
  return shares;
}

/// Σ of the gradients whose name begins with `kind`.
Image sum_of(const std::vector<LossShare>& shares, const std::string& kind, const Image& like) {
  Image sum(like.width, like.height);
  for (const LossShare& share : shares) {
    if (share.name.starts_with(kind)) {
      for (std::size_t n = 0; n < sum.rgb.size(); ++n) {
        sum.rgb[n] += share.gradient.rgb[n];
      }
    }
  }
  return sum;
}

/// With style gradient `factor` times as strong, g = c + factor s + v.
WeightChoice weight_choice(const Image& content, const Image& style, const Image& tv,
                           double factor) {
  std::vector<float> g(content.rgb.size());
  for (std::size_t n = 0; n < g.size(); ++n) {
    g[n] = content.rgb[n] + static_cast<float>(factor) * style.rgb[n] + tv.rgb[n];
  }
  const double squared = inner(g, g);
  WeightChoice choice;
  choice.factor = factor;
  choice.content = squared > 0 ? inner(content.rgb, g) / squared : 0;
  choice.style = squared > 0 ? factor * inner(style.rgb, g) / squared : 0;
  return choice;
}

/// The walk with other choices at every stop of the run.
Alternative alternative(const ScaleParts& parts, const WalkChoices& choices,
                        const WatchedRun& record) {
  Alternative result;
  ProbeWalk walk(parts, choices);
  for (std::size_t stop = 0; stop < record.stops.size(); ++stop) {
    Image gradient;
    walk.evaluate(record.stops[stop].x, gradient);
    result.at.push_back({norm(gradient.rgb), cosine(gradient, record.stops[stop].dx)});
    if (stop == compared_stop(record)) {
      result.gradient = std::move(gradient);
    }
  }
  return result;
}

std::string list(const std::vector<LayerTerm>& terms, const std::vector<Layer>& layers) {
  std::string text;
  for (const LayerTerm& term : terms) {
    text += (text.empty() ? "" : ", ") + layers[term.layer].tap;
  }
  return text;
}

/// Every tap on the other side of its ReLU; pooling layers stay.
std::vector<LayerTerm> across_relu(std::vector<LayerTerm> terms, const std::vector<Layer>& layers) {
  for (LayerTerm& term : terms) {
    if (layers[term.layer].kind == LayerKind::kConvolution) {
      term.layer += 1;
    } else if (layers[term.layer].kind == LayerKind::kRelu) {
      term.layer -= 1;
    }
  }
  return terms;
}

}  // namespace

void study_shares(const ScaleParts& parts, const WatchedRun& record, Explanation& explanation) {
  std::vector<LossShare> shares = terms_alone(parts, record);
  explanation.compared = compared_stop(record);
  explanation.compared_gradient = record.stops[explanation.compared].dx;
  explanation.cosines.clear();
  for (const LossShare& a : shares) {
    for (const LossShare& b : shares) {
      explanation.cosines.push_back(cosine(a.gradient, b.gradient));
    }
  }
  if (!parts.walk.losses().content_terms().empty() && !parts.walk.losses().style_terms().empty()) {
    const Image& like = explanation.compared_gradient;
    const Image content = sum_of(shares, "content", like);
    const Image style = sum_of(shares, "style", like);
    const Image tv = sum_of(shares, "total", like);
    for (const double factor : {0.01, 0.1, 1.0, 10.0, 100.0}) {
      explanation.weight_choices.push_back(weight_choice(content, style, tv, factor));
    }
  }
  explanation.shares = std::move(shares);
}

void study_alternatives(const ScaleParts& parts, const WatchedRun& record,
                        Explanation& explanation) {
  const std::vector<Layer>& layers = parts.walk.prepared().layers();
  const WalkChoices run = choices_of(parts);
  if (!run.style.empty()) {
    WalkChoices choices = run;
    choices.style = across_relu(run.style, layers);
    Alternative other = alternative(parts, choices, record);
    other.name = "style taps " + list(choices.style, layers);
    other.instead_of = "style taps " + list(run.style, layers);
    explanation.alternatives.push_back(std::move(other));
  }
  if (explanation.pool) {
    WalkChoices choices = run;
    const bool max = run.pooling == Pooling::kMax;
    choices.pooling = max ? Pooling::kAverage : Pooling::kMax;
    Alternative other = alternative(parts, choices, record);
    other.name = max ? "average pooling" : "max pooling";
    other.instead_of = max ? "max pooling" : "average pooling";
    explanation.alternatives.push_back(std::move(other));
  }
}

}  // namespace impasto
