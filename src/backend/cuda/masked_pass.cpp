#include "backend/cuda/masked_pass.hpp"

#include <utility>

#include "kernels.hpp"

namespace impasto::cuda {
namespace {

std::string masked_name(const std::string& way) {
  return way + ", then the mask";
}

class MaskedPass final : public ConvolutionPass {
 public:
  MaskedPass(Context& context, const PassGeometry& geometry, ElementType map,
             std::unique_ptr<ConvolutionPass> inner)
      : context_(context), geometry_(geometry), map_(map), inner_(std::move(inner)) {}

  [[nodiscard]] std::size_t workspace_bytes() const override { return inner_->workspace_bytes(); }
  [[nodiscard]] std::string name() const override { return masked_name(inner_->name()); }

  void run(const PassMaps& maps, std::byte* workspace) const override {
    inner_->run({maps.x, maps.y}, workspace);
    const kernels::FeatureMap dx = feature_map(maps.y, geometry_.type);
    const kernels::FeatureMap map = feature_map(maps.map, map_);
    if (geometry_.added) {
      const kernels::FeatureMap addend = feature_map(maps.addend, geometry_.type);
      kernels::drelu_of_sum(dx, addend, map, dx, context_.stream());
      check_launch("drelu_of_sum");
    } else {
      kernels::drelu(dx, map, dx, context_.stream());
      check_launch("drelu");
    }
  }

 private:
  [[nodiscard]] kernels::FeatureMap feature_map(const void* data, ElementType type) const {
    return {const_cast<void*>(data), kernel_type(type), geometry_.y.height, geometry_.y.width,
            geometry_.y.channels};
  }

  Context& context_;
  PassGeometry geometry_;
  ElementType map_;
  std::unique_ptr<ConvolutionPass> inner_;
};

}  // namespace

std::vector<Way> then_masked(Context& context, const PassGeometry& geometry, ElementType map,
                             std::vector<Way> ways) {
  for (Way& way : ways) {
    way.make = [&context, geometry, map, make = std::move(way.make)] {
      return std::make_unique<MaskedPass>(context, geometry, map, make());
    };
    way.name = masked_name(way.name);
  }
  return ways;
}

}  // namespace impasto::cuda
