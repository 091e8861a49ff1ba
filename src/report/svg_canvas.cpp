// Drawing as SVG elements.
#include <cmath>
#include <cstdio>

#include "report/canvas.hpp"

namespace impasto {
namespace {

/// Text and attribute values as XML wants them; control characters, which it does not allow, become
/// spaces.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char character : text) {
    switch (character) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(character) < 0x20 ? ' ' : character;
    }
  }
  return result;
}

/// Hundredths of a pixel are enough for every screen.
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  std::string result = text;
  result.erase(result.find_last_not_of('0') + 1);
  if (result.back() == '.') {
    result.pop_back();
  }
  return result == "-0" ? "0" : result;
}

std::string hex(const Colour& colour) {
  const auto byte = [](double value) { return static_cast<unsigned>(std::lround(255 * value)); };
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", byte(colour.red), byte(colour.green),
                byte(colour.blue));
  return text;
}

std::string attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + escaped(value) + "\"";
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
    text_ += "<rect" + attribute("x", number(area.x)) + attribute("y", number(area.y)) +
             attribute("width", number(area.width)) + attribute("height", number(area.height)) +
             attribute("fill", hex(colour)) + "/>\n";
  }

  void curve(const std::vector<Point>& points, const Stroke& stroke,
             const std::string& name) override {
    std::string list;
    for (const Point& point : points) {
      list += (list.empty() ? "" : " ") + number(point.x) + "," + number(point.y);
    }
    text_ += "<polyline" + (name.empty() ? "" : attribute("data-name", name)) +
             " fill=\"none\" stroke-linejoin=\"round\"" + attribute("stroke", hex(stroke.colour)) +
             attribute("stroke-width", number(stroke.width));
    if (stroke.dash != Dash::kSolid) {
      const double on = (stroke.dash == Dash::kDotted ? 1 : 4) * stroke.width;
      text_ += attribute("stroke-dasharray", number(on) + " " + number(2 * stroke.width));
    }
    text_ += attribute("points", list) + "/>\n";
  }

  void text(const Point& at, const std::string& text, const TextStyle& style) override {
    const std::string x = number(at.x);
    const std::string y = number(at.y);
    text_ += "<text" + attribute("x", x) + attribute("y", y) +
             attribute("font-size", number(style.size)) + attribute("fill", hex(style.colour));
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
