// The main job: photo + painting -> picture.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "impasto/image.hpp"
#include "impasto/options.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// One loss evaluation, measured before its update. content, style and tv are weighted and add up
/// to total.
struct TraceRow {
  std::int64_t iteration = 0;  ///< counted from 1 over all scales
  std::int64_t scale = 1;      ///< counted from 1
  double total = 0;
  double content = 0;
  double style = 0;
  double tv = 0;
  double seconds = 0;  ///< since the first evaluation began
};

/// What a transfer tells while it runs, and how it is stopped. Every member has a default that does
/// nothing.
class TransferObserver {
 public:
  TransferObserver() = default;
  TransferObserver(const TransferObserver&) = default;
  TransferObserver& operator=(const TransferObserver&) = default;
  TransferObserver(TransferObserver&&) = default;
  TransferObserver& operator=(TransferObserver&&) = default;
  virtual ~TransferObserver() = default;

  /// The device that was chosen, e.g. "cpu, 2 threads". Called once, before any work.
  virtual void on_device(const std::string& /*description*/) {}
  /// A scale begins: its number (from 1), output size, and how many evaluations it has.
  virtual void on_scale(std::int64_t /*scale*/, std::int64_t /*width*/, std::int64_t /*height*/,
                        std::int64_t /*iterations*/) {}
  /// An evaluation is done; `planned` is the number of evaluations over all scales.
  virtual void on_evaluation(const TraceRow& /*row*/, std::int64_t /*planned*/) {}
  /// Every `save_every` evaluations and at those of `save_at`: the picture that was evaluated, so
  /// that snapshot 1 is the initial one.
  virtual void on_snapshot(std::int64_t /*iteration*/, const Image& /*picture*/) {}
  /// Something the user should know and may ignore.
  virtual void on_warning(const std::string& /*message*/) {}
  /// What only a curious user wants to know, such as which algorithm was chosen.
  virtual void on_detail(const std::string& /*message*/) {}
  /// Asked after every evaluation (on a GPU, after every batch of some 50 ms, or of 8 evaluations
  /// in a deterministic run); true ends the run with the best picture so far.
  virtual bool stop_requested() { return false; }
};

/// What an optimiser needs to go on as if it had never stopped.
struct OptimizerState {
  std::vector<double> numbers;              ///< each optimiser's own: see its class
  std::vector<std::vector<float>> pairs;    ///< of L-BFGS: s, y, s, y, …, oldest first
  std::vector<std::vector<float>> vectors;  ///< each optimiser's own
};

/// What a run was made from: sixteen hexadecimal digits each, of the decoded values, that differ in
/// all likelihood for other pictures or weights. No protection against forgery.
struct InputFingerprints {
  std::string content;
  std::vector<std::string> styles;
  std::string weights;
  friend bool operator==(const InputFingerprints&, const InputFingerprints&) = default;
};

/// An interrupted run, complete: resumed on the same pictures, weights, options and device it takes
/// the very steps it would have taken, whatever moment it was interrupted at.
struct Checkpoint {
  InputFingerprints inputs;
  std::string settings;            ///< for the caller, in UTF-8: the command line's own record
  std::vector<std::int64_t> plan;  ///< evaluations of each scale
  std::int64_t scale = 1;          ///< where it is; counted from 1
  std::int64_t evaluations = 0;    ///< done at that scale
  std::int64_t retries = 0;        ///< at half the step, at that scale
  double style_weight = 0;         ///< in use at that scale
  Image picture;                   ///< in the network's input space, without alpha
  Image good;                      ///< likewise: the last one whose loss and gradient were finite
  Image start;                     ///< likewise: what that scale began with
  std::vector<TraceRow> trace;
  OptimizerState optimizer;
};

/// Writes a checkpoint, whole or not at all, as a safetensors file. Throws InputError.
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// The same, but nothing is replaced: false where there is something of that name.
bool create_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Whether a file begins as a checkpoint does; it may be damaged further on.
bool is_checkpoint_file(const std::string& path);

/// Throws InputError for a missing, damaged or foreign file.
Checkpoint read_checkpoint_file(const std::string& path);

enum class Outcome { kCompleted, kInterrupted, kDiverged };

struct TransferResult {
  Image picture;  ///< the final picture, or the last good one when interrupted or diverged
  Outcome outcome = Outcome::kCompleted;
  std::string stop_reason;  ///< why the optimiser ended, e.g. "200 evaluations done"
  std::vector<TraceRow> trace;
  double style_weight = 0;  ///< as used at the last scale (differs from the option with `balance`)
  std::optional<Checkpoint> checkpoint;  ///< when interrupted
};

/// Makes `content` look as if painted like `styles`. The convolutions' algorithms are the fastest
/// ones by the clock, which this machine remembers, and they decide how the last digits are
/// rounded. With `options.deterministic` rules choose them: then equal inputs, weights and options
/// give the same bytes in every run of one build of impasto with the same libraries on the same
/// kind of processor or GPU, whatever else the machine does and however many threads there are.
/// With `resume` it goes on where that run was interrupted; more `iterations` than that run's
/// lengthen its last scale. Throws UsageError, InputError (a tap that the weights do not reach, a
/// picture too small for them), DeviceError.
TransferResult transfer(const Image& content, const std::vector<Image>& styles,
                        const NetworkWeights& weights, const TransferOptions& options,
                        TransferObserver& observer, const Checkpoint* resume = nullptr);

/// What the run would need in memory, part by part, what there is, and the largest size that fits:
/// one line each, for people. Throws as transfer would, and MemoryError when it does not fit.
std::vector<std::string> memory_report(const Image& content, const std::vector<Image>& styles,
                                       const NetworkWeights& weights,
                                       const TransferOptions& options);

/// The same without an observer.
TransferResult transfer(const Image& content, const std::vector<Image>& styles,
                        const NetworkWeights& weights, const TransferOptions& options);

}  // namespace impasto
