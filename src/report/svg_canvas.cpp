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
    attributes_ = {{"xmlns", "http://www.w3.org/2000/svg"},
                   {"width", w},
                   {"height", h},
                   {"viewBox", "0 0 " + w + " " + h},
                   {"role", "img"},
                   {"font-family", "DejaVu Sans, Verdana, sans-serif"}};
    text_ = "\n" + element("title", escaped(title)) + "\n";
    ElementCanvas::fill({0, 0, static_cast<double>(width), static_cast<double>(height)}, {1, 1, 1});
  }

  void fill(const Rectangle& area, const Colour& colour) override {
    text_ += empty_element("rect", {{"x", hundredths(area.x)},
                                    {"y", hundredths(area.y)},
                                    {"width", hundredths(area.width)},
                                    {"height", hundredths(area.height)},
                                    {"fill", hex(colour)}}) +
             "\n";
  }

  void curve(const std::vector<Point>& points, const Stroke& stroke,
             const std::string& name) override {
    std::string list;
    for (const Point& point : points) {
      list += (list.empty() ? "" : " ") + hundredths(point.x) + "," + hundredths(point.y);
    }
    Attributes attributes{{"fill", "none"},
                          {"stroke-linejoin", "round"},
                          {"stroke", hex(stroke.colour)},
                          {"stroke-width", hundredths(stroke.width)}};
    if (!name.empty()) {
      attributes.insert(attributes.begin(), {"data-name", name});
    }
    if (stroke.dash != Dash::kSolid) {
      const double on = (stroke.dash == Dash::kDotted ? 1 : 4) * stroke.width;
      attributes.emplace_back("stroke-dasharray",
                              hundredths(on) + " " + hundredths(2 * stroke.width));
    }
    attributes.emplace_back("points", list);
    text_ += empty_element("polyline", attributes) + "\n";
  }

  void text(const Point& at, const std::string& text, const TextStyle& style) override {
    const std::string x = hundredths(at.x);
    const std::string y = hundredths(at.y);
    Attributes attributes{
        {"x", x}, {"y", y}, {"font-size", hundredths(style.size)}, {"fill", hex(style.colour)}};
    if (style.anchor != Anchor::kStart) {
      attributes.emplace_back("text-anchor", style.anchor == Anchor::kEnd ? "end" : "middle");
    }
    if (style.bold) {
      attributes.emplace_back("font-weight", "bold");
    }
    if (style.upwards) {
      attributes.emplace_back("transform", "rotate(-90 " + x + " " + y + ")");
    }
    text_ += element("text", attributes, escaped(text)) + "\n";
  }

  [[nodiscard]] std::string document() const override {
    return element("svg", attributes_, text_) + "\n";
  }

 private:
  Attributes attributes_;
  std::string text_;
};

}  // namespace

std::unique_ptr<SvgCanvas> make_svg_canvas(int width, int height, const std::string& title) {
  return std::make_unique<ElementCanvas>(width, height, title);
}

}  // namespace impasto
