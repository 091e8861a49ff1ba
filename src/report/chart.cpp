#include "report/chart.hpp"

#include <algorithm>
#include <cmath>

#include "report/axis.hpp"
#include "report/markup.hpp"

namespace impasto {
namespace {

constexpr double kWidth = 520;
constexpr double kLeft = 78;  // room for labels that are enlarged on a phone
constexpr double kRight = 14;
constexpr double kTop = 14;
constexpr double kBottom = 52;
constexpr double kLineHeight = 22;  // of a list

/// An axis that holds every value of the curves, with a little room beyond its ends.
Axis axis_over(const std::vector<Curve>& curves, double Point::*coordinate, bool logarithmic,
               double room) {
  Axis axis;
  axis.logarithmic = logarithmic;
  for (const Curve& curve : curves) {
    for (const Point& point : curve.points) {
      axis.include(point.*coordinate);
    }
  }
  if (!(axis.low <= axis.high)) {
    axis.low = axis.high = 1;
  }
  if (logarithmic) {
    const double factor = axis.low < axis.high ? std::pow(axis.high / axis.low, room) : 2;
    axis.low /= factor;
    axis.high *= factor;
  } else {
    const double margin = axis.low < axis.high ? room * (axis.high - axis.low)
                                               : std::max(std::abs(axis.low), 1.0) / 2;
    axis.low -= margin;
    axis.high += margin;
  }
  return axis;
}

std::string line(const std::string& css_class, double x1, double y1, double x2, double y2) {
  return empty_element("line", {{"class", css_class},
                                {"x1", hundredths(x1)},
                                {"y1", hundredths(y1)},
                                {"x2", hundredths(x2)},
                                {"y2", hundredths(y2)}});
}

std::string label(double x, double y, const std::string& anchor, const std::string& text,
                  const std::string& css_class = "tick") {
  return element(
      "text",
      {{"class", css_class}, {"x", hundredths(x)}, {"y", hundredths(y)}, {"text-anchor", anchor}},
      escaped(text));
}

/// Ticks below the drawing with lines up through it.
std::string x_axis(const Axis& x, double top, double bottom, const std::string& name) {
  std::string text;
  for (const Tick& tick : x.ticks(5)) {
    const double at = x.place(tick.value);
    text += line("grid", at, top, at, bottom) + label(at, bottom + 19, "middle", tick.label);
  }
  return text + label((x.from + x.to) / 2, bottom + 42, "middle", name, "axis");
}

std::string y_axis(const Axis& y, double left, double right, const std::string& name) {
  std::string text;
  for (const Tick& tick : y.ticks(4)) {
    const double at = y.place(tick.value);
    text += line("grid", left, at, right, at) + label(left - 7, at + 5, "end", tick.label);
  }
  // The label lies flat above the axis, where a reader need not turn the head.
  return text + label(left, y.to - 4, "start", name, "axis");
}

std::string drawn(const Curve& curve, const Axis& x, const Axis& y, bool dots) {
  std::string text;
  for (const std::vector<Point>& piece : placed(curve.points, x, y)) {
    std::string points;
    for (const Point& point : piece) {
      const std::string at_x = hundredths(point.x);
      const std::string at_y = hundredths(point.y);
      points.append(points.empty() ? "" : " ").append(at_x).append(",").append(at_y);
      if (dots || curve.points.size() == 1) {
        text += empty_element("circle", {{"cx", at_x}, {"cy", at_y}, {"r", "3"}});
      }
    }
    text += empty_element("polyline", {{"points", points}});
  }
  return element("g", {{"class", "curve " + curve.css_class}, {"data-name", curve.name}}, text);
}

std::string svg(double height, const std::string& title, const Attributes& more,
                const std::string& content) {
  Attributes attributes{{"viewBox", "0 0 " + hundredths(kWidth) + " " + hundredths(height)},
                        {"role", "img"},
                        {"aria-label", title},
                        {"class", "chart"}};
  attributes.insert(attributes.end(), more.begin(), more.end());
  return element("svg", attributes, content) + "\n";
}

}  // namespace

std::string line_chart(const Chart& chart) {
  const double height = chart.height;
  const double top = kTop + 16;
  Axis x = axis_over(chart.curves, &Point::x, false, 0);
  x.from = kLeft;
  x.to = kWidth - kRight;
  Axis y = axis_over(chart.curves, &Point::y, chart.logarithmic, 0.05);
  y.from = height - kBottom;
  y.to = top;
  std::string content =
      x_axis(x, top, y.from, chart.x_label) + y_axis(y, kLeft, kWidth - kRight, chart.y_label);
  for (const Curve& curve : chart.curves) {
    content += drawn(curve, x, y, false);
  }
  if (!chart.marker) {
    return svg(height, chart.title, {}, content);
  }
  content += line("marker", x.from, top, x.from, y.from);
  // What the script needs to place the marker.
  return svg(height, chart.title,
             {{"data-low", hundredths(x.low)},
              {"data-high", hundredths(x.high)},
              {"data-from", hundredths(x.from)},
              {"data-to", hundredths(x.to)}},
             content);
}

std::string list_chart(const Chart& chart, const std::vector<std::string>& lines) {
  const double bottom = kTop + kLineHeight * static_cast<double>(lines.size());
  Axis x = axis_over(chart.curves, &Point::x, true, 0.03);
  x.from = kLeft;
  x.to = kWidth - kRight;
  const Axis y{false, -0.5, static_cast<double>(lines.size()) - 0.5, kTop, bottom};
  std::string content = x_axis(x, kTop, bottom, chart.x_label);
  for (std::size_t n = 0; n < lines.size(); ++n) {
    content += label(kLeft - 7, y.place(static_cast<double>(n)) + 5, "end", lines[n]);
  }
  for (const Curve& curve : chart.curves) {
    content += drawn(curve, x, y, true);
  }
  return svg(bottom + kBottom, chart.title, {}, content);
}

std::string bar(double value, double least, double largest) {
  const double low = std::min(0.0, least);
  const double high = std::max(0.0, largest);
  if (!std::isfinite(value) || !(low < high)) {
    return "";
  }
  const auto place = [&](double at) { return 100 * (at - low) / (high - low); };
  const double from = std::min(place(0), place(value));
  const double width = std::abs(place(value) - place(0));
  const std::string content = empty_element("rect", {{"class", value < 0 ? "against" : "along"},
                                                     {"x", hundredths(from)},
                                                     {"y", "1"},
                                                     {"width", hundredths(width)},
                                                     {"height", "8"}}) +
                              line("zero", place(0), 0, place(0), 10);
  return element("svg",
                 {{"viewBox", "0 0 100 10"},
                  {"preserveAspectRatio", "none"},
                  {"class", "bar"},
                  {"aria-hidden", "true"}},
                 content);
}

std::string legend(const std::vector<Curve>& curves) {
  std::string items;
  for (const Curve& curve : curves) {
    const std::string swatch =
        element("svg", {{"viewBox", "0 0 24 8"}, {"aria-hidden", "true"}},
                element("g", {{"class", "curve " + curve.css_class}},
                        empty_element("polyline", {{"points", "0,4 24,4"}})));
    items += element("li", swatch + escaped(curve.name));
  }
  return element("ul", {{"class", "legend"}}, items) + "\n";
}

}  // namespace impasto
