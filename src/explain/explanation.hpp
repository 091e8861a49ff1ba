// Everything that a run's teaching report shows, as numbers: how they were come by is in
// explain.cpp, how they are drawn in page/.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/grid.hpp"
#include "core/shape.hpp"
#include "impasto/image.hpp"
#include "impasto/transfer.hpp"
#include "network/topology.hpp"

namespace impasto {

/// Values of a feature map over all its channels and positions.
struct ActivationStatistics {
  double mean = 0;
  double deviation = 0;  ///< standard deviation
  double least = 0;
  double largest = 0;
  double zeros = 0;  ///< share that is exactly 0, in [0, 1]
};

/// One channel of a feature map.
struct ChannelMap {
  std::int64_t channel = 0;
  Grid map;  ///< shrunk to at most 96 on the long side
};

/// ‖dL/dy‖₂ at a station in one evaluation.
struct StationGradient {
  double arriving = 0;  ///< what comes from deeper layers
  double joining = 0;   ///< what the losses at this very layer add; 0 where there are none
  double leaving = 0;   ///< both together, handed on to the layer before
};

/// A layer as it was run.
struct Station {
  std::string tap;  ///< "relu3_1"
  LayerKind kind = LayerKind::kConvolution;
  Shape shape;                       ///< of its output
  std::int64_t receptive_field = 0;  ///< pixels on a side that one position sees
  std::int64_t stride = 0;           ///< pixels between neighbouring positions
  double mflop = 0;       ///< of the direct algorithm, forward, multiply and add counted apart
  std::size_t bytes = 0;  ///< of its output
  bool content_tap = false;
  bool style_tap = false;
  ActivationStatistics activations;        ///< at the last evaluation's picture
  std::vector<ChannelMap> strongest;       ///< by Σ y², strongest first
  std::vector<StationGradient> gradients;  ///< one per Explanation::stops

  /// Whether a loss joins the gradient here.
  [[nodiscard]] bool joins() const { return content_tap || style_tap; }
};

/// One loss term alone in one evaluation.
struct ShareAt {
  double value = 0;  ///< weighted, as it enters the total
  double norm = 0;   ///< ‖g_l‖₂ of its pixel gradient g_l
  double share = 0;  ///< ⟨g_l, g⟩ / ‖g‖²: these add up to 1 over all terms
};

/// One loss term alone.
struct LossShare {
  std::string name;         ///< "content relu4_2", "style relu1_1", "total variation"
  std::string tap;          ///< empty for total variation
  Image gradient;           ///< g_l at the compared evaluation, signed
  std::vector<ShareAt> at;  ///< one per Explanation::stops
};

/// A Gram matrix beside its target in one evaluation.
struct GramAt {
  std::int64_t iteration = 0;
  Grid gram;
  Grid difference;  ///< G − A
  double loss = 0;  ///< weighted
};

/// A style tap's Gram matrices. Of wide layers the channels are shown whose target is largest on
/// the diagonal, in the network's order.
struct GramView {
  std::string tap;
  std::int64_t channels = 0;        ///< N
  std::vector<std::int64_t> shown;  ///< at most 64 channels
  Grid target;                      ///< A
  std::vector<GramAt> at;           ///< one per Explanation::stops
};

/// The numbers that make the gradient of one pixel's channel through the first convolution:
///   dx[c, i, j] = Σ_k Σ_r Σ_s w[k, c, r, s] dz[k, i + 1 − r, j + 1 − s]
struct WorkedChannel {
  double sum = 0;                     ///< the formula's, in double
  double tv = 0;                      ///< what total variation adds
  double backend = 0;                 ///< the pixel gradient that the run's last evaluation had
  double numeric = 0;                 ///< (L(x + h) − L(x)) / h of the whole loss
  double loss_change = 0;             ///< L(x + h) − L(x)
  std::vector<double> path;           ///< x at every evaluation, normalised space
  std::vector<double> path_gradient;  ///< dx at every evaluation
};

struct WorkedPixel {
  std::int64_t x = 0;
  std::int64_t y = 0;
  /// dz[k][r][s] = the gradient at conv1_1's output at (y + 1 − r, x + 1 − s); K × 3 × 3.
  std::vector<float> dz;
  std::array<WorkedChannel, 3> channels;  ///< R, G, B

  [[nodiscard]] const WorkedChannel& channel(std::int64_t c) const {
    return channels[static_cast<std::size_t>(c)];
  }
  [[nodiscard]] WorkedChannel& channel(std::int64_t c) {
    return channels[static_cast<std::size_t>(c)];
  }
};

/// The picture after some updates.
struct Moment {
  std::int64_t updates = 0;  ///< 0: the initial picture
  Image picture;             ///< display space
};

/// What Adam holds for one pixel's channel, computed from path_gradient by the published formulas.
struct AdamMoments {
  double m = 0;
  double v = 0;
  double step = 0;  ///< what the update adds to x
};

/// A pair of L-BFGS's memory.
struct CurvaturePair {
  double s_norm = 0;
  double y_norm = 0;
  double curvature = 0;  ///< yᵀs / sᵀs: the loss's second derivative along s
  double scale = 0;      ///< yᵀs / yᵀy: what H₀ would be
};

/// The optimiser's insides.
struct OptimizerView {
  OptimizerKind kind = OptimizerKind::kAdam;
  std::vector<AdamMoments> adam;  ///< of pixels[0]'s strongest channel, one per evaluation
  int adam_channel = 0;
  double adam_deviation = 0;         ///< largest |x computed − x of the run| along that path
  std::vector<CurvaturePair> pairs;  ///< oldest first, at the end of the run
};

/// One 2 × 2 window of the first pooling layer in the last evaluation.
struct PoolWindow {
  std::string tap;
  std::int64_t channel = 0;
  std::int64_t x = 0;  ///< of the output
  std::int64_t y = 0;
  double input[4] = {0, 0, 0, 0};  ///< row order
  double dy = 0;
  double dmax[4] = {0, 0, 0, 0};
  double daverage[4] = {0, 0, 0, 0};
};

/// The pixel gradient g′ with one choice made otherwise, at the same picture, in one evaluation.
struct AlternativeAt {
  double norm = 0;    ///< ‖g′‖₂
  double cosine = 0;  ///< between g′ and the run's g
};

/// One choice made otherwise.
struct Alternative {
  std::string name;               ///< "style taps relu1_1, …", "average pooling"
  std::string instead_of;         ///< what the run has
  Image gradient;                 ///< g′ at the compared evaluation, signed
  std::vector<AlternativeAt> at;  ///< one per Explanation::stops
};

/// How much content and style pull for another style weight, from the gradients of the compared
/// evaluation.
struct WeightChoice {
  double factor = 1;   ///< on the style weight
  double content = 0;  ///< ⟨g_content, g⟩ / ‖g‖²
  double style = 0;
};

/// What the report is to say of where things came from.
struct Origin {
  std::string program;  ///< "impasto 0.1.0 (commit)"
  std::string device;
  std::string content_name;  ///< as given on the command line
  std::vector<std::string> style_names;
  std::string weights_name;
  std::vector<std::pair<std::string, std::string>> settings;  ///< effective options, by name
};

struct Explanation : Origin {
  bool untrained = false;  ///< the weights were built in memory for this run

  Image content;  ///< as the run saw it, display space
  std::vector<Image> styles;
  TransferOptions options;
  double style_weight = 0;  ///< as used, after --balance
  std::vector<TraceRow> trace;

  std::vector<Moment> moments;      ///< growing updates; the last is the result
  std::vector<std::int64_t> stops;  ///< evaluations that were looked into: first, early, last
  /// Of stops: an early evaluation at which losses and choices are compared. Near the optimum of
  /// the run's own loss its gradient all but vanishes, and what is left says little about any of
  /// them.
  std::size_t compared = 0;
  std::vector<Station> stations;   ///< in network order, conv1_1 to the deepest tap
  std::vector<double> pixel_norm;  ///< ‖g‖₂ at the pixels, one per stop
  std::vector<GramView> grams;     ///< one per style layer
  std::vector<LossShare> shares;   ///< every term alone
  /// shares.size()², between the terms' gradients at the compared evaluation, row by row
  std::vector<double> cosines;
  Image gradient;           ///< g, all losses together, last evaluation
  Image compared_gradient;  ///< g at the compared evaluation

  std::vector<float> first_filters;  ///< w of conv1_1, K × 3 × 3 × 3 (k, c, r, s), RGB
  double numeric_step = 0;           ///< h, normalised space
  std::vector<WorkedPixel> pixels;
  OptimizerView optimizer;
  std::optional<PoolWindow> pool;  ///< nothing without a pooling layer
  std::vector<Alternative> alternatives;
  std::vector<WeightChoice> weight_choices;  ///< empty unless there are content and style terms

  double run_seconds = 0;      ///< of the transfer itself
  double explain_seconds = 0;  ///< of what the report added
};

}  // namespace impasto
