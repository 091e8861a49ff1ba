// Loss curves of one or several runs, and other curves on logarithmic axes.
#pragma once

#include <string>
#include <vector>

#include "impasto/transfer.hpp"
#include "report/axis.hpp"
#include "report/canvas.hpp"

namespace impasto {

struct NamedTrace {
  std::string name;
  std::vector<TraceRow> rows;
};

/// What stands along the horizontal axis.
enum class PlotAxis { kIterations, kSeconds };

struct PlotOptions {
  int width = 900;  ///< pixels
  int height = 0;   ///< 0: what suits the width
  PlotAxis axis = PlotAxis::kIterations;
};

/// One curve of a LogFigure: values, not places.
struct NamedCurve {
  std::string name;
  std::vector<Point> points;
};

/// Curves in one field whose axes are both logarithmic.
struct LogFigure {
  std::string title;
  std::string x_label;
  std::string description;  ///< what an SVG says of itself
  std::vector<NamedCurve> curves;
};

/// Where a plot's curves lie in its canvas; y is logarithmic.
struct PlotField {
  Rectangle area;
  Axis x;
  Axis y;
};

/// One field with its curves: total, content and style of one run, or one loss of several runs.
struct PlotPart {
  std::string title;
  PlotField field;
  struct Curve {
    std::string name;
    Stroke stroke;
    std::vector<std::vector<Point>> pieces;  ///< a loss of 0 has no place on a logarithmic axis
  };
  std::vector<Curve> curves;
};

/// Everything of a figure of curves, ready to be drawn. One trace: its losses in one field.
/// Several: a field for each loss, side by side, in which every trace has its colour. A loss that
/// is 0 throughout is left out.
class Plot {
 public:
  /// Throws UsageError when there is no trace, InputError when no loss is above 0.
  Plot(const std::vector<NamedTrace>& traces, const PlotOptions& options);
  /// Throws InputError when no value is above 0.
  explicit Plot(const LogFigure& figure);

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] const std::string& description() const { return description_; }
  [[nodiscard]] const std::vector<PlotPart>& parts() const { return parts_; }
  void draw(Canvas& canvas) const;

 private:
  struct LegendEntry {
    std::string name;
    Stroke stroke;
  };
  void lay_out();
  void fill(const std::vector<NamedTrace>& traces, PlotAxis axis);
  [[nodiscard]] double legend_height() const;
  void draw_legend(Canvas& canvas) const;

  std::string x_label_;
  std::string description_;
  int width_;
  int height_;
  std::vector<PlotPart> parts_;
  std::vector<LegendEntry> legend_;
};

/// The figure as FIG.svg or FIG.png, by its extension. Throws UsageError for another, a
/// photograph's, InputError when it cannot be written.
void save_plot(const std::string& path, const Plot& plot);

/// Throws what save_plot would throw for this path.
void check_plot_writable(const std::string& path);

}  // namespace impasto
