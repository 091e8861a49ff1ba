// Drawing into pixels, with cairo.
#include <cairo.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>

#include "impasto/error.hpp"
#include "report/canvas.hpp"

namespace impasto {
namespace {

constexpr const char* kFont = "DejaVu Sans";

struct Destroy {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};

using Surface = std::unique_ptr<cairo_surface_t, Destroy>;
using Context = std::unique_ptr<cairo_t, Destroy>;

/// Throws what went wrong in the library, if anything did.
void check(cairo_status_t status, const char* call) {
  if (status != CAIRO_STATUS_SUCCESS) {
    throw DeviceError(cairo_status_to_string(status), call, "make the figure smaller");
  }
}

void set_font(cairo_t* context, double size, bool bold) {
  // Hinted widths would make the same text wider here and narrower there.
  const std::unique_ptr<cairo_font_options_t, Destroy> options(cairo_font_options_create());
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_set_font_options(context, options.get());
  cairo_select_font_face(context, kFont, CAIRO_FONT_SLANT_NORMAL,
                         bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context, size);
}

double advance(cairo_t* context, const std::string& text) {
  cairo_text_extents_t extents{};
  cairo_text_extents(context, text.c_str(), &extents);
  return extents.x_advance;
}

class CairoCanvas final : public PictureCanvas {
 public:
  CairoCanvas(int width, int height)
      : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)),
        context_(cairo_create(surface_.get())) {
    check(cairo_surface_status(surface_.get()), "cairo_image_surface_create");
    check(cairo_status(context_.get()), "cairo_create");
    CairoCanvas::fill({0, 0, static_cast<double>(width), static_cast<double>(height)}, {1, 1, 1});
  }

  void fill(const Rectangle& area, const Colour& colour) override {
    set_colour(colour);
    cairo_rectangle(context_.get(), area.x, area.y, area.width, area.height);
    cairo_fill(context_.get());
  }

  void curve(const std::vector<Point>& points, const Stroke& stroke,
             const std::string& /*name*/) override {
    set_colour(stroke.colour);
    cairo_set_line_width(context_.get(), stroke.width);
    cairo_set_line_join(context_.get(), CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(context_.get(), CAIRO_LINE_CAP_BUTT);
    const double on = (stroke.dash == Dash::kDotted ? 1 : 4) * stroke.width;
    const std::array<double, 2> dashes{on, 2 * stroke.width};
    cairo_set_dash(context_.get(), dashes.data(), stroke.dash == Dash::kSolid ? 0 : 2, 0);
    cairo_new_path(context_.get());  // a text leaves its end behind
    for (const Point& point : points) {
      cairo_line_to(context_.get(), point.x, point.y);
    }
    cairo_stroke(context_.get());
  }

  void text(const Point& at, const std::string& text, const TextStyle& style) override {
    set_colour(style.colour);
    set_font(context_.get(), style.size, style.bold);
    const double width = advance(context_.get(), text);
    const double shift = style.anchor == Anchor::kStart ? 0
                         : style.anchor == Anchor::kEnd ? -width
                                                        : -width / 2;
    cairo_save(context_.get());
    cairo_translate(context_.get(), at.x, at.y);
    cairo_rotate(context_.get(), style.upwards ? -std::numbers::pi / 2 : 0);
    cairo_move_to(context_.get(), shift, 0);
    cairo_show_text(context_.get(), text.c_str());
    cairo_restore(context_.get());
  }

  [[nodiscard]] Image picture() const override {
    check(cairo_status(context_.get()), "cairo");
    cairo_surface_flush(surface_.get());
    Image image(cairo_image_surface_get_width(surface_.get()),
                cairo_image_surface_get_height(surface_.get()));
    const unsigned char* data = cairo_image_surface_get_data(surface_.get());
    const int stride = cairo_image_surface_get_stride(surface_.get());
    for (std::int64_t i = 0; i < image.height; ++i) {
      const auto* row = reinterpret_cast<const std::uint32_t*>(data + i * stride);
      for (std::int64_t j = 0; j < image.width; ++j) {
        for (std::int64_t c = 0; c < 3; ++c) {
          const std::uint32_t value = row[j] >> static_cast<unsigned>(16 - 8 * c) & 0xFFU;
          image.rgb[static_cast<std::size_t>((c * image.height + i) * image.width + j)] =
              static_cast<float>(value) / 255.0F;
        }
      }
    }
    return image;
  }

 private:
  void set_colour(const Colour& colour) {
    cairo_set_source_rgb(context_.get(), colour.red, colour.green, colour.blue);
  }

  Surface surface_;
  Context context_;
};

}  // namespace

std::unique_ptr<PictureCanvas> make_picture_canvas(int width, int height) {
  return std::make_unique<CairoCanvas>(width, height);
}

double text_width(const std::string& text, double size, bool bold) {
  // A context keeps an error for good, so each text has its own.
  static const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1));
  const Context context(cairo_create(surface.get()));
  set_font(context.get(), size, bold);
  const double width = advance(context.get(), text);
  check(cairo_status(context.get()), "cairo_text_extents");
  return width;
}

}  // namespace impasto
