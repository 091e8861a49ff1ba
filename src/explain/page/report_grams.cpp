// The style: Gram matrices beside their targets.
#include <algorithm>

#include "explain/page/formulas.hpp"
#include "explain/page/parts.hpp"
#include "explain/page/report_sections.hpp"
#include "report/colour_maps.hpp"

namespace impasto {
namespace {

/// One scale for A and every G of a layer, so that their colours can be compared.
ColourScale scale_of_grams(const GramView& view) {
  ColourScale scale;
  scale.root = true;
  scale.largest = 0;
  const auto include = [&](const Grid& grid) {
    scale.largest = std::max(scale.largest, largest_magnitude(grid.values));
    const bool negative =
        std::any_of(grid.values.begin(), grid.values.end(), [](float value) { return value < 0; });
    scale.map = negative ? ColourMap::kSigned : scale.map;
  };
  include(view.target);
  for (const GramAt& at : view.at) {
    include(at.gram);
  }
  return scale;
}

ColourScale scale_of_differences(const GramView& view) {
  ColourScale scale{ColourMap::kSigned, 0, true};
  for (const GramAt& at : view.at) {
    scale.largest = std::max(scale.largest, largest_magnitude(at.difference.values));
  }
  return scale;
}

std::string heat_map(const Grid& grid, const ColourScale& scale, const std::string& alt,
                     const std::string& label) {
  return labelled(
      picture(grid_picture(grid, scale), PictureFormat::kPng, alt, {{"class", "crisp heat"}}),
      label);
}

std::string scale_bar(const ColourScale& scale, const std::string& what) {
  const bool is_signed = scale.map == ColourMap::kSigned;
  const std::string least = is_signed ? number(-scale.largest, 3) : "0";
  return element("div", {{"class", "scale"}},
                 what + ": " + least + " " +
                     picture(scale_picture(scale), PictureFormat::kPng, "Colour scale of " + what) +
                     " " + number(scale.largest, 3));
}

std::string shown_channels(const GramView& view) {
  const auto shown = static_cast<std::int64_t>(view.shown.size());
  return shown == view.channels ? "all " + whole(view.channels) + " channels"
                                : whole(shown) + " of " + whole(view.channels) +
                                      " channels, those whose target is largest on the diagonal";
}

std::string gram_formulas(const TransferOptions& options) {
  return gram_formula(options.gram, options.style_loss) +
         " with *F* of *N* × *M* (channels × positions); " + style_formula(options.style_loss);
}

std::string layer_figure(const GramView& view, const std::string& formula) {
  const ColourScale scale = scale_of_grams(view);
  const ColourScale difference_scale = scale_of_differences(view);
  std::string maps =
      heat_map(view.target, scale, "Target Gram matrix A at " + view.tap, "target *A*");
  for (const GramAt& at : view.at) {
    const std::string when = " at " + at_evaluation(at.iteration);
    const std::string gram =
        heat_map(at.gram, scale, "Gram matrix G at " + view.tap + when, "*G*" + when);
    const std::string difference =
        heat_map(at.difference, difference_scale, "Difference G − A at " + view.tap + when,
                 "*G* − *A*, loss " + number(at.loss));
    maps += element("div", gram + difference);
  }
  maps += element("div", {{"class", "scales"}},
                  scale_bar(scale, "A and G") + scale_bar(difference_scale, "G − A"));
  return figure("grams-" + view.tap, "wide grams", maps,
                {element("strong", tap_name(view.tap)) + ": " + shown_channels(view) +
                     ". One scale for *A* and every *G*, another for the differences; colours go "
                     "by √|value|. The loss is weighted, as it enters the total.",
                 formula,
                 {{"gram", "src/backend/reference/loss_operations.hpp"},
                  {"Gram::compare", "src/losses/gram_style.cpp"}}});
}

}  // namespace

std::string grams_section(const Explanation& explanation) {
  if (explanation.grams.empty()) {
    return section("grams", "The style as Gram matrices",
                   paragraph("This run has no style term, so there are no Gram matrices."));
  }
  std::string content = paragraph(
      "Row *a*, column *b* of a Gram matrix says how strongly channels *a* and *b* answer at the "
      "same places. Where they do is summed away: that is why it describes a style and not a "
      "picture. The style loss pulls the picture’s *G* to the painting’s *A*, and the differences "
      "fade.");
  for (const GramView& view : explanation.grams) {
    const bool first = &view == &explanation.grams.front();
    content += layer_figure(view, first ? gram_formulas(explanation.options) : "");
  }
  return section("grams", "The style as Gram matrices", content);
}

}  // namespace impasto
