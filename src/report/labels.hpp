// Text in a given width.
#pragma once

#include <string>
#include <vector>

#include "report/canvas.hpp"

namespace impasto {

/// The text in lines of at most `width` pixels and at most `most` lines. It is broken after spaces,
/// commas and slashes, in a word's middle where a word alone is too long; a text that is too long
/// for all lines ends in "…".
std::vector<std::string> wrap(const std::string& text, double size, double width, std::size_t most,
                              bool bold = false);

/// From one baseline to the next.
inline double line_height(double size) {
  return 1.25 * size;
}

/// Draws lines; the first one's baseline is where a text of this size has its top at `top`.
void draw_lines(Canvas& canvas, const std::vector<std::string>& lines, double x, double top,
                const TextStyle& style);

}  // namespace impasto
