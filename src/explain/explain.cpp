#include "explain/explain.hpp"

#include <algorithm>
#include <chrono>

#include "explain/optimizer_view.hpp"
#include "explain/shares.hpp"
#include "explain/stations.hpp"
#include "explain/watch.hpp"
#include "explain/worked_pixels.hpp"
#include "impasto/error.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// x as it is shown, within [0, 1].
Image shown(const Image& x, const Normalisation& normalisation, OutputRange range) {
  Image picture = display_picture(x, normalisation, range);
  for (float& value : picture.rgb) {
    value = std::clamp(value, 0.0F, 1.0F);
  }
  return picture;
}

void add_pictures(const ScaleParts& parts, const WatchedRun& record, Explanation& explanation) {
  explanation.content = shown(parts.content, parts.normalisation, OutputRange::kClip);
  for (const Image& style : parts.styles) {
    explanation.styles.push_back(shown(style, parts.normalisation, OutputRange::kClip));
  }
  for (const auto& [updates, x] : record.moments) {
    explanation.moments.push_back(
        {updates, shown(x, parts.normalisation, explanation.options.output_range)});
  }
}

}  // namespace

void require_explainable(const TransferOptions& options) {
  if (!options.scales.empty()) {
    throw UsageError("a report looks at one size", "--scales",
                     "leave the scales out, or choose a preset without");
  }
  for (const auto& layers : {options.content_layers, options.style_layers}) {
    for (const LayerWeight& layer : layers) {
      if (layer.tap == kPixelsTap) {
        throw UsageError("a report follows layers, and pixels is before them all", "taps",
                         "leave pixels out");
      }
    }
  }
  if (options.style_loss == StyleLoss::kWasserstein) {
    throw UsageError("a report shows style as Gram matrices, and w2 compares none", "--style-loss",
                     "give sum, mean, mean-per-element or gatys");
  }
}

ExplainedTransfer explain_on(Backend& backend, const Image& content,
                             const std::vector<Image>& styles, const NetworkWeights& weights,
                             const TransferOptions& options, const ExplainRequest& request,
                             TransferObserver& observer) {
  require_explainable(options);
  ExplainedTransfer explained;
  Explanation& explanation = explained.explanation;
  static_cast<Origin&>(explanation) = request;
  explanation.options = options;
  explanation.untrained = weights.source_sha256.empty();
  check_run(backend, content, styles, weights, options, observer);
  Watch watch(options.iterations, request.pixel,
              [&](const ScaleParts& parts, const WatchedRun& record) {
                const Clock::time_point start = Clock::now();
                add_pictures(parts, record, explanation);
                explanation.pixels = record.pixels;
                study_stations(parts, record, explanation);
                study_shares(parts, record, explanation);
                study_alternatives(parts, record, explanation);
                work_out_pixels(parts, record, explanation);
                explanation.optimizer = optimizer_view(parts, record, options);
                explanation.explain_seconds = seconds_since(start);
              });
  const Clock::time_point start = Clock::now();
  explained.result =
      transfer_on(backend, content, styles, weights, options, observer, nullptr, nullptr, &watch);
  explanation.run_seconds = seconds_since(start) - explanation.explain_seconds;
  if (explanation.moments.empty()) {
    throw DivergedError("the very first evaluation was not finite", "explain",
                        "lower the loss weights, or choose other weights");
  }
  explanation.trace = explained.result.trace;
  explanation.style_weight = explained.result.style_weight;
  return explained;
}

}  // namespace impasto
