// A convolution's filters as the CPU's algorithms want them. Each arrangement is made when a pass
// asks for it, shared by the passes of all sizes, and dropped with the last of them.
#pragma once

#include <memory>
#include <vector>

#include "backend/backend.hpp"
#include "backend/cpu/simd_kernels.hpp"

namespace impasto::cpu {

enum class Direction { kForward, kBackward };

/// w[k,c] or, backward, turn180(w[c,k]): the same convolution with its own channel counts.
struct FilterView {
  const ConvolutionWeights* weights = nullptr;
  Direction direction = Direction::kForward;

  [[nodiscard]] std::int64_t out_channels() const {
    return direction == Direction::kForward ? weights->out_channels : weights->in_channels;
  }
  [[nodiscard]] std::int64_t in_channels() const {
    return direction == Direction::kForward ? weights->in_channels : weights->out_channels;
  }
  /// Tap t = 3 i + j of the filter from channel c to channel k.
  [[nodiscard]] float at(std::int64_t k, std::int64_t c, std::int64_t t) const {
    const std::int64_t n = direction == Direction::kForward
                               ? (k * weights->in_channels + c) * 9 + t
                               : (c * weights->in_channels + k) * 9 + (8 - t);
    return weights->weight[static_cast<std::size_t>(n)];
  }
};

class Filters final : public FilterBank {
 public:
  explicit Filters(const ConvolutionWeights& source) : source_(&source) {}

  [[nodiscard]] const ConvolutionWeights& source() const { return *source_; }
  [[nodiscard]] FilterView view(Direction direction) const { return {source_, direction}; }

  /// The arrangement of type T that `matches` describes, made by `make` unless a pass still has it.
  template <typename T, typename Matches, typename Make>
  std::shared_ptr<const T> find_or_make(const Matches& matches, const Make& make) {
    for (const Made& made : made_) {
      auto arrangement = std::dynamic_pointer_cast<const T>(made.lock());
      if (arrangement && matches(*arrangement)) {
        return arrangement;
      }
    }
    std::shared_ptr<const T> arrangement = make();
    std::erase_if(made_, [](const Made& made) { return made.expired(); });
    made_.push_back(arrangement);
    return arrangement;
  }

  /// Base of what find_or_make keeps.
  struct Arrangement {
    Arrangement() = default;
    Arrangement(const Arrangement&) = delete;
    Arrangement& operator=(const Arrangement&) = delete;
    Arrangement(Arrangement&&) = delete;
    Arrangement& operator=(Arrangement&&) = delete;
    virtual ~Arrangement() = default;
  };

 private:
  using Made = std::weak_ptr<const Arrangement>;

  const ConvolutionWeights* source_;
  std::vector<Made> made_;
};

}  // namespace impasto::cpu
