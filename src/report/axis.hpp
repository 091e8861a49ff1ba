// The axes of figures of curves, and where values lie along them.
#pragma once

#include <limits>
#include <vector>

#include "report/canvas.hpp"
#include "report/ticks.hpp"

namespace impasto {

/// An axis in the data's own units, and where it lies in the drawing.
struct Axis {
  bool logarithmic = false;
  double low = std::numeric_limits<double>::infinity();  ///< nothing is included yet
  double high = -std::numeric_limits<double>::infinity();
  double from = 0;  ///< where `low` lies
  double to = 1;    ///< where `high` lies

  /// Whether there is a place for the value: on a logarithmic axis it must be above 0.
  [[nodiscard]] bool has(double value) const;
  [[nodiscard]] double place(double value) const;
  /// Widens the axis to the value, if there is a place for it.
  void include(double value);
  [[nodiscard]] std::vector<Tick> ticks(int wanted) const;
};

/// The points' places in the drawing. One without a place interrupts the curve.
std::vector<std::vector<Point>> placed(const std::vector<Point>& points, const Axis& x,
                                       const Axis& y);

}  // namespace impasto
