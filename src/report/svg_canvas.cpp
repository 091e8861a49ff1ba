// Drawing as SVG elements.
#include <cmath>
#include <cstdio>

#include "report/canvas.hpp"
#include "report/markup.hpp"

namespace impasto {
namespace {

std::string hex(const Colour& colour) {
  const auto byte = [](double value) { return static_cast<unsigned>(std::lround(255 * value)); };
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", byte(colour.red), byte(colour.green),
                byte(colour.blue));
  return text;
}

class ElementCanvas final : public SvgCanvas {
 public:
  ElementCanvas(int width, int height, const std::string& title) {
    const std::string w = std::to_string(width);
    const std::string h = std::to_string(height);
    text_ = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", w) +
            attribute("height", h) + attribute("viewBox", "0 0 " + w + " " + h) +
            " role=\"img\" font-family=\"DejaVu Sans, Verdana, sans-serif\">\n<title>" +
            escaped(title) + "</title>\n";
    ElementCanvas::fill({0, 0, static_cast<double>(width), static_cast<double>(height)}, {1, 1, 1});
  }

  void fill(const Rectangle& area, const Colour& colour) override {
    text_ += "<rect" + attribute("x", hundredths(area.x)) + attribute("y", hundredths(area.y)) +
             attribute("width", hundredths(area.width)) +
             attribute("height", hundredths(area.height)) + attribute("fill", hex(colour)) + "/>\n";
  }

  void curve(const std::vector<Point>& points, const Stroke& stroke,
             const std::string& name) override {
    std::string list;
    for (const Point& point : points) {
      list += (list.empty() ? "" : " ") + hundredths(point.x) + "," + hundredths(point.y);
    }
    text_ += "<polyline" + (name.empty() ? "" : attribute("data-name", name)) +
             " fill=\"none\" stroke-linejoin=\"round\"" + attribute("stroke", hex(stroke.colour)) +
             attribute("stroke-width", hundredths(stroke.width));
    if (stroke.dash != Dash::kSolid) {
      const double on = (stroke.dash == Dash::kDotted ? 1 : 4) * stroke.width;
      text_ += attribute("stroke-dasharray", hundredths(on) + " " + hundredths(2 * stroke.width));
    }
    text_ += attribute("points", list) + "/>\n";
  }

  void text(const Point& at, const std::string& text, const TextStyle& style) override {
    const std::string x = hundredths(at.x);
    const std::string y = hundredths(at.y);
    text_ += "<text" + attribute("x", x) + attribute("y", y) +
             attribute("font-size", hundredths(style.size)) + attribute("fill", hex(style.colour));
    if (style.anchor != Anchor::kStart) {
      text_ += attribute("text-anchor", style.anchor == Anchor::kEnd ? "end" : "middle");
    }
    if (style.bold) {
      text_ += " font-weight=\"bold\"";
    }
    if (style.upwards) {
      text_ += attribute("transform", "rotate(-90 " + x + " " + y + ")");
    }
    text_ += ">" + escaped(text) + "</text>\n";
  }

  [[nodiscard]] std::string document() const override { return text_ + "</svg>\n"; }

 private:
  std::string text_;
};

}  // namespace

std::unique_ptr<SvgCanvas> make_svg_canvas(int width, int height, const std::string& title) {
  return std::make_unique<ElementCanvas>(width, height, title);
}

}  // namespace impasto
