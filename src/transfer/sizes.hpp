// How large everything is, at every scale.
#pragma once

#include <cstdint>
#include <vector>

#include "impasto/image.hpp"
#include "impasto/options.hpp"

namespace impasto {

struct PixelSize {
  std::int64_t width = 0;
  std::int64_t height = 0;
  friend bool operator==(const PixelSize&, const PixelSize&) = default;
};

/// One scale: the picture's size and how many evaluations it gets.
struct Scale {
  PixelSize size;
  std::int64_t iterations = 0;
};

/// `picture` scaled so that its long side is `long_side`, aspect kept, at least one pixel each way.
PixelSize fit(const PixelSize& picture, std::int64_t long_side);

/// The scales of a run, smallest first; the last one's size is the output's. A picture smaller than
/// asked for is not enlarged unless `upscale` is set: scales beyond its size are capped, equal
/// neighbours merged.
std::vector<Scale> scales_of(const TransferOptions& options, const Image& content);

/// The size of a style image at a scale whose picture is `output`.
PixelSize style_size_of(const TransferOptions& options, const Image& style,
                        const PixelSize& output);

}  // namespace impasto
