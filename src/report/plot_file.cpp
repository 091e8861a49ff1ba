#include <algorithm>
#include <filesystem>
#include <memory>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"
#include "report/plot.hpp"

namespace impasto {
namespace {

/// In letters of either case.
bool has_extension(const std::string& path, const std::string& wanted) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  });
  return extension == wanted;
}

bool is_svg(const std::string& path) {
  return has_extension(path, ".svg");
}

}  // namespace

void save_plot(const std::string& path, const Plot& plot) {
  check_plot_writable(path);
  if (is_svg(path)) {
    const std::unique_ptr<SvgCanvas> canvas =
        make_svg_canvas(plot.width(), plot.height(), plot.description());
    plot.draw(*canvas);
    write_file(path, canvas->document());
    return;
  }
  const std::unique_ptr<PictureCanvas> canvas = make_picture_canvas(plot.width(), plot.height());
  plot.draw(*canvas);
  save_image(path, canvas->picture());
}

void check_plot_writable(const std::string& path) {
  if (is_svg(path)) {
    require_writable(path);
    return;
  }
  if (!has_extension(path, ".png")) {
    throw UsageError("a figure of curves is an .svg or a .png", path,
                     "let its name end so, as in losses.svg");
  }
  require_writable(path);
}

}  // namespace impasto
