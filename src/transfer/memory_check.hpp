// Whether a run can have the memory that it needs, asked before it takes any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "impasto/transfer.hpp"
#include "transfer/memory_need.hpp"

namespace impasto {

/// "the largest --size that fits is 512".
std::string size_that_fits(const std::optional<std::int64_t>& largest);

/// Throws MemoryError where no such run can be: a feature map has more elements than the backend
/// takes, or the whole is more than the machine has.
void require_possible(const Backend& backend, const MemoryNeed& need);

/// Throws MemoryError before any work for a run that would be refused memory, or ended for it, or
/// that needs more than the machine has; warns of one that the system may have to swap for.
void check_memory(const Backend& backend, const Image& content, const std::vector<Image>& styles,
                  const NetworkWeights& weights, const TransferOptions& options,
                  TransferObserver& observer);

/// The same without a warning: throws also where the system may have to swap. A remedy names the
/// largest size of the content's shape.
void require_memory(const Backend& backend, const Image& content, const Image& style,
                    const NetworkWeights& weights, const TransferOptions& options);

}  // namespace impasto
