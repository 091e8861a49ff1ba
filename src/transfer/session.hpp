// A transfer on a given backend: what impasto::transfer runs, and what tests run on every backend.
#pragma once

#include <vector>

#include "backend/backend.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

class RunProbe;
class SharedWork;

/// What is asked of a run before any work: throws UsageError, InputError and MemoryError, and warns
/// of memory that the system may have to swap for and of pictures in which there is nothing to see.
void check_run(const Backend& backend, const Image& content, const std::vector<Image>& styles,
               const NetworkWeights& weights, const TransferOptions& options,
               TransferObserver& observer);

/// As impasto::transfer, on `backend`. With `shared`, which must be of this backend and these
/// weights, filters and targets that earlier runs made are used again: the picture is the same.
/// With `probe`, which looks at every evaluation, it is the same too. Of pictures in which there is
/// nothing to see it does not warn: a figure has them in many runs.
TransferResult transfer_on(Backend& backend, const Image& content, const std::vector<Image>& styles,
                           const NetworkWeights& weights, const TransferOptions& options,
                           TransferObserver& observer, const Checkpoint* resume = nullptr,
                           SharedWork* shared = nullptr, RunProbe* probe = nullptr);

}  // namespace impasto
