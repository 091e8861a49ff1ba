// Numbers in rows and columns.
#pragma once

#include <cstdint>
#include <vector>

namespace impasto {

/// A grid of numbers, row by row.
struct Grid {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<float> values;
};

}  // namespace impasto
