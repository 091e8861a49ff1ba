// What an optimiser is, and what it sees of the rest: a function of the picture with its gradient.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "backend/backend.hpp"
#include "impasto/options.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

/// f at x.
struct Evaluation {
  double loss = 0;
  bool finite = true;  ///< false: loss, gradient or x is not; dx must not be used
  bool last = false;   ///< no evaluation may follow this one
};

/// What an optimiser wants to know of an evaluation beside its loss. The answers come to the host
/// together with the loss, so that it waits for the device once.
class Questions {
 public:
  Questions() = default;
  Questions(const Questions&) = delete;
  Questions& operator=(const Questions&) = delete;
  Questions(Questions&&) = delete;
  Questions& operator=(Questions&&) = delete;
  virtual ~Questions() = default;
  /// Enqueues operations on x and its gradient dx that leave the answers in backend memory.
  virtual void ask(const Tensor& x, const Tensor& dx) = 0;
  /// Where the answers to the last ask lie, and where the host wants them.
  virtual ScalarRange answers() = 0;
};

/// The function to minimise. evaluate overwrites dx with the gradient at x; both are pictures.
/// `questions` may be null; of an evaluation that is not finite the answers mean nothing.
class Objective {
 public:
  Objective() = default;
  Objective(const Objective&) = delete;
  Objective& operator=(const Objective&) = delete;
  Objective(Objective&&) = delete;
  Objective& operator=(Objective&&) = delete;
  virtual ~Objective() = default;
  virtual Evaluation evaluate(const Tensor& x, const Tensor& dx, Questions* questions) = 0;

  /// Again and again: evaluates at x, then calls `update`, which moves x by device operations alone
  /// (they may be recorded and replayed). Ends after the update that follows the last evaluation,
  /// or when an evaluation is not finite; x is not to be trusted then. Returns that evaluation.
  virtual Evaluation iterate(const Tensor& x, const Tensor& dx,
                             const std::function<void()>& update);
};

enum class Ending {
  kLastEvaluation,  ///< the objective allows no more evaluations
  kConverged,       ///< nothing more can be gained
  kNotFinite,       ///< an evaluation was not finite; x is not to be trusted
};

struct OptimizerResult {
  Ending ending = Ending::kLastEvaluation;
  std::string reason;  ///< for people; empty for kLastEvaluation
};

class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  Optimizer(Optimizer&&) = delete;
  Optimizer& operator=(Optimizer&&) = delete;
  virtual ~Optimizer() = default;

  /// Moves x (a picture) to lower the objective until the objective allows no more evaluations, or
  /// until nothing is gained. Allocates nothing after its first step. Goes on where the last
  /// minimise or the resumed state ended, with the x that it left. After Ending::kNotFinite only
  /// restart_at_half_step may follow.
  virtual OptimizerResult minimise(Objective& objective, const Tensor& x) = 0;

  /// What another optimiser needs to go on where the last minimise ended, taking the very steps
  /// that this one would take.
  [[nodiscard]] virtual OptimizerState state() const = 0;

  /// The next minimise goes on from this state. Throws InputError for another optimiser's.
  virtual void resume(const OptimizerState& state) = 0;

  /// Forgets everything and halves the learning rate, for another try from another x after a
  /// non-finite evaluation.
  virtual void restart_at_half_step() = 0;
};

/// How many vectors of the picture's size that optimiser keeps.
std::size_t optimizer_vectors(const TransferOptions& options);

/// The optimiser that the options ask for, for pictures of `shape`. `bounds`: pixels are clamped to
/// them after each step. Throws DeviceError when there is not enough memory for its vectors.
std::unique_ptr<Optimizer> make_optimizer(Backend& backend, const Shape& shape,
                                          const TransferOptions& options,
                                          const std::optional<PixelBounds>& bounds);

}  // namespace impasto
