#include "report/ticks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

namespace impasto {
namespace {

/// "⁻⁷" for −7.
std::string superscript(int exponent) {
  static constexpr const char* kDigits[] = {"\u2070", "\u00B9", "\u00B2", "\u00B3", "\u2074",
                                            "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
  std::string text = exponent < 0 ? "\u207B" : "";
  for (const char digit : std::to_string(std::abs(exponent))) {
    text += kDigits[digit - '0'];
  }
  return text;
}

std::string shortest(double value, int digits = kLabelDigits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

/// The largest of 1, 2, 5 times a power of ten that is at most `value`, or the next larger one.
double round_step(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= value * (1 - 1e-9)) {
      return factor * power;
    }
  }
  return 10 * power;
}

/// What reads well without a power of ten.
bool is_plain(double value) {
  const double size = std::abs(value);
  return size == 0 || (size >= 0.99999e-4 && size < 0.99999e6);
}

std::string scientific_label(double value, int digits = kLabelDigits) {
  const auto exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  const std::string factor = shortest(value / std::pow(10.0, exponent), digits);
  const std::string power = "10" + superscript(exponent);
  return factor == "1" ? power : factor + "\u00D7" + power;
}

}  // namespace

double rounded(double value, int digits) {
  return std::strtod(shortest(value, digits).c_str(), nullptr);
}

std::string tick_label(double value, int digits) {
  return is_plain(value) ? shortest(value, digits) : scientific_label(value, digits);
}

std::vector<Tick> linear_ticks(double low, double high, int wanted) {
  std::vector<Tick> ticks;
  if (!(high > low)) {
    return {{low, tick_label(low)}};
  }
  const double step = round_step((high - low) / wanted);
  for (double n = std::ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; ++n) {
    const double value = n * step + 0.0;  // + 0.0: no "-0"
    ticks.push_back({value, tick_label(value)});
  }
  return ticks;
}

std::vector<Tick> log_ticks(double low, double high, int wanted) {
  if (high / low < 3) {
    return linear_ticks(low, high, wanted);
  }
  const double decades = std::log10(high / low);
  const auto every = static_cast<int>(std::ceil(decades / wanted));
  std::vector<Tick> ticks;
  const auto add = [&](double value) {
    if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
      ticks.push_back({value, ""});
    }
  };
  const auto last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  for (auto n = static_cast<int>(std::floor(std::log10(low))); n <= last; ++n) {
    if (n % every != 0) {
      continue;
    }
    const double power = std::pow(10.0, n);
    add(power);
    if (decades < 2) {
      add(2 * power);
      add(5 * power);
    }
  }
  const bool plain = std::all_of(ticks.begin(), ticks.end(),
                                 [](const Tick& tick) { return is_plain(tick.value); });
  for (Tick& tick : ticks) {
    tick.label = plain ? shortest(tick.value) : scientific_label(tick.value);
  }
  return ticks;
}

}  // namespace impasto
