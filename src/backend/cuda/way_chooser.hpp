// Chooses between the ways to do one direction of a convolution.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/contest.hpp"
#include "backend/cuda/convolution_pass.hpp"

namespace impasto::cuda {

class WayChooser {
 public:
  /// `most`: bytes of workspace that a way may want. `direction` is part of the choice's key in the
  /// cache and in a run that can be resumed.
  WayChooser(Context& context, const PassGeometry& geometry, std::size_t most,
             const std::string& direction);

  /// The way of a run that is resumed, the one remembered as the fastest, or the one that a contest
  /// finds, which is then remembered; without a clock the first that works. Throws DeviceError when
  /// none does, MemoryError when there is no room to plan in or for the maps of a contest.
  [[nodiscard]] std::unique_ptr<ConvolutionPass> choose(const std::vector<Way>& ways) const;

  /// The way of this name; for "graph" the first of the graph API that can be made. Throws
  /// DeviceError where there is none.
  [[nodiscard]] std::unique_ptr<ConvolutionPass> forced(const std::string& name,
                                                        const std::vector<Way>& ways) const;

 private:
  using Pass = std::unique_ptr<ConvolutionPass>;

  [[nodiscard]] Pass known_way(const std::vector<Way>& ways) const;
  [[nodiscard]] Pass attempt_named(const std::string& name, const std::vector<Way>& ways) const;
  [[nodiscard]] Pass attempt(const Way& way) const;
  [[nodiscard]] Pass first_that_works(const std::vector<Way>& ways) const;
  [[nodiscard]] Pass fastest(const std::vector<Way>& ways) const;
  [[noreturn]] void throw_no_way() const;

  Context& context_;
  PassGeometry geometry_;
  std::size_t most_;
  std::string key_;
  mutable std::string last_refusal_ = "no way was tried";
};

}  // namespace impasto::cuda
