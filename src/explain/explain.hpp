// A transfer that is watched and then explained: where its pixel gradient comes from, in numbers.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "explain/explanation.hpp"

namespace impasto {

/// Where things came from, and what to look at.
struct ExplainRequest : Origin {
  std::optional<std::pair<std::int64_t, std::int64_t>> pixel;  ///< x, y; to work out besides others
};

struct ExplainedTransfer {
  TransferResult result;
  Explanation explanation;
};

/// Throws UsageError for what a report cannot show: several scales, a style loss without Gram
/// matrices.
void require_explainable(const TransferOptions& options);

/// The transfer of these options at one scale, byte for byte that of transfer_on, with a look at
/// every evaluation; then walks beside it. Throws as transfer_on and require_explainable,
/// UsageError for a pixel that is not in the picture or too near its border, DivergedError when no
/// evaluation was finite.
ExplainedTransfer explain_on(Backend& backend, const Image& content,
                             const std::vector<Image>& styles, const NetworkWeights& weights,
                             const TransferOptions& options, const ExplainRequest& request,
                             TransferObserver& observer);

}  // namespace impasto
