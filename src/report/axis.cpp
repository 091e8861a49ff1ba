#include "report/axis.hpp"

#include <algorithm>
#include <cmath>

namespace impasto {

bool Axis::has(double value) const {
  return std::isfinite(value) && (!logarithmic || value > 0);
}

double Axis::place(double value) const {
  const double part =
      logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return from + part * (to - from);
}

void Axis::include(double value) {
  if (has(value)) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
}

std::vector<Tick> Axis::ticks(int wanted) const {
  return logarithmic ? log_ticks(low, high, wanted) : linear_ticks(low, high, wanted);
}

std::vector<std::vector<Point>> placed(const std::vector<Point>& points, const Axis& x,
                                       const Axis& y) {
  std::vector<std::vector<Point>> pieces(1);
  for (const Point& point : points) {
    if (x.has(point.x) && y.has(point.y)) {
      pieces.back().push_back({x.place(point.x), y.place(point.y)});
    } else if (!pieces.back().empty()) {
      pieces.emplace_back();
    }
  }
  if (pieces.back().empty()) {
    pieces.pop_back();
  }
  return pieces;
}

}  // namespace impasto
