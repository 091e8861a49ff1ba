// What cuDNN would do with one convolution on one device.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/engine_plan.hpp"

namespace impasto {

/// An engine that can do it.
struct FoundPlan {
  std::int64_t engine = 0;
  bool compiled_at_run_time = false;
  std::size_t workspace_bytes = 0;
};

struct PlanRow {
  std::string layer;  ///< "conv1_2 at 512"
  std::size_t proposed = 0;
  std::size_t allowed = 0;                ///< of those, for this precision
  std::optional<FoundPlan> plain;         ///< the first without tensor cores
  std::optional<FoundPlan> tensor_cores;  ///< the first with
};

/// Asks for configurations in modes A, B and, where those give no plan, fallback. Plans are those
/// that are allowed and want no more workspace than `most` bytes.
PlanRow plan_row(const std::string& layer, const cuda::GraphGeometry& geometry,
                 const cuda::PlanTarget& target, Precision precision, std::size_t most);

/// A line for each row.
std::string plan_table(const std::string& title, const std::vector<PlanRow>& rows);

}  // namespace impasto
