#include "cudnn_plans/plan_table.hpp"

#include <cstdio>

namespace impasto {
namespace {

/// Makes plans until there is one with tensor cores and one without, or there are no proposals
/// left.
void find_plans(const std::vector<cuda::EngineConfiguration>& proposals,
                const cuda::PlanTarget& target, Precision precision, std::size_t most,
                PlanRow& row) {
  row.proposed += proposals.size();
  for (const cuda::EngineConfiguration& proposal : proposals) {
    if (!cuda::is_allowed(proposal, precision)) {
      continue;
    }
    ++row.allowed;
    auto& found = proposal.notes(CUDNN_NUMERICAL_NOTE_TENSOR_CORE) ? row.tensor_cores : row.plain;
    if (found) {
      continue;
    }
    if (const auto plan = cuda::EnginePlan::make(proposal, target, most)) {
      found = {proposal.engine, proposal.notes(CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION),
               plan->workspace_bytes()};
    }
  }
}

std::string cell(const std::optional<FoundPlan>& plan) {
  if (!plan) {
    return "-";
  }
  char text[64];
  std::snprintf(text, sizeof text, "engine %d, %.1f MiB%s", static_cast<int>(plan->engine),
                static_cast<double>(plan->workspace_bytes) / (1 << 20),
                plan->compiled_at_run_time ? ", compiled" : "");
  return text;
}

}  // namespace

PlanRow plan_row(const std::string& layer, const cuda::GraphGeometry& geometry,
                 const cuda::PlanTarget& target, Precision precision, std::size_t most) {
  PlanRow row;
  row.layer = layer;
  const cuda::ConvolutionGraph graph(geometry, target.handle());
  for (const cudnnBackendHeurMode_t mode :
       {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_B, CUDNN_HEUR_MODE_FALLBACK}) {
    if (mode != CUDNN_HEUR_MODE_FALLBACK || !(row.plain || row.tensor_cores)) {
      find_plans(cuda::propose(graph, target, mode), target, precision, most, row);
    }
  }
  return row;
}

std::string plan_table(const std::string& title, const std::vector<PlanRow>& rows) {
  std::string table = title + "\n";
  for (const PlanRow& row : rows) {
    char line[200];
    std::snprintf(line, sizeof line,
                  "  %-16s %3zu proposed %3zu allowed  tensor cores: %-32s plain: %s\n",
                  row.layer.c_str(), row.proposed, row.allowed, cell(row.tensor_cores).c_str(),
                  cell(row.plain).c_str());
    table += line;
  }
  return table;
}

}  // namespace impasto
