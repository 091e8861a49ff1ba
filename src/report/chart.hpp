// Small charts as inline SVG. Their colours are the page's, light or dark: the style sheet gives
// them by class.
#pragma once

#include <string>
#include <vector>

#include "report/canvas.hpp"

namespace impasto {

/// A curve in the data's own units; `css_class` is its colour and dash in the style sheet.
struct Curve {
  std::string name;
  std::string css_class;
  std::vector<Point> points;
};

struct Chart {
  std::string title;  ///< what screen readers say
  std::string x_label;
  std::string y_label = {};
  std::vector<Curve> curves;
  bool logarithmic = false;  ///< y; points of 0 and below have no place then
  bool marker = false;       ///< a vertical line that the script moves
  int height = 260;
};

/// Curves over a common x axis.
std::string line_chart(const Chart& chart);

/// Curves down a list of names, one line of the chart each, over a logarithmic x axis: a point's y
/// is its line, counted from 0 at the top.
std::string list_chart(const Chart& chart, const std::vector<std::string>& lines);

/// A bar from 0 to `value` within [least, largest], as part of a table's cell.
std::string bar(double value, double least, double largest);

/// The curves' names beside their colours. Nothing to see in a chart of one curve.
std::string legend(const std::vector<Curve>& curves);

}  // namespace impasto
