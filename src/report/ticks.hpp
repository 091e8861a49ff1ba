// Round numbers along an axis.
#pragma once

#include <string>
#include <vector>

namespace impasto {

struct Tick {
  double value = 0;
  std::string label;
};

/// Multiples of 1, 2 or 5 times a power of ten in [low, high], about `wanted` of them.
std::vector<Tick> linear_ticks(double low, double high, int wanted);

/// Powers of ten in [low, high] (both above 0), thinned out to about `wanted`. Over less than two
/// decades their doubles and fivefolds join; over less than a factor of three, ticks as on a
/// linear axis. All labels are written one way, with powers of ten or without.
std::vector<Tick> log_ticks(double low, double high, int wanted);

/// As many significant digits as a label has at most.
inline constexpr int kLabelDigits = 6;

/// The value to so many significant digits.
double rounded(double value, int digits);

/// "0.002", "25000"; "3×10⁷" for what is below 1e-4 or from 1e6 on.
std::string tick_label(double value, int digits = kLabelDigits);

}  // namespace impasto
