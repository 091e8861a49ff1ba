#include <algorithm>
#include <filesystem>
#include <memory>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"
#include "report/plot.hpp"

namespace impasto {
namespace {

bool is_svg(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  });
  return extension == ".svg";
}

}  // namespace

void save_plot(const std::string& path, const Plot& plot) {
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
  const std::string extension = std::filesystem::path(path).extension().string();
  try {
    check_writable(path);
  } catch (const UsageError&) {
    throw UsageError("'" + extension + "' is no kind of figure", path,
                     "name a .svg, .png or .jpg file");
  }
}

}  // namespace impasto
