// A small transfer that is explained, with what its parts were.
#pragma once

#include "explain/explain.hpp"
#include "support/small_network.hpp"

namespace impasto {

struct ExplainedRun {
  NetworkWeights weights = small_network({{4, 5}, {6, 6}}, 1);
  Image content = test_picture(16, 14, 1);
  Image style = test_picture(15, 17, 2);
  TransferOptions options = every_loss_options(OptimizerKind::kAdam, 6);
  ExplainRequest request;

  ExplainedTransfer on(Backend& backend) const {
    TransferObserver silent;
    return explain_on(backend, content, {style}, weights, options, request, silent);
  }
};

}  // namespace impasto
