#include "optim/optimizer.hpp"

#include <algorithm>

#include "optim/adam.hpp"
#include "optim/lbfgs.hpp"
#include "optim/strong_wolfe.hpp"

namespace impasto {

Evaluation Objective::iterate(const Tensor& x, const Tensor& dx,
                              const std::function<void()>& update) {
  while (true) {
    const Evaluation evaluation = evaluate(x, dx, nullptr);
    if (!evaluation.finite) {
      return evaluation;
    }
    update();
    if (evaluation.last) {
      return evaluation;
    }
  }
}

namespace {

/// More pairs than evaluations are never filled.
std::size_t history_of(const TransferOptions& options) {
  return static_cast<std::size_t>(
      std::min<std::int64_t>(options.lbfgs_history, std::max<std::int64_t>(options.iterations, 1)));
}

}  // namespace

std::size_t optimizer_vectors(const TransferOptions& options) {
  switch (options.optimizer) {
    case OptimizerKind::kAdam:
      return Adam::kVectors;
    case OptimizerKind::kLbfgs:
      return 2 * (history_of(options) + 1) + Lbfgs::kVectors +
             (options.line_search == LineSearch::kStrongWolfe ? StrongWolfe::kVectors : 0);
  }
  return 0;
}

std::unique_ptr<Optimizer> make_optimizer(Backend& backend, const Shape& shape,
                                          const TransferOptions& options,
                                          const std::optional<PixelBounds>& bounds) {
  switch (options.optimizer) {
    case OptimizerKind::kAdam: {
      const AdamRule rule{options.learning_rate, options.adam_beta1, options.adam_beta2,
                          options.adam_epsilon};
      return std::make_unique<Adam>(backend, shape, rule, bounds);
    }
    case OptimizerKind::kLbfgs:
      return std::make_unique<Lbfgs>(
          backend, shape,
          LbfgsOptions{options.learning_rate, history_of(options), options.line_search}, bounds);
  }
  return nullptr;
}

}  // namespace impasto
