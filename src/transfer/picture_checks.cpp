#include "transfer/picture_checks.hpp"

#include <algorithm>
#include <string>

#include "image/header.hpp"
#include "impasto/error.hpp"
#include "transfer/blank_pictures.hpp"
#include "transfer/sizes.hpp"

namespace impasto {
namespace {

/// Throws UsageError unless the picture may be resized to `size`.
void require_size(const PixelSize& size, const std::string& role, const Image& picture,
                  const std::string& remedy) {
  if (size.width > kPixelLimit / size.height) {
    throw UsageError("the " + role + " picture would be resized to " + std::to_string(size.width) +
                         " x " + std::to_string(size.height) + ", and a picture has " +
                         std::to_string(kPixelLimit >> 20U) + " megapixels at most",
                     picture.name, remedy);
  }
}

}  // namespace

void check_pictures(const Image& content, const std::vector<Image>& styles,
                    const TransferOptions& options) {
  if (content.pixels() <= 0) {
    throw UsageError("the content picture is empty", "transfer", "load a picture first");
  }
  if (styles.empty() ||
      std::any_of(styles.begin(), styles.end(), [](const Image& s) { return s.pixels() <= 0; })) {
    throw UsageError("there is no style picture", "transfer", "name at least one");
  }
  if (!options.style_weights.empty() && options.style_weights.size() != styles.size()) {
    throw UsageError(std::to_string(options.style_weights.size()) + " style weights for " +
                         std::to_string(styles.size()) + " style pictures",
                     "--style-weights", "give one weight per style picture");
  }
  const PixelSize output = scales_of(options, content).back().size;
  require_size(output, "content", content, "choose a smaller --size");
  for (const Image& style : styles) {
    require_size(style_size_of(options, style, output), "style", style,
                 "give its long side with --style-size, or choose a smaller --size");
  }
}

void warn_of_blank_pictures(const Image& content, const std::vector<Image>& styles,
                            TransferObserver& observer) {
  const auto look_at = [&](const Image& picture, const std::string& role) {
    if (const auto warning = blank_warning(picture, role)) {
      observer.on_warning(*warning);
    }
  };
  look_at(content, "content");
  for (const Image& style : styles) {
    look_at(style, "style");
  }
}

}  // namespace impasto
