#include "report/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "impasto/error.hpp"
#include "report/labels.hpp"

namespace impasto {
namespace {

constexpr Colour kInk{0.15, 0.15, 0.17};
constexpr Colour kGrid{0.88, 0.88, 0.9};
constexpr Colour kAxis{0.45, 0.45, 0.48};
constexpr double kFontSize = 13;
constexpr double kGap = 10;
constexpr double kLineWidth = 1.8;
constexpr double kSampleWidth = 30;  // of a line in the legend
constexpr double kTotalHeight = 440;
constexpr double kPartHeight = 330;

/// Okabe & Ito 2008: told apart with every kind of colour vision. Their yellow is too light for
/// white paper.
constexpr std::array<Colour, 7> kColours{{{0, 0.447, 0.698},
                                          {0.835, 0.369, 0},
                                          {0, 0.62, 0.451},
                                          {0.8, 0.475, 0.655},
                                          {0.902, 0.624, 0},
                                          {0.337, 0.706, 0.914},
                                          {0.2, 0.2, 0.2}}};
constexpr std::array<Dash, 3> kDashes{Dash::kSolid, Dash::kDashed, Dash::kDotted};

struct Loss {
  const char* name;
  double TraceRow::*value;
  Stroke stroke;  ///< where it shares a field with the others
};

/// The total is broad and pale, so that the part it mostly consists of is seen on it.
constexpr std::array<Loss, 3> kLosses{
    {{"total", &TraceRow::total, {{0.72, 0.72, 0.74}, 5, Dash::kSolid}},
     {"content", &TraceRow::content, {kColours[0], kLineWidth, Dash::kSolid}},
     {"style", &TraceRow::style, {kColours[1], kLineWidth, Dash::kSolid}}}};

Stroke stroke_number(std::size_t n) {
  return {kColours[n % kColours.size()], kLineWidth, kDashes[n / kColours.size() % kDashes.size()]};
}

bool is_shown(const std::vector<NamedTrace>& traces, const Loss& loss) {
  return std::any_of(traces.begin(), traces.end(), [&](const NamedTrace& trace) {
    return std::any_of(trace.rows.begin(), trace.rows.end(),
                       [&](const TraceRow& row) { return row.*loss.value > 0; });
  });
}

/// The loss over the course of the trace, in values.
std::vector<Point> points_of(const NamedTrace& trace, const Loss& loss, PlotAxis axis) {
  std::vector<Point> points;
  points.reserve(trace.rows.size());
  for (const TraceRow& row : trace.rows) {
    points.push_back({axis == PlotAxis::kSeconds ? row.seconds : static_cast<double>(row.iteration),
                      row.*loss.value});
  }
  return points;
}

/// Widens the field's axes so that the curve fits in.
void include(PlotField& field, const std::vector<Point>& points) {
  for (const Point& point : points) {
    field.y.include(point.y);
    field.x.include(point.x);
  }
}

PlotField empty_field(bool x_logarithmic) {
  PlotField field;
  field.x.logarithmic = x_logarithmic;
  field.y.logarithmic = true;
  return field;
}

/// Room above and below, and a linear axis that starts at 0 when it starts near it.
void round_off(PlotField& field) {
  if (field.x.logarithmic) {
    field.x.high = field.x.high <= field.x.low ? 10 * field.x.low : field.x.high;
  } else if (field.x.low <= 0.05 * field.x.high || field.x.low >= field.x.high) {
    field.x.low = 0;
  }
  if (field.x.high <= field.x.low) {
    field.x.high = field.x.low + 1;
  }
  const double room = std::max(1.04, std::pow(field.y.high / field.y.low, 0.04));
  field.y.low /= room;
  field.y.high *= room;
}

/// Of the points that share half a pixel's column only the first, lowest, highest and last.
std::vector<Point> thinned(const std::vector<Point>& points) {
  std::vector<Point> kept;
  for (std::size_t begin = 0; begin < points.size();) {
    std::size_t end = begin;
    const double column = std::floor(2 * points[begin].x);
    while (end < points.size() && std::floor(2 * points[end].x) == column) {
      ++end;
    }
    const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = points.begin() + static_cast<std::ptrdiff_t>(end);
    const auto by_height = [](const Point& a, const Point& b) { return a.y < b.y; };
    const auto [low, high] = std::minmax_element(first, last, by_height);
    for (auto point = first; point != last; ++point) {
      if (point == first || point == last - 1 || point == low || point == high) {
        kept.push_back(*point);
      }
    }
    begin = end;
  }
  return kept;
}

PlotPart::Curve curve_of(const std::string& name, const Stroke& stroke,
                         const std::vector<Point>& points, const PlotField& field) {
  PlotPart::Curve curve{name, stroke, {}};
  for (const std::vector<Point>& piece : placed(points, field.x, field.y)) {
    curve.pieces.push_back(thinned(piece));
  }
  return curve;
}

double widest_label(const PlotField& field, double height) {
  double widest = 0;
  for (const Tick& tick : field.y.ticks(static_cast<int>(height / 45))) {
    widest = std::max(widest, text_width(tick.label, kFontSize));
  }
  return widest;
}

void draw_axes(Canvas& canvas, const PlotField& field, const std::string& x_label) {
  const Rectangle& area = field.area;
  const double bottom = area.y + area.height;
  for (const Tick& tick : field.y.ticks(static_cast<int>(area.height / 45))) {
    const double y = field.y.place(tick.value);
    canvas.curve({{area.x, y}, {area.x + area.width, y}}, {kGrid, 1, Dash::kSolid}, "");
    canvas.text({area.x - 6, y + 0.35 * kFontSize}, tick.label,
                {.size = kFontSize, .colour = kInk, .anchor = Anchor::kEnd});
  }
  for (const Tick& tick : field.x.ticks(static_cast<int>(area.width / 50))) {
    const double x = field.x.place(tick.value);
    canvas.curve({{x, bottom}, {x, bottom + 4}}, {kAxis, 1, Dash::kSolid}, "");
    canvas.text({x, bottom + 6 + kFontSize}, tick.label,
                {.size = kFontSize, .colour = kInk, .anchor = Anchor::kMiddle});
  }
  canvas.curve({{area.x, bottom}, {area.x + area.width, bottom}}, {kAxis, 1, Dash::kSolid}, "");
  canvas.text({area.x + area.width / 2, bottom + 12 + 2 * kFontSize}, x_label,
              {.size = kFontSize, .colour = kInk, .anchor = Anchor::kMiddle});
}

}  // namespace

Plot::Plot(const std::vector<NamedTrace>& traces, const PlotOptions& options)
    : x_label_(options.axis == PlotAxis::kSeconds ? "seconds" : "evaluations"),
      description_("Losses over the course of a style transfer"),
      width_(options.width),
      height_(options.height) {
  if (traces.empty()) {
    throw UsageError("there is no trace to plot", "plot", "name at least one");
  }
  const bool one = traces.size() == 1;
  for (const Loss& loss : kLosses) {
    if (!is_shown(traces, loss)) {
      continue;
    }
    if (parts_.empty() || !one) {
      parts_.push_back({one ? traces.front().name + ": losses" : std::string(loss.name) + " loss",
                        empty_field(false),
                        {}});
    }
    for (const NamedTrace& trace : traces) {
      include(parts_.back().field, points_of(trace, loss, options.axis));
    }
    if (one) {
      legend_.push_back({loss.name, loss.stroke});
    }
  }
  if (parts_.empty()) {
    throw InputError("no loss is above zero", traces.front().name,
                     "a logarithmic axis needs losses above zero");
  }
  for (std::size_t n = 0; !one && n < traces.size(); ++n) {
    legend_.push_back({traces[n].name, stroke_number(n)});
  }
  for (PlotPart& part : parts_) {
    round_off(part.field);
  }
  lay_out();
  fill(traces, options.axis);
}

Plot::Plot(const LogFigure& figure)
    : x_label_(figure.x_label),
      description_(figure.description),
      width_(PlotOptions{}.width),
      height_(PlotOptions{}.height) {
  PlotField field = empty_field(true);
  for (std::size_t n = 0; n < figure.curves.size(); ++n) {
    include(field, figure.curves[n].points);
    legend_.push_back({figure.curves[n].name, stroke_number(n)});
  }
  if (!(field.y.high > 0)) {
    throw InputError("no value is above zero", figure.title,
                     "a logarithmic axis needs such values");
  }
  round_off(field);
  parts_.push_back({figure.title, field, {}});
  lay_out();
  for (std::size_t n = 0; n < figure.curves.size(); ++n) {
    parts_[0].curves.push_back(curve_of(figure.curves[n].name, stroke_number(n),
                                        figure.curves[n].points, parts_[0].field));
  }
}

double Plot::legend_height() const {
  double x = kGap;
  double rows = 1;
  for (const LegendEntry& entry : legend_) {
    const double wide = kSampleWidth + 6 + text_width(entry.name, kFontSize) + 2 * kGap;
    if (x > kGap && x + wide > width_) {
      x = kGap;
      ++rows;
    }
    x += wide;
  }
  return rows * 1.6 * kFontSize;
}

void Plot::lay_out() {
  for (LegendEntry& entry : legend_) {
    entry.name = wrap(entry.name, kFontSize, 0.4 * width_, 1).front();
  }
  const double top = kGap + legend_height() + 2 * kFontSize + kGap;
  const double foot = 2 * kFontSize + 12 + kGap + 4;
  if (height_ == 0) {
    height_ = static_cast<int>(
        std::ceil(top + foot + (parts_.size() == 1 ? kTotalHeight : kPartHeight) - 3 * kFontSize));
  }
  const double area_height = std::max(60.0, height_ - top - foot);
  const double part_width = (width_ - kGap) / static_cast<double>(parts_.size());
  for (std::size_t n = 0; n < parts_.size(); ++n) {
    PlotField& field = parts_[n].field;
    const double left = widest_label(field, area_height) + 6 + kGap;
    const double right = kGap / 2 + text_width(tick_label(field.x.high), kFontSize) / 2;
    field.area = {static_cast<double>(n) * part_width + left, top, part_width - left - right,
                  area_height};
    field.x.from = field.area.x;
    field.x.to = field.area.x + field.area.width;
    field.y.from = top + area_height;
    field.y.to = top;
  }
}

void Plot::fill(const std::vector<NamedTrace>& traces, PlotAxis axis) {
  std::size_t part = 0;
  for (const Loss& loss : kLosses) {
    if (!is_shown(traces, loss)) {
      continue;
    }
    for (std::size_t n = 0; n < traces.size(); ++n) {
      parts_[part].curves.push_back(curve_of(traces[n].name + " " + loss.name,
                                             traces.size() == 1 ? loss.stroke : stroke_number(n),
                                             points_of(traces[n], loss, axis), parts_[part].field));
    }
    part += traces.size() == 1 ? 0 : 1;
  }
}

void Plot::draw_legend(Canvas& canvas) const {
  double x = kGap;
  double baseline = kGap + 1.2 * kFontSize;
  for (const LegendEntry& entry : legend_) {
    const double wide = kSampleWidth + 6 + text_width(entry.name, kFontSize) + 2 * kGap;
    if (x > kGap && x + wide > width_) {
      x = kGap;
      baseline += 1.6 * kFontSize;
    }
    const double y = baseline - 0.35 * kFontSize;
    canvas.curve({{x, y}, {x + kSampleWidth, y}}, entry.stroke, "");
    canvas.text({x + kSampleWidth + 6, baseline}, entry.name, {.size = kFontSize, .colour = kInk});
    x += wide;
  }
}

void Plot::draw(Canvas& canvas) const {
  draw_legend(canvas);
  for (const PlotPart& part : parts_) {
    const Rectangle& area = part.field.area;
    const std::string title = wrap(part.title, kFontSize, area.width, 1, true).front();
    canvas.text({area.x, area.y - 0.7 * kFontSize}, title,
                {.size = kFontSize, .colour = kInk, .bold = true});
    draw_axes(canvas, part.field, x_label_);
    for (const PlotPart::Curve& curve : part.curves) {
      for (std::vector<Point> piece : curve.pieces) {
        if (piece.size() == 1) {  // a lone point shows as a dot
          piece = {{piece[0].x - 1, piece[0].y}, {piece[0].x + 1, piece[0].y}};
        }
        canvas.curve(piece, curve.stroke, curve.name);
      }
    }
  }
}

}  // namespace impasto
