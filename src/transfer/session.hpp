// A transfer on a given backend: what impasto::transfer runs, and what tests run on every backend.
#pragma once

#include <vector>

#include "backend/backend.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

/// As impasto::transfer, on `backend`.
TransferResult transfer_on(Backend& backend, const Image& content, const std::vector<Image>& styles,
                           const NetworkWeights& weights, const TransferOptions& options,
                           TransferObserver& observer, const Checkpoint* resume = nullptr);

}  // namespace impasto
