#include <algorithm>
#include <utility>

#include "backend/select.hpp"
#include "image/normalise.hpp"
#include "impasto/error.hpp"
#include "impasto/walk.hpp"
#include "network/network.hpp"
#include "transfer/calibrate.hpp"
#include "transfer/pictures.hpp"

namespace impasto {
namespace {

constexpr const char* kWhere = "feature walk";

/// Layer indices of the taps, in their order.
std::vector<std::size_t> find_taps(const NetworkWeights& weights,
                                   const FeatureWalkOptions& options) {
  const std::vector<Layer> layers = layers_of(weights);
  std::vector<std::size_t> taps;
  for (const std::string& name : options.taps) {
    const std::size_t tap = find_tap(layers, name);
    if (std::find(taps.begin(), taps.end(), tap) != taps.end()) {
      throw UsageError("the tap " + name + " is named twice", kWhere, "name it once");
    }
    taps.push_back(tap);
  }
  if (taps.empty()) {
    throw UsageError("no tap is named", kWhere, "name one of " + list_taps(layers));
  }
  return taps;
}

SelectedBackend select_for(const FeatureWalkOptions& options) {
  TransferOptions machine;
  machine.device = options.device;
  machine.device_index = options.device_index;
  machine.precision = options.precision;
  machine.threads = options.threads;
  machine.deterministic = options.deterministic;
  return select_backend(machine);
}

const NetworkWeights& require_calibrated(const NetworkWeights& weights) {
  if (weights.calibrate) {
    throw UsageError("the scale of these untrained weights is still open", kWhere,
                     "pass them through impasto::calibrated with your pictures first");
  }
  return weights;
}

WalkOptions walk_options(const NetworkWeights& weights, const Shape& picture,
                         const FeatureWalkOptions& options) {
  if (picture.width < 1 || picture.height < 1) {
    throw UsageError("a picture of " + std::to_string(picture.width) + " x " +
                         std::to_string(picture.height) + " pixels is empty",
                     kWhere, "give a width and a height of at least 1");
  }
  WalkOptions walk;
  walk.picture = picture;
  walk.taps = find_taps(weights, options);
  walk.pooling = options.pooling;
  walk.padding = options.padding;
  return walk;
}

Shape shape_of(const FeatureMap& map) {
  return {map.channels, map.height, map.width};
}

}  // namespace

class FeatureWalk::Walk {
 public:
  Walk(NetworkWeights weights, const Shape& picture, const FeatureWalkOptions& options)
      : weights_(std::move(weights)),
        taps_(options.taps),
        options_(walk_options(require_calibrated(weights_), picture, options)),
        selected_(select_for(options)),
        prepared_(backend(), weights_),
        network_(prepared_, options_),
        picture_(backend(), picture, Layout::kPlain),
        dpicture_(backend(), picture, Layout::kPlain) {}

  [[nodiscard]] const std::string& device() const { return selected_.description; }
  [[nodiscard]] Normalisation normalisation() const { return Normalisation::of(weights_); }

  std::vector<FeatureMap> forward(const Image& x) {
    const Shape& expected = options_.picture;
    if (x.width != expected.width || x.height != expected.height ||
        x.rgb.size() != static_cast<std::size_t>(expected.elements())) {
      throw UsageError("a picture of " + std::to_string(x.width) + " x " +
                           std::to_string(x.height) + " pixels came to a walk for " +
                           std::to_string(expected.width) + " x " + std::to_string(expected.height),
                       kWhere, "resize it, or make a walk of its size");
    }
    went_forward_ = false;
    backend().upload(std::span<const float>(x.rgb), picture_.get());
    network_.forward(picture_.get());
    std::vector<FeatureMap> features;
    for (std::size_t tap = 0; tap < taps_.size(); ++tap) {
      features.push_back(download(tap));
    }
    went_forward_ = true;
    return features;
  }

  Image backward(const std::vector<FeatureMap>& dfeatures) {
    require_fitting(dfeatures);
    if (!std::exchange(went_forward_, false)) {
      throw UsageError("there is no forward to go back from", kWhere,
                       "call forward before each backward");
    }
    network_.backward(
        [&](std::size_t tap, const Tensor& /*feature*/, const Tensor& dfeature, bool accumulate) {
          accumulate ? add(dfeatures[tap].values, dfeature)
                     : backend().upload(std::span<const float>(dfeatures[tap].values), dfeature);
        },
        dpicture_.get());
    return download_image(backend(), dpicture_.get());
  }

 private:
  [[nodiscard]] Backend& backend() const { return *selected_.backend; }

  [[nodiscard]] FeatureMap download(std::size_t tap) {
    const Tensor feature = network_.tap(tap);
    const Shape& shape = feature.shape;
    FeatureMap map{taps_[tap], shape.channels, shape.height, shape.width,
                   std::vector<float>(static_cast<std::size_t>(shape.elements()))};
    backend().download(feature, std::span<float>(map.values));
    return map;
  }

  /// dfeature += values
  void add(const std::vector<float>& values, const Tensor& dfeature) {
    std::vector<float> sum(values.size());
    backend().download(dfeature, std::span<float>(sum));
    std::transform(sum.begin(), sum.end(), values.begin(), sum.begin(), std::plus<>());
    backend().upload(std::span<const float>(sum), dfeature);
  }

  void require_fitting(const std::vector<FeatureMap>& dfeatures) const {
    if (dfeatures.size() != taps_.size()) {
      throw UsageError(std::to_string(dfeatures.size()) + " gradients for " +
                           std::to_string(taps_.size()) + " taps",
                       kWhere, "give one per tap");
    }
    const std::vector<Shape> shapes = network_.tap_shapes();
    for (std::size_t tap = 0; tap < taps_.size(); ++tap) {
      const FeatureMap& map = dfeatures[tap];
      if (map.tap != taps_[tap] || shape_of(map) != shapes[tap] ||
          map.values.size() != static_cast<std::size_t>(shapes[tap].elements())) {
        throw UsageError("a gradient at " + map.tap + " of " + to_string(shape_of(map)) + " with " +
                             std::to_string(map.values.size()) + " values stands where " +
                             taps_[tap] + " of " + to_string(shapes[tap]) + " should",
                         kWhere, "give gradients in the order and shapes of forward's result");
      }
    }
  }

  NetworkWeights weights_;
  std::vector<std::string> taps_;
  WalkOptions options_;
  SelectedBackend selected_;
  PreparedNetwork prepared_;
  Network network_;
  OwnedTensor picture_;
  OwnedTensor dpicture_;
  bool went_forward_ = false;
};

FeatureWalk::FeatureWalk(NetworkWeights weights, std::int64_t width, std::int64_t height,
                         const FeatureWalkOptions& options)
    : walk_(std::make_unique<Walk>(std::move(weights), Shape{3, height, width}, options)) {}
FeatureWalk::FeatureWalk(FeatureWalk&&) noexcept = default;
FeatureWalk& FeatureWalk::operator=(FeatureWalk&&) noexcept = default;
FeatureWalk::~FeatureWalk() = default;

const std::string& FeatureWalk::device() const {
  return walk_->device();
}

Image FeatureWalk::normalise(const Image& picture) const {
  Image x = impasto::normalise(picture, walk_->normalisation());
  x.alpha.clear();
  return x;
}

Image FeatureWalk::denormalise(const Image& x) const {
  return impasto::denormalise(x, walk_->normalisation());
}

std::vector<FeatureMap> FeatureWalk::forward(const Image& x) {
  return walk_->forward(x);
}

Image FeatureWalk::backward(const std::vector<FeatureMap>& dfeatures) {
  return walk_->backward(dfeatures);
}

NetworkWeights calibrated(const NetworkWeights& weights, const std::vector<Image>& pictures,
                          const FeatureWalkOptions& options) {
  const std::vector<std::size_t> taps = find_taps(weights, options);
  if (!weights.calibrate) {
    return weights;
  }
  if (pictures.empty() || std::any_of(pictures.begin(), pictures.end(),
                                      [](const Image& image) { return image.pixels() <= 0; })) {
    throw UsageError("there is no picture, or an empty one, to calibrate with", kWhere,
                     "give the pictures that the walk will see");
  }
  const SelectedBackend selected = select_for(options);
  const std::vector<Layer> layers = layers_of(weights);
  std::vector<Image> normalised;
  for (const Image& picture : pictures) {
    const Shape shape{3, picture.height, picture.width};
    make_plan(layers, walk_options(weights, shape, options), selected.backend->feature_storage());
    normalised.push_back(normalise(picture, Normalisation::of(weights)));
  }
  const std::size_t deepest = *std::max_element(taps.begin(), taps.end());
  return calibrate(*selected.backend, weights, normalised, deepest, options.pooling,
                   options.padding);
}

}  // namespace impasto
