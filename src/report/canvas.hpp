// What figures are drawn on. One drawing code makes both a PNG's pixels and an SVG's elements.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "impasto/image.hpp"

namespace impasto {

/// sRGB, each in [0, 1].
struct Colour {
  double red = 0;
  double green = 0;
  double blue = 0;
};

/// In pixels from the top left corner.
struct Point {
  double x = 0;
  double y = 0;
};

struct Rectangle {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

/// Where a text's anchor point lies on its baseline.
enum class Anchor { kStart, kMiddle, kEnd };

enum class Dash { kSolid, kDashed, kDotted };

struct Stroke {
  Colour colour;
  double width = 1;
  Dash dash = Dash::kSolid;
};

struct TextStyle {
  double size = 12;  ///< of the font, pixels
  Colour colour;
  Anchor anchor = Anchor::kStart;
  bool bold = false;
  bool upwards = false;  ///< turned by 90°, to be read from below
};

class Canvas {
 public:
  Canvas() = default;
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;
  Canvas(Canvas&&) = delete;
  Canvas& operator=(Canvas&&) = delete;
  virtual ~Canvas() = default;

  virtual void fill(const Rectangle& area, const Colour& colour) = 0;
  /// The curve through the points; `name` says in an SVG whose it is.
  virtual void curve(const std::vector<Point>& points, const Stroke& stroke,
                     const std::string& name) = 0;
  /// One line of UTF-8 text whose baseline goes through `at`.
  virtual void text(const Point& at, const std::string& text, const TextStyle& style) = 0;
};

/// Pixels.
class PictureCanvas : public Canvas {
 public:
  /// What was drawn, opaque.
  [[nodiscard]] virtual Image picture() const = 0;
};

/// Elements.
class SvgCanvas : public Canvas {
 public:
  /// A whole SVG document of what was drawn.
  [[nodiscard]] virtual std::string document() const = 0;
};

/// A white picture to draw on. Throws DeviceError when there is not enough memory.
std::unique_ptr<PictureCanvas> make_picture_canvas(int width, int height);

/// A white document to draw on; `title` is what screen readers say.
std::unique_ptr<SvgCanvas> make_svg_canvas(int width, int height, const std::string& title);

/// The width of one line of text in the figures' font, pixels.
double text_width(const std::string& text, double size, bool bold = false);

}  // namespace impasto
