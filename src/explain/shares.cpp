#include "explain/shares.hpp"

#include "explain/host_map.hpp"
#include "explain/probe_walk.hpp"

namespace impasto {
namespace {

double cosine(const Image& a, const Image& b) {
  const double norms = norm(a.rgb) * norm(b.rgb);
  return norms > 0 ? inner(a.rgb, b.rgb) / norms : 0;
}

/// A loss and its gradient at the pixels at every stop of the run.
struct Course {
  std::vector<double> values;
  std::vector<Image> gradients;
};

Course course_of(const ScaleParts& parts, const WalkChoices& choices, const WatchedRun& record) {
  ProbeWalk walk(parts, choices);
  Course course;
  for (const Glimpse& stop : record.stops) {
    course.values.push_back(walk.evaluate(stop.x, course.gradients.emplace_back()).total());
  }
  return course;
}

Course course_of_variation(const ScaleParts& parts, const WatchedRun& record) {
  Course course;
  for (const Glimpse& stop : record.stops) {
    course.values.push_back(evaluate_variation(parts, stop.x, course.gradients.emplace_back()));
  }
  return course;
}

/// What the loss is beside the run's whole gradient. `tap`: where it looks; empty for the pixels.
LossShare share_of(const std::string& kind, const std::string& tap, Course course,
                   const WatchedRun& record) {
  LossShare share{tap.empty() ? kind : kind + " " + tap, tap, {}, {}};
  for (std::size_t stop = 0; stop < record.stops.size(); ++stop) {
    const std::vector<float>& whole = record.stops[stop].dx.rgb;
    const std::vector<float>& gradient = course.gradients[stop].rgb;
    const double squared = inner(whole, whole);
    share.at.push_back(
        {course.values[stop], norm(gradient), squared > 0 ? inner(gradient, whole) / squared : 0});
  }
  share.gradient = std::move(course.gradients[compared_stop(record)]);
  return share;
}

std::vector<LossShare> terms_alone(const ScaleParts& parts, const WatchedRun& record) {
  const WalkChoices run = choices_of(parts);
  std::vector<LossShare> shares;
  const auto add = [&](const std::string& kind, std::vector<LossTerm> WalkTerms::*part) {
    for (const LossTerm& term : run.terms.*part) {
      WalkChoices alone = run;
      alone.terms.content.clear();
      alone.terms.style.clear();
      alone.terms.*part = {term};
      alone.weights.tv = 0;
      const std::string& tap = parts.walk.prepared().layers()[term.tap].tap;
      shares.push_back(share_of(kind, tap, course_of(parts, alone, record), record));
    }
  };
  add("content", &WalkTerms::content);
  add("style", &WalkTerms::style);
  if (run.weights.tv != 0) {
    shares.push_back(share_of("total variation", "", course_of_variation(parts, record), record));
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

Alternative alternative(const std::string& name, const std::string& instead_of, Course course,
                        const WatchedRun& record) {
  Alternative other{name, instead_of, {}, {}};
  for (std::size_t stop = 0; stop < record.stops.size(); ++stop) {
    const Image& gradient = course.gradients[stop];
    other.at.push_back({norm(gradient.rgb), cosine(gradient, record.stops[stop].dx)});
  }
  other.gradient = std::move(course.gradients[compared_stop(record)]);
  return other;
}

std::string list(const std::vector<LossTerm>& terms, const std::vector<Layer>& layers) {
  std::string text;
  for (const LossTerm& term : terms) {
    text += (text.empty() ? "" : ", ") + layers[term.tap].tap;
  }
  return text;
}

/// Every tap on the other side of its ReLU; pooling layers stay.
std::vector<LossTerm> across_relu(std::vector<LossTerm> terms, const std::vector<Layer>& layers) {
  for (LossTerm& term : terms) {
    if (layers[term.tap].kind == LayerKind::kConvolution) {
      term.tap += 1;
    } else if (layers[term.tap].kind == LayerKind::kRelu) {
      term.tap -= 1;
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
  if (!run.terms.style.empty()) {
    WalkChoices choices = run;
    choices.terms.style = across_relu(run.terms.style, layers);
    explanation.alternatives.push_back(alternative(
        "style taps " + list(choices.terms.style, layers),
        "style taps " + list(run.terms.style, layers), course_of(parts, choices, record), record));
  }
  if (explanation.pool) {
    const bool max = run.pooling == Pooling::kMax;
    WalkChoices choices = run;
    choices.pooling = max ? Pooling::kAverage : Pooling::kMax;
    explanation.alternatives.push_back(alternative(max ? "average pooling" : "max pooling",
                                                   max ? "max pooling" : "average pooling",
                                                   course_of(parts, choices, record), record));
  }
}

}  // namespace impasto
