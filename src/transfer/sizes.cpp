#include "transfer/sizes.hpp"

#include <algorithm>
#include <cmath>

#include "presets/settings.hpp"

namespace impasto {
namespace {

PixelSize scale_size(const TransferOptions& options, const PixelSize& content,
                     std::int64_t long_side) {
  if (options.stretch && long_side > 0) {
    return {long_side, long_side};
  }
  const std::int64_t own = std::max(content.width, content.height);
  const std::int64_t wanted = long_side == 0 ? own : long_side;
  return fit(content, options.upscale ? wanted : std::min(wanted, own));
}

}  // namespace

PixelSize fit(const PixelSize& picture, std::int64_t long_side) {
  const double factor =
      static_cast<double>(long_side) / static_cast<double>(std::max(picture.width, picture.height));
  const auto side = [&](std::int64_t pixels) {
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(pixels) * factor));
  };
  return {side(picture.width), side(picture.height)};
}

std::vector<Scale> scales_of(const TransferOptions& options, const Image& content) {
  const PixelSize own{content.width, content.height};
  if (options.scales.empty()) {
    return {{scale_size(options, own, options.size), options.iterations}};
  }
  const std::vector<std::int64_t> iterations =
      options.scale_iterations.empty()
          ? share_iterations(options.iterations,
                             std::vector<std::int64_t>(options.scales.size(), 1))
          : options.scale_iterations;
  std::vector<Scale> scales;
  for (std::size_t n = 0; n < options.scales.size(); ++n) {
    const PixelSize size = scale_size(options, own, options.scales[n]);
    if (iterations[n] == 0) {
      continue;
    }
    if (!scales.empty() && scales.back().size == size) {
      scales.back().iterations += iterations[n];
    } else {
      scales.push_back({size, iterations[n]});
    }
  }
  return scales;
}

PixelSize style_size_of(const TransferOptions& options, const Image& style,
                        const PixelSize& output) {
  const PixelSize own{style.width, style.height};
  if (options.stretch || options.style_stretch) {
    return output;
  }
  if (options.style_size) {
    return *options.style_size == 0 ? own : fit(own, *options.style_size);
  }
  const double long_side =
      options.style_scale * static_cast<double>(std::max(output.width, output.height));
  return fit(own, std::max<std::int64_t>(1, std::llround(long_side)));
}

}  // namespace impasto
