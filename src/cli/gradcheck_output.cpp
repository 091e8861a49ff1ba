#include "cli/gradcheck_output.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "presets/parse.hpp"

namespace impasto {
namespace {

constexpr int kNameWidth = 43;

/// Channel, row and column of an element.
struct Place {
  std::int64_t c = 0;
  std::int64_t y = 0;
  std::int64_t x = 0;
};

Place place_of(const Shape& shape, std::size_t index) {
  const auto n = static_cast<std::int64_t>(index);
  return {n / shape.positions(), n % shape.positions() / shape.width, n % shape.width};
}

/// "2,0,3", or "direction 5", counted from 0 and 1.
std::string place_text(const GradientCheck& check, std::size_t index) {
  if (check.directional) {
    return "direction " + std::to_string(index + 1);
  }
  const Place place = place_of(check.shape, index);
  return std::to_string(place.c) + "," + std::to_string(place.y) + "," + std::to_string(place.x);
}

const char* verdict(const GradientCheck& check) {
  return check.passed() ? "ok" : "FAILED";
}

bool has_device(const std::vector<GradientCheck>& checks) {
  return !checks.empty() && checks.front().backend_error.has_value();
}

/// Nothing where no device was checked.
std::string device_column(const GradientCheck& check) {
  char text[32] = "";
  if (check.backend_error) {
    std::snprintf(text, sizeof text, "%14.2e", *check.backend_error);
  }
  return text;
}

const char* device_heading(const std::vector<GradientCheck>& checks) {
  return has_device(checks) ? "  vs reference" : "";
}

nlohmann::json derivative_as_json(const GradientCheck& check, std::size_t n) {
  return {{"analytic", check.analytic[n]}, {"numeric", check.numeric[n]}};
}

nlohmann::json check_as_json(const GradientCheck& check) {
  nlohmann::json row{{"op", check.key},
                     {"operation", check.name},
                     {"input", to_string(check.shape)},
                     {"gradient_norm", check.gradient_norm},
                     {"step", check.steps[check.best].step},
                     {"numeric_error", check.numeric_error()},
                     {"numeric_tolerance", check.numeric_tolerance},
                     {"passed", check.passed()}};
  if (check.backend_error) {
    row["backend_error"] = *check.backend_error;
    row["backend_tolerance"] = check.backend_tolerance;
  }
  for (const StepError& step : check.steps) {
    row["steps"].push_back({{"step", step.step}, {"numeric_error", step.error}});
  }
  if (check.directional) {
    for (std::size_t n = 0; n < check.analytic.size(); ++n) {
      row["directions"].push_back(derivative_as_json(check, n));
    }
  } else {
    const Place place = place_of(check.shape, check.largest());
    row["element"] = derivative_as_json(check, check.largest());
    row["element"].update({{"c", place.c}, {"y", place.y}, {"x", place.x}});
  }
  return row;
}

/// Raises the curve to the check's errors where they are larger.
void raise(std::vector<Point>& points, const GradientCheck& check) {
  points.resize(check.steps.size());
  for (std::size_t n = 0; n < points.size(); ++n) {
    points[n] = {check.steps[n].step, std::max(points[n].y, check.steps[n].error)};
  }
}

}  // namespace

void print_checks(const std::vector<GradientCheck>& checks) {
  std::printf("%-*s %-11s %11s  %-12s %14s %14s %9s%s\n", kNameWidth, "operation", "input",
              "|gradient|", "largest at", "analytic", "numeric", "error", device_heading(checks));
  for (const GradientCheck& check : checks) {
    const std::size_t largest = check.largest();
    std::printf("%-*s %-11s %11.4g  %-12s %14.9g %14.9g %9.2e%s  %s\n", kNameWidth,
                check.name.c_str(), to_string(check.shape).c_str(), check.gradient_norm,
                place_text(check, largest).c_str(), check.analytic[largest], check.numeric[largest],
                check.numeric_error(), device_column(check).c_str(), verdict(check));
  }
}

void print_steps(const std::vector<GradientCheck>& checks) {
  std::printf("%-*s", kNameWidth, "error with step");
  for (const StepError& step : checks.front().steps) {
    std::printf(" %7s", print_number(step.step).c_str());
  }
  std::printf("%s\n", device_heading(checks));
  for (const GradientCheck& check : checks) {
    std::printf("%-*s", kNameWidth, check.name.c_str());
    for (std::size_t n = 0; n < check.steps.size(); ++n) {
      std::printf(" %6.0e%c", check.steps[n].error, n == check.best ? '*' : ' ');
    }
    std::printf("%s  %s\n", device_column(check).c_str(), verdict(check));
  }
}

std::string checks_as_json(const std::vector<GradientCheck>& checks, const std::string& mistake) {
  nlohmann::json rows = nlohmann::json::array();
  for (const GradientCheck& check : checks) {
    rows.push_back(check_as_json(check));
    if (!mistake.empty()) {
      rows.back()["break"] = mistake;
    }
  }
  return rows.dump(2);
}

LogFigure step_figure(const std::vector<GradientCheck>& checks) {
  LogFigure figure{"relative error of central differences against their step",
                   "step",
                   "Errors of central differences against their step",
                   {}};
  for (const GradientCheck& check : checks) {
    auto curve = std::find_if(figure.curves.begin(), figure.curves.end(),
                              [&](const NamedCurve& other) { return other.name == check.key; });
    if (curve == figure.curves.end()) {
      curve = figure.curves.insert(curve, {check.key, {}});
    }
    raise(curve->points, check);
  }
  return figure;
}

}  // namespace impasto
