// What the real cuDNN would do with VGG-19's convolutions on GPUs that are not here: it is asked
// with descriptions of them (tests/data/devices), and makes its plans without any.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "backend/cuda/precision_types.hpp"
#include "cudnn_plans/plan_table.hpp"

namespace impasto {

bool print_tables = false;  // --verbose

namespace {

using cuda::GraphPattern;

struct Layer {
  const char* name;
  std::int64_t in;
  std::int64_t out;
  std::int64_t scale;  ///< the picture's side over the layer's
};

constexpr Layer kLayers[] = {
    {"conv1_1", 3, 64, 1},    {"conv1_2", 64, 64, 1},   {"conv2_1", 64, 128, 2},
    {"conv2_2", 128, 128, 2}, {"conv3_1", 128, 256, 4}, {"conv3_2", 256, 256, 4},
    {"conv4_1", 256, 512, 8}, {"conv4_2", 512, 512, 8}, {"conv5_1", 512, 512, 16}};
// conv3_3, 3_4, 4_3 and 4_4 have the shapes of the last of their block.

constexpr std::int64_t kSides[] = {256, 512, 1024, 2048, 4096};

/// Plans in float may convert layouts, which takes both maps once more and a little.
std::size_t most_workspace(const cuda::GraphGeometry& geometry) {
  const std::int64_t elements = geometry.x.elements() + geometry.y.elements();
  return (std::size_t{64} << 20U) +
         static_cast<std::size_t>(elements) * size_of(geometry.type) * 9 / 8;
}

struct Device {
  const char* name;
  bool has_bfloat16_and_tf32;  ///< half they all know
};

constexpr Device kH100{"h100", true};

std::ostream& operator<<(std::ostream& out, const Device& device) {
  return out << device.name;
}

std::string description_of(const Device& device) {
  std::ifstream file(std::string(IMPASTO_TEST_DATA) + "/devices/" + device.name + ".json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "fp32";
    case Precision::kTf32:
      return "tf32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kFp16:
      return "fp16";
  }
  return "";
}

/// cuDNN compiles engines only where it finds a driver's library to load them with. The toolkit's
/// stub of one is enough to be offered them.
bool driver_or_stub() {
  return dlopen("libcuda.so.1", RTLD_NOW) != nullptr ||
         dlopen(IMPASTO_CUDA_STUB, RTLD_NOW) != nullptr;
}

class CudnnPlans : public testing::Test {
 protected:
  CudnnPlans(const Device& device, Precision precision)
      : device_(device),
        precision_(precision),
        types_(cuda::PrecisionTypes::of(precision_)),
        target_(cuda::PlanTarget::described(description_of(device_))) {}

  /// Whether cuDNN has anything for a type here. Where it has not, the precision is refused.
  [[nodiscard]] bool knows(ElementType type) const {
    return type != ElementType::kBfloat16 || device_.has_bfloat16_and_tf32;
  }
  /// Float maps use tensor cores as TF32. Three channels are too few for them to be worth it.
  [[nodiscard]] bool expects_tensor_cores(ElementType type, const PlanRow& row) const {
    return precision_ != Precision::kFp32 && !row.layer.starts_with("conv1_1") &&
           (type == ElementType::kFloat16 || device_.has_bfloat16_and_tf32);
  }

  void require_plans(GraphPattern pattern, const char* name) const {
    const ElementType type =
        pattern == GraphPattern::kDataGradient ? types_.dfeature : types_.feature;
    for (const PlanRow& row : rows(pattern, name)) {
      EXPECT_EQ(row.plain || row.tensor_cores, knows(type)) << row.layer;
      EXPECT_FALSE(row.tensor_cores && precision_ == Precision::kFp32) << row.layer;
      EXPECT_TRUE(row.tensor_cores || !expects_tensor_cores(type, row)) << row.layer;
    }
  }

  [[nodiscard]] cuda::GraphGeometry geometry(const Layer& layer, std::int64_t side,
                                             GraphPattern pattern) const {
    const bool forward = pattern == GraphPattern::kForward || pattern == GraphPattern::kForwardRelu;
    cuda::GraphGeometry geometry;
    geometry.pattern = pattern;
    geometry.type = forward ? types_.feature : types_.dfeature;
    geometry.map = types_.feature;
    const auto stored = [&](std::int64_t channels) {
      return cuda::feature_storage(geometry.type).stored_channels(channels);
    };
    const std::int64_t own = side / layer.scale;
    geometry.x = {stored(layer.in), own, own};
    geometry.y = {stored(layer.out), own, own};
    return geometry;
  }

  std::vector<PlanRow> rows(GraphPattern pattern, const char* name) const {
    std::vector<PlanRow> rows;
    for (const std::int64_t side : kSides) {
      for (const Layer& layer : kLayers) {
        rows.push_back(plan_row(std::string(layer.name) + " at " + std::to_string(side),
                                geometry(layer, side, pattern), target_, precision_,
                                most_workspace(geometry(layer, side, pattern))));
      }
    }
    if (print_tables) {
      std::cout << plan_table(std::string(device_.name) + ", " + name_of(precision_) + ", " + name,
                              rows);
    }
    return rows;
  }

  Device device_;
  Precision precision_;
  cuda::PrecisionTypes types_;
  cuda::PlanTarget target_;
};

class CudnnPlansFor : public CudnnPlans,
                      public testing::WithParamInterface<std::tuple<Device, Precision>> {
 protected:
  CudnnPlansFor() : CudnnPlans(std::get<0>(GetParam()), std::get<1>(GetParam())) {}
};

class CudnnPlansForH100 : public CudnnPlans, public testing::WithParamInterface<Precision> {
 protected:
  CudnnPlansForH100() : CudnnPlans(kH100, GetParam()) {}
};

TEST_P(CudnnPlansFor, FusesBiasAndReluIntoTheForwardConvolution) {
  require_plans(GraphPattern::kForwardRelu, "forward, bias, ReLU");
}

TEST_P(CudnnPlansFor, FusesABiasAloneIntoTheForwardConvolution) {
  require_plans(GraphPattern::kForward, "forward, bias");
}

TEST_P(CudnnPlansFor, HasADataGradientThatAddsInAFixedOrder) {
  require_plans(GraphPattern::kDataGradient, "data gradient");
}

// Such engines are compiled when they are first used, and use tensor cores always. One size,
// because each proposal takes some 100 ms.
TEST_P(CudnnPlansForH100, ProposesToCompileMaskAndSumIntoTheDataGradient) {
  if (!driver_or_stub()) {
    GTEST_SKIP() << "neither a driver's libcuda.so.1 nor the toolkit's stub of it is here";
  }
  for (const GraphPattern pattern :
       {GraphPattern::kMaskedDataGradient, GraphPattern::kAddedDataGradient}) {
    for (const Layer& layer : kLayers) {
      const cuda::ConvolutionGraph graph(geometry(layer, 512, pattern), nullptr);
      const auto proposals = cuda::propose(graph, target_, CUDNN_HEUR_MODE_A);
      const auto allowed = std::ranges::count_if(proposals, [&](const auto& proposal) {
        return cuda::is_allowed(proposal, precision_) &&
               proposal.notes(CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION);
      });
      EXPECT_FALSE(proposals.empty()) << layer.name;
      EXPECT_EQ(allowed > 0, precision_ != Precision::kFp32) << layer.name;
    }
  }
}

// By its name a cache finds an engine again, in another process.
TEST_P(CudnnPlansForH100, NamesEveryProposalOtherwiseAndAlikeAtEveryQuestion) {
  for (const GraphPattern pattern : {GraphPattern::kForwardRelu, GraphPattern::kDataGradient}) {
    const cuda::ConvolutionGraph graph(geometry(kLayers[3], 512, pattern), nullptr);
    for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_B}) {
      const auto names = [&] {
        std::vector<std::string> all;
        for (const auto& proposal : cuda::propose(graph, target_, mode)) {
          all.push_back(proposal.name());
        }
        return all;
      };
      std::vector<std::string> first = names();
      EXPECT_EQ(names(), first);
      EXPECT_FALSE(first.empty());
      if (print_tables) {
        std::cout << first.size() << " proposals, first " << first.front() << "\n";
      }
      std::ranges::sort(first);
      EXPECT_EQ(std::ranges::adjacent_find(first), first.end());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, CudnnPlansFor,
                         testing::Combine(testing::Values(kH100, Device{"a100", true},
                                                          Device{"rtx4090", true},
                                                          Device{"t4", false}),
                                          testing::Values(Precision::kFp32, Precision::kTf32,
                                                          Precision::kBf16, Precision::kFp16)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).name) + "_" +
                                  name_of(std::get<1>(row.param));
                         });
INSTANTIATE_TEST_SUITE_P(All, CudnnPlansForH100,
                         testing::Values(Precision::kFp32, Precision::kTf32, Precision::kBf16,
                                         Precision::kFp16),
                         [](const auto& row) { return std::string(name_of(row.param)); });

}  // namespace
}  // namespace impasto

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  impasto::print_tables = argc > 1 && std::string(argv[1]) == "--verbose";
  return RUN_ALL_TESTS();
}
