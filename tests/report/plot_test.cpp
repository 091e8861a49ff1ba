// Loss curves: where the points lie, recomputed from the ticks as a reader of the figure would.
#include "report/plot.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "image/picture_files.hpp"
#include "report/svg_reader.hpp"
#include "report/ticks.hpp"

namespace impasto {
namespace {

/// content falls, style falls faster; the first content is 0, as from the content image.
NamedTrace falling(const std::string& name, int rows, double scale) {
  NamedTrace trace{name, {}};
  for (int n = 1; n <= rows; ++n) {
    TraceRow row;
    row.iteration = n;
    row.content = n == 1 ? 0 : scale * 40 / n;
    row.style = scale * 5000 / (static_cast<double>(n) * n);
    row.total = row.content + row.style;
    row.seconds = 0.25 * n;
    trace.rows.push_back(row);
  }
  return trace;
}

std::string svg_of(const std::vector<NamedTrace>& traces, const PlotOptions& options = {}) {
  TempFolder folder;
  save_plot(folder / "plot.svg", Plot(traces, options));
  return bytes_of(folder / "plot.svg");
}

std::vector<XmlElement> curves_named(const std::vector<XmlElement>& elements,
                                     const std::string& name) {
  std::vector<XmlElement> found;
  for (const XmlElement& element : elements) {
    const auto attribute = element.attributes.find("data-name");
    if (attribute != element.attributes.end() && attribute->second == name) {
      found.push_back(element);
    }
  }
  return found;
}

/// A scale as a reader takes it from two labelled ticks.
struct ReadScale {
  double place0 = 0;
  double value0 = 0;
  double place1 = 0;
  double value1 = 0;
  [[nodiscard]] double linear(double place) const {
    return value0 + (value1 - value0) * (place - place0) / (place1 - place0);
  }
  [[nodiscard]] double logarithmic(double place) const {
    return value0 * std::pow(value1 / value0, (place - place0) / (place1 - place0));
  }
};

/// The labels along the vertical axis end at it, the ones along the horizontal are centred; both
/// are numbers.
ReadScale read_scale(const std::vector<XmlElement>& elements, bool vertical) {
  std::vector<std::pair<double, double>> ticks;  // value, place
  for (const XmlElement& element : elements) {
    const auto anchor = element.attributes.find("text-anchor");
    char* end = nullptr;
    const double value = std::strtod(element.text.c_str(), &end);
    if (element.name != "text" || anchor == element.attributes.end() || *end != '\0' ||
        (anchor->second == "end") != vertical) {
      continue;
    }
    const double place = std::stod(element.attributes.at(vertical ? "y" : "x"));
    ticks.emplace_back(value, place);
  }
  EXPECT_GE(ticks.size(), 2U);
  std::sort(ticks.begin(), ticks.end());
  return {ticks.front().second, ticks.front().first, ticks.back().second, ticks.back().first};
}

TEST(Plot, CurvesReadBackToTheTrace) {
  const NamedTrace trace = falling("run", 60, 1);
  const std::vector<XmlElement> elements = xml_elements(svg_of({trace}));
  const ReadScale across = read_scale(elements, false);
  ReadScale up = read_scale(elements, true);
  // A label's baseline lies 0.35 of the font below its tick.
  up.place0 -= 0.35 * 13;
  up.place1 -= 0.35 * 13;
  const auto check = [&](const std::string& name, double TraceRow::*value, std::size_t skipped) {
    const std::vector<XmlElement> curves = curves_named(elements, "run " + name);
    ASSERT_EQ(curves.size(), 1U) << name;
    const std::vector<Point> points = points_of(curves[0]);
    ASSERT_EQ(points.size(), trace.rows.size() - skipped) << name;
    for (std::size_t n = 0; n < points.size(); ++n) {
      const TraceRow& row = trace.rows[n + skipped];
      EXPECT_NEAR(across.linear(points[n].x), static_cast<double>(row.iteration), 0.01);
      // Places are rounded to hundredths of a pixel.
      EXPECT_NEAR(up.logarithmic(points[n].y) / (row.*value), 1, 1e-3) << name << " " << n;
    }
  };
  check("total", &TraceRow::total, 0);
  check("content", &TraceRow::content, 1);  // 0 has no place on a logarithmic axis
  check("style", &TraceRow::style, 0);
}

TEST(Plot, AgainstSecondsTheAxisIsTime) {
  PlotOptions options;
  options.axis = PlotAxis::kSeconds;
  const NamedTrace trace = falling("run", 60, 1);
  const std::vector<XmlElement> elements = xml_elements(svg_of({trace}, options));
  const std::vector<Point> points = points_of(curves_named(elements, "run style").at(0));
  EXPECT_NEAR(read_scale(elements, false).linear(points.back().x), 15, 0.01);
}

TEST(Plot, SeveralTracesHaveAFieldPerLossAndAColourEach) {
  const std::vector<XmlElement> elements =
      xml_elements(svg_of({falling("one", 30, 1), falling("two", 20, 3)}));
  for (const std::string loss : {"total", "content", "style"}) {
    const auto one = curves_named(elements, "one " + loss);
    const auto two = curves_named(elements, "two " + loss);
    ASSERT_EQ(one.size(), 1U) << loss;
    ASSERT_EQ(two.size(), 1U) << loss;
    EXPECT_NE(one[0].attributes.at("stroke"), two[0].attributes.at("stroke"));
  }
  const auto title = [&](const std::string& text) {
    return std::count_if(elements.begin(), elements.end(),
                         [&](const XmlElement& element) { return element.text == text; });
  };
  EXPECT_EQ(title("content loss"), 1);
  EXPECT_EQ(title("one"), 1);
  EXPECT_EQ(title("two"), 1);
}

TEST(Plot, ALossThatIsNeverThereIsLeftOut) {
  NamedTrace trace = falling("run", 10, 1);
  for (TraceRow& row : trace.rows) {
    row.content = 0;
  }
  const std::vector<XmlElement> elements = xml_elements(svg_of({trace}));
  EXPECT_TRUE(curves_named(elements, "run content").empty());
  EXPECT_FALSE(curves_named(elements, "run style").empty());
  for (const XmlElement& element : elements) {
    EXPECT_NE(element.text, "content");
  }
}

TEST(Plot, EverythingLiesWithinTheFigure) {
  std::vector<NamedTrace> traces;
  for (int n = 0; n < 12; ++n) {
    traces.push_back(falling("a rather long name of trace number " + std::to_string(n), 5000,
                             std::pow(10.0, n - 3)));
  }
  for (const int width : {300, 900}) {
    PlotOptions options;
    options.width = width;
    const Plot plot(traces, options);
    for (const PlotPart& part : plot.parts()) {
      for (const PlotPart::Curve& curve : part.curves) {
        for (const std::vector<Point>& piece : curve.pieces) {
          EXPECT_LT(piece.size(), 4000U);  // thinned out
          for (const Point& point : piece) {
            EXPECT_GE(point.x, part.field.area.x - 0.01);
            EXPECT_LE(point.x, part.field.area.x + part.field.area.width + 0.01);
            EXPECT_GE(point.y, part.field.area.y - 0.01);
            EXPECT_LE(point.y, part.field.area.y + part.field.area.height + 0.01);
          }
        }
      }
    }
    for (const XmlElement& element : xml_elements(svg_of(traces, options))) {
      if (element.name == "text") {
        const double x = std::stod(element.attributes.at("x"));
        const double size = std::stod(element.attributes.at("font-size"));
        const auto anchor = element.attributes.find("text-anchor");
        const double wide = text_width(element.text, size);
        const double left = anchor == element.attributes.end() ? x
                            : anchor->second == "end"          ? x - wide
                                                               : x - wide / 2;
        EXPECT_GE(left, -0.5) << element.text;
        EXPECT_LE(left + wide, width + 0.5) << element.text;
      }
    }
  }
}

TEST(Plot, HostileNamesDoNotBreakTheDocument) {
  const std::string name = "<script>&\"'\x01]]>";
  const std::vector<XmlElement> elements = xml_elements(svg_of({falling(name, 5, 1)}));
  EXPECT_EQ(std::count_if(elements.begin(), elements.end(),
                          [](const XmlElement& element) { return element.name == "script"; }),
            0);
}

TEST(Plot, APictureHasTheSameCurves) {
  const NamedTrace trace = falling("run", 60, 1);
  const Plot plot({trace}, {});
  TempFolder folder;
  save_plot(folder / "plot.png", plot);
  const Image picture = load_image(folder / "plot.png");
  ASSERT_EQ(picture.width, plot.width());
  ASSERT_EQ(picture.height, plot.height());
  // Style's vermilion is where its curve is, and the paper is white.
  const auto plane = static_cast<std::size_t>(picture.pixels());
  const auto colour_at = [&](double x, double y, std::size_t channel) {
    const auto pixel =
        static_cast<std::size_t>(std::floor(y)) * static_cast<std::size_t>(picture.width) +
        static_cast<std::size_t>(std::floor(x));
    return picture.rgb[channel * plane + pixel];
  };
  const std::vector<Point>& style = plot.parts()[0].curves[2].pieces[0];
  for (std::size_t n = 5; n < style.size(); n += 10) {
    EXPECT_NEAR(colour_at(style[n].x, style[n].y, 0), 0.835, 0.15) << n;
    EXPECT_LT(colour_at(style[n].x, style[n].y, 2), 0.3) << n;
  }
  EXPECT_EQ(colour_at(1, 1, 0), 1);
}

TEST(Plot, OneRowIsADot) {
  NamedTrace trace = falling("run", 2, 1);
  trace.rows.erase(trace.rows.begin());
  EXPECT_EQ(points_of(curves_named(xml_elements(svg_of({trace})), "run total").at(0)).size(), 2U);
}

TEST(Plot, WithoutAnyLossAboveZeroIsAnError) {
  NamedTrace trace{"run", {TraceRow{}}};
  trace.rows[0].iteration = 1;
  EXPECT_THROW(Plot({trace}, {}), InputError);
  EXPECT_THROW(Plot({}, {}), UsageError);
}

LogFigure decades() {
  return {"title",
          "step",
          "what it is",
          {{"falls", {{1e-6, 1e-2}, {1e-4, 1e-4}, {1e-2, 1e-6}}},
           {"gap", {{1e-6, 1e-3}, {1e-4, 0}, {1e-2, 1e-3}}}}};
}

// On logarithmic axes a power law is a straight line, and equal ratios are equal distances.
TEST(LogPlot, PowerLawsAreStraightLines) {
  const Plot plot(decades());
  const std::vector<Point>& points = plot.parts().at(0).curves.at(0).pieces.at(0);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_NEAR(points[1].x - points[0].x, points[2].x - points[1].x, 1e-9);
  EXPECT_NEAR(points[1].y - points[0].y, points[2].y - points[1].y, 1e-9);
  const PlotField& field = plot.parts()[0].field;
  EXPECT_NEAR(points[0].x, field.area.x, 1e-9);
  EXPECT_NEAR(points[2].x, field.area.x + field.area.width, 1e-9);
}

TEST(LogPlot, IsLabelledAndLeavesOutWhatHasNoPlace) {
  TempFolder folder;
  save_plot(folder / "plot.svg", Plot(decades()));
  const std::vector<XmlElement> elements = xml_elements(bytes_of(folder / "plot.svg"));
  EXPECT_EQ(curves_named(elements, "falls").size(), 1U);
  EXPECT_EQ(curves_named(elements, "gap").size(), 2U);
  const auto says = [&](const std::string& text) {
    return std::any_of(elements.begin(), elements.end(),
                       [&](const XmlElement& element) { return element.text == text; });
  };
  for (const std::string text : {"title", "step", "falls", "gap", "what it is", "10\u207B\u2074"}) {
    EXPECT_TRUE(says(text)) << text;
  }
}

TEST(LogPlot, OfOneStepHasAWidth) {
  const Plot plot(LogFigure{"title", "step", "", {{"dot", {{1e-3, 1e-5}}}}});
  const Point dot = plot.parts().at(0).curves.at(0).pieces.at(0).at(0);
  EXPECT_TRUE(std::isfinite(dot.x) && std::isfinite(dot.y));
}

TEST(LogPlot, WithoutAnyValueAboveZeroIsAnError) {
  EXPECT_THROW(Plot(LogFigure{"title", "step", "", {{"zero", {{1e-3, 0}}}}}), InputError);
  EXPECT_THROW(Plot(LogFigure{}), InputError);
}

TEST(Ticks, AreRoundAndWithinTheirRange) {
  for (const auto& [low, high] :
       std::vector<std::pair<double, double>>{{0, 500}, {1, 7}, {0.3, 0.31}, {0, 99999}}) {
    const std::vector<Tick> ticks = linear_ticks(low, high, 6);
    EXPECT_GE(ticks.size(), 2U);
    EXPECT_LE(ticks.size(), 9U);
    for (const Tick& tick : ticks) {
      EXPECT_GE(tick.value, low - 1e-9);
      EXPECT_LE(tick.value, high + 1e-9);
      EXPECT_EQ(tick.label.find("-0"), std::string::npos);
    }
  }
}

TEST(Ticks, OfALogarithmAreReadBackToTheirValues) {
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{
           {1e-12, 1e9}, {0.5, 900}, {2.1, 2.6}, {30, 500}, {1e15, 3e16}}) {
    const std::vector<Tick> ticks = log_ticks(low, high, 6);
    EXPECT_GE(ticks.size(), 2U) << low;
    EXPECT_LE(ticks.size(), 9U) << low;
    for (const Tick& tick : ticks) {
      EXPECT_GE(tick.value, low * (1 - 1e-9));
      EXPECT_LE(tick.value, high * (1 + 1e-9));
      EXPECT_FALSE(tick.label.empty());
    }
  }
  EXPECT_EQ(tick_label(25000), "25000");
  EXPECT_EQ(tick_label(0.002), "0.002");
  EXPECT_EQ(tick_label(1e-7), "10\u207B\u2077");
  EXPECT_EQ(tick_label(5e12), "5\u00D710\u00B9\u00B2");
}

}  // namespace
}  // namespace impasto
