#include "transfer/session.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "backend/select.hpp"
#include "image/normalise.hpp"
#include "impasto/error.hpp"
#include "transfer/balance.hpp"
#include "transfer/calibrate.hpp"
#include "transfer/fingerprint.hpp"
#include "transfer/memory_check.hpp"
#include "transfer/memory_need.hpp"
#include "transfer/picture_checks.hpp"
#include "transfer/pictures.hpp"
#include "transfer/progress_check.hpp"
#include "transfer/scale_walk.hpp"
#include "transfer/shared_work.hpp"
#include "transfer/sizes.hpp"
#include "transfer/start_image.hpp"
#include "transfer/taps.hpp"
#include "transfer/walk_objective.hpp"

namespace impasto {
namespace {

constexpr int kMostRetries = 3;

/// Style weights that sum to 1.
std::vector<double> blend_of(const TransferOptions& options, std::size_t styles) {
  std::vector<double> blend = options.style_weights;
  if (blend.empty()) {
    blend.assign(styles, 1.0);
  }
  double sum = 0;
  for (const double weight : blend) {
    sum += weight;
  }
  for (double& weight : blend) {
    weight /= sum;
  }
  return blend;
}

PixelBounds displayable(const Normalisation& normalisation) {
  PixelBounds bounds;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    bounds.low[channel] = normalisation.forward(0, channel);
    bounds.high[channel] = normalisation.forward(1, channel);
  }
  return bounds;
}

/// From black to white, of the channel that has the widest range.
double displayable_width(const Normalisation& normalisation) {
  const PixelBounds bounds = displayable(normalisation);
  double width = 0;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    width = std::max<double>(width, bounds.high[channel] - bounds.low[channel]);
  }
  return width;
}

/// Mean |a − b| over all values of two pictures of one size.
double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t n = 0; n < a.rgb.size(); ++n) {
    sum += std::abs(static_cast<double>(a.rgb[n]) - b.rgb[n]);
  }
  return sum / static_cast<double>(a.rgb.size());
}

std::string evaluations_done(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " evaluation done" : " evaluations done");
}

/// How the run of one scale ended, and what going on from there takes.
struct ScaleEnd {
  OptimizerResult result;
  bool diverged = false;
  bool told_why = false;         ///< a warning has said why its steps are none
  std::int64_t evaluations = 0;  ///< done at this scale, in earlier sessions too
  std::int64_t retries = 0;      ///< likewise: from the last good picture at half the step
  Image good;                    ///< the last good picture
  Image start;                   ///< what the scale began with, before earlier sessions too
  OptimizerState optimizer;
};

class Session {
 public:
  Session(Backend& backend, const Image& content, const std::vector<Image>& styles,
          const NetworkWeights& weights, const TransferOptions& options, TransferObserver& observer,
          const Checkpoint* resume, SharedWork* shared, RunProbe* probe)
      : backend_(backend),
        content_(content),
        styles_(styles),
        weights_(weights),
        options_(options),
        observer_(observer),
        resume_(resume),
        shared_(shared),
        normalisation_(Normalisation::of(weights)),
        layers_(layers_of(weights)),
        taps_(plan_taps(options, layers_)),
        scales_(scales_of(options, content)) {
    run_.probe = probe;
  }

  TransferResult run() {
    keep_scales_that_fit();
    if (resume_ != nullptr) {
      take_plan();
    }
    for (const Scale& scale : scales_) {
      run_.planned += scale.iterations;
    }
    run_.trace.reserve(static_cast<std::size_t>(std::min<std::int64_t>(run_.planned, 1 << 20)));
    TransferResult result;
    Image x;  // in the network's input space
    run_.start = std::chrono::steady_clock::now();
    const std::size_t first = resume_ != nullptr ? take_up(x) : 0;
    for (std::size_t n = first; n < scales_.size(); ++n) {
      const PixelSize size = scales_[n].size;
      if (x.pixels() == 0) {
        x = start_image(options_, content_, styles_.front(), normalisation_, size,
                        scales_.back().size);
      } else if (x.width != size.width || x.height != size.height) {
        x = resize(x, size.width, size.height);
      }
      const ScaleEnd end = run_scale(n, x, result);
      const bool all_done = n + 1 == scales_.size() && end.evaluations >= scales_[n].iterations;
      if (end.diverged) {
        result.outcome = Outcome::kDiverged;
      } else if (run_.stopped && !all_done) {
        result.outcome = Outcome::kInterrupted;
        result.checkpoint = checkpoint_of(n, end, x, result.style_weight);
      }
      result.stop_reason =
          end.result.reason.empty() ? evaluations_done(run_.trace.size()) : end.result.reason;
      if (result.outcome != Outcome::kCompleted) {
        break;
      }
    }
    result.picture = to_picture(x);
    result.trace = std::move(run_.trace);
    return result;
  }

 private:
  /// The interrupted run's evaluations per scale; what the options ask for beyond them is added to
  /// the last scale.
  void take_plan() {
    const std::vector<std::int64_t>& plan = resume_->plan;
    const auto n = static_cast<std::size_t>(resume_->scale - 1);
    const PixelSize at{resume_->picture.width, resume_->picture.height};
    require_no_shorter(plan);
    if (plan.size() != scales_.size() || n >= scales_.size() || at != scales_[n].size) {
      throw InputError("the interrupted run had other scales", "checkpoint",
                       "resume with the options of that run");
    }
    require_same_inputs();
    std::int64_t more = 0;
    for (std::size_t k = 0; k < plan.size(); ++k) {
      more += std::exchange(scales_[k].iterations, plan[k]) - plan[k];
    }
    scales_.back().iterations += more;
  }

  void require_no_shorter(const std::vector<std::int64_t>& plan) const {
    std::int64_t wanted = 0;
    for (const Scale& scale : scales_) {
      wanted += scale.iterations;
    }
    if (wanted < std::accumulate(plan.begin(), plan.end(), std::int64_t{0})) {
      throw UsageError("the interrupted run is to have more evaluations than that", "--iterations",
                       "give a larger number, or leave it out");
    }
  }

  void require_same_inputs() const {
    const auto require = [](bool same, const std::string& what) {
      if (!same) {
        throw InputError(what + " not what the interrupted run was started with", "checkpoint",
                         "resume with the pictures and weights of that run");
      }
    };
    const InputFingerprints here = fingerprints(content_, styles_, weights_);
    require(here.content == resume_->inputs.content, "the content picture is");
    require(here.styles == resume_->inputs.styles, "the style pictures are");
    require(here.weights == resume_->inputs.weights, "the weights are");
  }

  /// Takes up the interrupted run: its trace, its picture as x, its time. Returns the scale to go
  /// on with.
  std::size_t take_up(Image& x) {
    const auto n = static_cast<std::size_t>(resume_->scale - 1);
    x = resume_->picture;
    run_.trace = resume_->trace;
    if (!run_.trace.empty()) {
      run_.start -= std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(run_.trace.back().seconds));
    }
    if (resume_->evaluations < scales_[n].iterations) {
      return n;
    }
    resume_ = nullptr;  // that scale was done: the next one starts as always
    return n + 1;
  }

  [[nodiscard]] Checkpoint checkpoint_of(std::size_t n, const ScaleEnd& end, const Image& x,
                                         double style_weight) const {
    Checkpoint checkpoint;
    checkpoint.inputs = fingerprints(content_, styles_, weights_);
    for (const Scale& scale : scales_) {
      checkpoint.plan.push_back(scale.iterations);
    }
    checkpoint.scale = static_cast<std::int64_t>(n) + 1;
    checkpoint.evaluations = end.evaluations;
    checkpoint.retries = end.retries;
    checkpoint.style_weight = style_weight;
    checkpoint.picture = x;
    checkpoint.good = end.good;
    checkpoint.start = end.start;
    checkpoint.trace = run_.trace;
    checkpoint.optimizer = end.optimizer;
    return checkpoint;
  }

  [[nodiscard]] WalkOptions walk_options(const PixelSize& size,
                                         const std::string& picture_name = "") const {
    return {{3, size.height, size.width},
            taps_.taps,
            true,
            options_.pooling,
            options_.padding,
            picture_name};
  }

  /// Throws what a scale's plans would throw, before any work.
  void check_scale(const Scale& scale) const {
    make_plan(layers_, walk_options(scale.size, content_.name), backend_.feature_storage());
    for (const Image& style : styles_) {
      if (!taps_.style.empty()) {
        make_plan(layers_, walk_options(style_size_of(options_, style, scale.size), style.name),
                  backend_.feature_storage());
      }
    }
  }

  /// Leaves out coarse scales that are too small for the network, giving their evaluations to the
  /// next; throws when the output's own size does not fit.
  void keep_scales_that_fit() {
    std::vector<Scale> kept;
    std::int64_t left_over = 0;
    for (std::size_t n = 0; n < scales_.size(); ++n) {
      scales_[n].iterations += std::exchange(left_over, 0);
      try {
        check_scale(scales_[n]);
        kept.push_back(scales_[n]);
      } catch (const InputError& error) {
        if (n + 1 == scales_.size()) {
          throw;
        }
        left_over = scales_[n].iterations;
        observer_.on_warning(std::string("a scale is left out: ") + error.what());
      }
    }
    scales_ = std::move(kept);
  }

  [[nodiscard]] Image normalised(const Image& image, const PixelSize& size) const {
    return normalise(resize(image, size.width, size.height), normalisation_);
  }

  /// One scale from `x`, which becomes its result.
  ScaleEnd run_scale(std::size_t n, Image& x, TransferResult& result) {
    const Scale& scale = scales_[n];
    const auto number = static_cast<std::int64_t>(n) + 1;
    observer_.on_scale(number, scale.size.width, scale.size.height, scale.iterations);
    const Image content = normalised(content_, scale.size);
    std::vector<Image> styles;
    for (const Image& style : styles_) {
      styles.push_back(normalised(style, style_size_of(options_, style, scale.size)));
    }
    const SharedKeys keys = shared_keys(scale.size);
    std::optional<WeightedNetwork> own;
    PreparedNetwork& prepared = prepare(keys, content, styles, own);

    const std::vector<double> blend = blend_of(options_, styles.size());
    ScaleWalk walk(
        prepared, walk_options(scale.size),
        {{options_.content_loss, options_.gram, options_.style_loss}, taps_.content, taps_.style});
    Losses& losses = walk.losses();
    losses.set_weights({options_.content_weight, options_.style_weight, options_.tv_weight});
    fill_targets(
        keys.content, taps_.content, [&](std::size_t t) { return losses.content_target(t); },
        [&] { walk.set_content_targets(device_picture(backend_, content).get()); });
    fill_targets(
        keys.style, taps_.style, [&](std::size_t t) { return losses.style_target(t); },
        [&] { walk.set_style_targets(styles, blend); });

    for (const std::string& note : backend_.take_notes()) {
      observer_.on_detail(note);
    }
    losses.set_weights(loss_weights(walk, content, x));
    result.style_weight = losses.weights().style;
    if (run_.probe == nullptr) {
      return optimise(walk, scale.iterations, number, x);
    }
    const ScaleParts parts{walk, normalisation_, content, styles, blend};
    run_.probe->on_scale_begin(parts);
    ScaleEnd end = optimise(walk, scale.iterations, number, x);
    run_.probe->on_scale_end(parts, x, end.optimizer);
    return end;
  }

  /// The weights of the losses at a scale that starts at `x`. --balance auto also weighs style
  /// layers.
  [[nodiscard]] LossWeights loss_weights(ScaleWalk& walk, const Image& content,
                                         const Image& x) const {
    if (options_.auto_balance && !taps_.content.empty() && !taps_.style.empty()) {
      return automatic_weights(backend_, walk, content, automatic_ratio(options_));
    }
    LossWeights weights = walk.losses().weights();
    if (!options_.balance) {
      weights.style *= options_.strength;
    } else if (resume_ != nullptr) {
      weights.style = resume_->style_weight;
    } else {
      weights.style =
          balanced_style_weight(backend_, walk, x, options_.strength * *options_.balance);
    }
    return weights;
  }

  /// The filters for these pictures: shared ones, or else `own` is made.
  PreparedNetwork& prepare(const SharedKeys& keys, const Image& content,
                           const std::vector<Image>& styles, std::optional<WeightedNetwork>& own) {
    if (shared_ != nullptr) {
      return shared_->network(keys.network, [&] { return calibrated_weights(content, styles); });
    }
    own.emplace(backend_, weights_, calibrated_weights(content, styles));
    return own->network();
  }

  /// The terms' targets by `compute`, or from what earlier runs kept.
  void fill_targets(const std::string& key, const std::vector<LossTerm>& terms,
                    const std::function<Tensor(std::size_t)>& target,
                    const std::function<void()>& compute) {
    if (shared_ == nullptr) {
      compute();
      return;
    }
    std::vector<LayerTarget> targets;
    for (std::size_t n = 0; n < terms.size(); ++n) {
      targets.push_back({taps_.taps[terms[n].tap], target(n)});
    }
    shared_->fill(key, targets, compute);
  }

  /// What networks and targets of a scale are made from, for those who share them.
  [[nodiscard]] SharedKeys shared_keys(const PixelSize& size) const {
    if (shared_ == nullptr) {
      return {};
    }
    std::vector<PixelSize> style_sizes;
    for (const Image& style : styles_) {
      style_sizes.push_back(style_size_of(options_, style, size));
    }
    return shared_->keys(content_, styles_, options_, blend_of(options_, styles_.size()), size,
                         style_sizes, deepest_layer(taps_.taps));
  }

  [[nodiscard]] std::optional<NetworkWeights> calibrated_weights(
      const Image& content, const std::vector<Image>& styles) const {
    const std::optional<std::size_t> deepest = deepest_layer(taps_.taps);
    if (!weights_.calibrate || !deepest) {
      return std::nullopt;
    }
    std::vector<Image> pictures = styles;
    pictures.push_back(content);
    return calibrate(backend_, weights_, pictures, *deepest, options_.pooling, options_.padding);
  }

  /// Minimises from `image`, which becomes the result; a run that blows up goes on from the last
  /// good picture.
  ScaleEnd optimise(ScaleWalk& walk, std::int64_t iterations, std::int64_t scale, Image& image) {
    const OwnedTensor picture = device_picture(backend_, image);
    const Tensor x = picture.get();
    const Checkpoint* resume = std::exchange(resume_, nullptr);
    const std::int64_t done = resume != nullptr ? resume->evaluations : 0;
    WalkObjective objective(backend_, walk, x.shape, iterations - done, scale, run_, observer_,
                            snapshots(x.shape));
    objective.remember_good(x);
    ScaleEnd end;
    if (resume != nullptr) {
      backend_.upload(std::span<const float>(resume->good.rgb), objective.good());
    } else {
      objective.on_first_gradient([&](double largest) {
        end.told_why = warn_if(weak_gradient(options_, largest)) ||
                       warn_if(strong_gradient(options_, largest));
      });
    }
    const std::unique_ptr<Optimizer> optimizer =
        make_optimizer(backend_, x.shape, options_,
                       options_.clamp ? std::optional(displayable(normalisation_)) : std::nullopt);
    if (resume != nullptr) {
      optimizer->resume(resume->optimizer);
    }
    end.start = resume != nullptr ? resume->start : image;
    end.retries = resume != nullptr ? resume->retries : 0;
    bool again = true;
    while (again) {
      end.result = optimizer->minimise(objective, x);
      end.evaluations = done + objective.evaluations();
      again =
          roll_back(*optimizer, objective, x, end.evaluations >= iterations, end) && !run_.stopped;
    }
    Image painted = download_image(backend_, x);
    const bool is_over = !run_.stopped || end.evaluations >= iterations;
    if (is_over && !end.diverged) {
      judge(scale, iterations, painted, end);
    }
    image = std::move(painted);
    if (run_.stopped || run_.probe != nullptr) {
      end.good = download_image(backend_, objective.good());
      end.optimizer = optimizer->state();
    }
    return end;
  }

  /// Warns of a scale that got nowhere. Where its loss ran away and took the picture with it, the
  /// run has diverged, and `painted` becomes what the scale began with.
  void judge(std::int64_t scale, std::int64_t iterations, Image& painted, ScaleEnd& end) {
    const std::span<const TraceRow> rows = rows_of(scale);
    const auto ran_away = runaway_loss(rows);
    if (ran_away && mean_difference(end.start, painted) > displayable_width(normalisation_) / 4) {
      end.diverged = true;
      end.result.reason = *ran_away;
      painted = end.start;
      return;
    }
    if (!end.told_why) {
      warn_if(no_progress(options_, rows, iterations, end.result.reason));
    }
  }

  /// Where x blew up, goes back to the last good picture. Returns whether `optimizer` is to go on
  /// from there, at half the step.
  bool roll_back(Optimizer& optimizer, WalkObjective& objective, const Tensor& x, bool all_done,
                 ScaleEnd& end) {
    const bool blown_up = end.result.ending == Ending::kNotFinite;
    if (!blown_up && objective.is_finite(x)) {
      return false;
    }
    backend_.copy(objective.good(), x);
    if (!blown_up && all_done) {
      end.diverged = end.retries > 0;  // only the very last update went wrong
      return false;
    }
    if (end.retries == kMostRetries) {
      end.diverged = true;
      return false;
    }
    observer_.on_warning("the loss or its gradient is not finite after evaluation " +
                         std::to_string(run_.trace.size()) +
                         "; going on from the last good picture at half the step");
    optimizer.restart_at_half_step();
    ++end.retries;
    return true;
  }

  /// Returns whether there was a reason.
  bool warn_if(const std::optional<std::string>& reason) {
    if (reason) {
      observer_.on_warning(*reason);
    }
    return reason.has_value();
  }

  /// What the trace says of the scale that was last.
  [[nodiscard]] std::span<const TraceRow> rows_of(std::int64_t scale) const {
    const auto first = std::find_if(run_.trace.begin(), run_.trace.end(),
                                    [scale](const TraceRow& row) { return row.scale == scale; });
    return {first, run_.trace.end()};
  }

  /// Snapshots of a picture of this size.
  [[nodiscard]] Snapshots snapshots(const Shape& shape) {
    return {options_.save_every, options_.save_at,
            [this, shape](std::int64_t iteration, const std::vector<float>& values) {
              Image image(shape.width, shape.height);
              image.rgb = values;
              observer_.on_snapshot(iteration, to_picture(image));
            }};
  }

  /// Back to display space, with the content's transparency, in the output's size even if a run
  /// ended at an early scale.
  [[nodiscard]] Image to_picture(const Image& x) const {
    Image picture = display_picture(x, normalisation_, options_.output_range);
    const PixelSize size = scales_.back().size;
    if (picture.width != size.width || picture.height != size.height) {
      picture = resize(picture, size.width, size.height);
    }
    for (float& value : picture.rgb) {
      value = std::clamp(value, 0.0F, 1.0F);
    }
    if (!content_.alpha.empty()) {
      picture.alpha = resize(content_, size.width, size.height).alpha;
    }
    return picture;
  }

  Backend& backend_;
  const Image& content_;
  const std::vector<Image>& styles_;
  const NetworkWeights& weights_;
  const TransferOptions& options_;
  TransferObserver& observer_;
  const Checkpoint* resume_;  // until it is taken up
  SharedWork* shared_;        // none: nothing is shared
  Normalisation normalisation_;
  std::vector<Layer> layers_;
  TapPlan taps_;
  std::vector<Scale> scales_;
  RunState run_;
};

}  // namespace

void check_run(const Backend& backend, const Image& content, const std::vector<Image>& styles,
               const NetworkWeights& weights, const TransferOptions& options,
               TransferObserver& observer) {
  validate(options);
  check_pictures(content, styles, options);
  check_memory(backend, content, styles, weights, options, observer);
  warn_of_blank_pictures(content, styles, observer);
}

TransferResult transfer_on(Backend& backend, const Image& content, const std::vector<Image>& styles,
                           const NetworkWeights& weights, const TransferOptions& options,
                           TransferObserver& observer, const Checkpoint* resume, SharedWork* shared,
                           RunProbe* probe) {
  validate(options);
  check_pictures(content, styles, options);
  const std::size_t at_first = memory_limit(backend).bytes;
  try {
    require_possible(backend, memory_need(backend, content, styles, weights, options));
    return Session(backend, content, styles, weights, options, observer, resume, shared, probe)
        .run();
  } catch (const MemoryError& error) {
    // On the host, libraries keep some of what this run took; another process begins without it.
    const std::size_t available = backend.free_bytes().value_or(at_first);
    const std::optional<std::int64_t> largest =
        largest_size(backend, content, styles, weights, options, available);
    const PixelSize size = scales_of(options, content).back().size;
    if (largest && *largest < std::max(size.width, size.height)) {
      throw MemoryError(error.what(), "", size_that_fits(largest));
    }
    throw;  // something else was short, or what the run takes was estimated too low
  }
}

TransferResult transfer(const Image& content, const std::vector<Image>& styles,
                        const NetworkWeights& weights, const TransferOptions& options,
                        TransferObserver& observer, const Checkpoint* resume) {
  const SelectedBackend selected = select_backend(options);
  observer.on_device(selected.description);
  if (!options.graph && selected.device_name.empty()) {
    observer.on_warning("--no-graph has no effect here: the CPU launches every operation anyway");
  }
  check_run(*selected.backend, content, styles, weights, options, observer);
  return transfer_on(*selected.backend, content, styles, weights, options, observer, resume);
}

TransferResult transfer(const Image& content, const std::vector<Image>& styles,
                        const NetworkWeights& weights, const TransferOptions& options) {
  TransferObserver silent;
  return transfer(content, styles, weights, options, silent);
}

}  // namespace impasto
