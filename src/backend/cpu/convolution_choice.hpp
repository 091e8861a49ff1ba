// Which algorithm runs a convolution: by the stopwatch where the loop will run it many times, and
// remembered on disk; by a rule otherwise.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/cpu/convolution_pass.hpp"
#include "backend/cpu/filters.hpp"
#include "backend/cpu/winograd_convolution.hpp"
#include "backend/run_choices.hpp"

namespace impasto::cpu {

/// The direct algorithm, or Winograd's with its blocking.
struct Algorithm {
  bool winograd = false;
  WinogradBlocking blocking;
};

/// "direct" or "winograd4 28 private kept", and back; nothing for any other text.
std::string to_string(const Algorithm& algorithm);
std::optional<Algorithm> parse_algorithm(const std::string& text);

/// What IMPASTO_CONVOLUTION asks for.
enum class ChoiceMode {
  kMeasure,  ///< "measure", or unset: time the candidates once per machine and shape
  kRule,     ///< "rule": no clock, so two machines of one kind choose alike
  kDirect,   ///< "direct"
  kFour,     ///< "winograd4", wherever the channels allow it
  kSix       ///< "winograd6", likewise
};

/// kRule in place of kMeasure where no clock may be asked. Throws UsageError for any other value of
/// IMPASTO_CONVOLUTION.
ChoiceMode choice_mode(Choosing choosing);

/// Everything that is worth timing for `spec`; the first entry is the direct algorithm.
std::vector<Algorithm> candidates(const PassSpec& spec, int threads);
/// The choice without a clock. The number of threads decides the blocking alone, and so no byte.
Algorithm choose_by_rule(const PassSpec& spec, int threads);

/// What a timed choice holds for: processor, instruction set, threads, library versions and shape.
std::string choice_key(const PassSpec& spec, int threads);

std::unique_ptr<ConvolutionPass> make_pass(ThreadPool& pool, Filters& filters, Direction direction,
                                           const PassSpec& spec, const Algorithm& algorithm);

/// The pass that choice_mode leads to. `repeated`: it will run many times, which is when timing
/// pays.
std::unique_ptr<ConvolutionPass> make_best_pass(ThreadPool& pool, Filters& filters,
                                                Direction direction, const PassSpec& spec,
                                                bool repeated, Choosing choosing);

}  // namespace impasto::cpu
