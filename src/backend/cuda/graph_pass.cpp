#include "backend/cuda/graph_pass.hpp"

#include <algorithm>
#include <utility>

#include "backend/cuda/engine_plan.hpp"
#include "impasto/error.hpp"

namespace impasto::cuda {
namespace {

/// Each costs a plan and some milliseconds of timing; what comes later is seldom faster.
constexpr std::size_t kMostWays = 6;

/// A graph and what cuDNN proposes for it, which lives as long as a plan made of it.
struct Proposals {
  ConvolutionGraph graph;
  std::vector<EngineConfiguration> configurations;
};

class GraphPass final : public ConvolutionPass {
 public:
  GraphPass(Context& context, std::shared_ptr<const Proposals> proposals, std::string name,
            EnginePlan plan, const PassWeights& weights)
      : context_(context),
        proposals_(std::move(proposals)),
        name_(std::move(name)),
        plan_(std::move(plan)),
        weights_(weights) {}

  [[nodiscard]] std::size_t workspace_bytes() const override { return plan_.workspace_bytes(); }
  [[nodiscard]] std::string name() const override { return name_; }

  void run(const PassMaps& maps, std::byte* workspace) const override {
    std::vector<TensorAddress> tensors{{GraphTensor::kInput, maps.x},
                                       {GraphTensor::kFilters, weights_.filters},
                                       {GraphTensor::kOutput, maps.y}};
    if (maps.map != nullptr) {
      tensors.push_back({GraphTensor::kMap, maps.map});
    }
    if (maps.addend != nullptr) {
      tensors.push_back({GraphTensor::kAddend, maps.addend});
    }
    if (weights_.bias != nullptr) {
      tensors.push_back({GraphTensor::kBias, weights_.bias});
    }
    plan_.execute(context_.dnn(), tensors, workspace);
  }

 private:
  Context& context_;
  std::shared_ptr<const Proposals> proposals_;
  std::string name_;
  EnginePlan plan_;
  PassWeights weights_;
};

/// The n-th of mode A, the n-th of mode B, the next of each: without doubles, and without what the
/// precision does not allow.
std::vector<EngineConfiguration> best_of_both_modes(const ConvolutionGraph& graph,
                                                    const PlanTarget& target, Precision precision) {
  std::vector<EngineConfiguration> modes[] = {propose(graph, target, CUDNN_HEUR_MODE_A),
                                              propose(graph, target, CUDNN_HEUR_MODE_B)};
  for (auto& mode : modes) {
    std::erase_if(mode, [&](const auto& each) { return !is_allowed(each, precision); });
  }
  std::vector<EngineConfiguration> best;
  const std::size_t most = std::max(modes[0].size(), modes[1].size());
  for (std::size_t n = 0; n < most; ++n) {
    for (auto& mode : modes) {
      const bool is_new = n < mode.size() && best.size() < kMostWays &&
                          std::ranges::none_of(best, [&](const auto& each) {
                            return each.name() == mode[n].name();
                          });
      if (is_new) {
        best.push_back(std::move(mode[n]));
      }
    }
  }
  return best;
}

std::shared_ptr<const Proposals> find_proposals(Context& context, const GraphGeometry& geometry) {
  try {
    ConvolutionGraph graph(geometry, context.dnn());
    auto best = best_of_both_modes(graph, PlanTarget(context.dnn()), context.options().precision);
    return std::make_shared<const Proposals>(Proposals{std::move(graph), std::move(best)});
  } catch (const MemoryError&) {
    throw;
  } catch (const DeviceError& error) {
    if (geometry.pattern == GraphPattern::kMaskedDataGradient ||
        geometry.pattern == GraphPattern::kAddedDataGradient) {
      return nullptr;  // it may know the gradient without the mask, and have no run-time compiler
    }
    context.note_once("cuDNN " + std::to_string(cudnnGetVersion()) +
                      " convolves by its classic calls, without its graph API: " + error.what());
    return nullptr;
  }
}

}  // namespace

std::vector<Way> graph_ways(Context& context, const GraphGeometry& geometry,
                            const std::function<PassWeights()>& weights, std::size_t most) {
  const std::shared_ptr<const Proposals> proposals = find_proposals(context, geometry);
  std::vector<Way> ways;
  for (std::size_t n = 0; proposals && n < proposals->configurations.size(); ++n) {
    const std::string name = proposals->configurations[n].name();
    ways.push_back(
        {name, [&context, proposals, n, name, weights, most]() -> std::unique_ptr<ConvolutionPass> {
           auto plan =
               EnginePlan::make(proposals->configurations[n], PlanTarget(context.dnn()), most);
           if (!plan) {
             throw DeviceError("cuDNN makes no plan for the engine that it proposed", name,
                               "please report this");
           }
           return std::make_unique<GraphPass>(context, proposals, name, std::move(*plan),
                                              weights());
         }});
  }
  return ways;
}

}  // namespace impasto::cuda
