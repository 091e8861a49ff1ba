// The network as it was run: a table of its layers.
#include "explain/page/parts.hpp"
#include "explain/page/report_sections.hpp"

namespace impasto {
namespace {

std::string losses_at(const Station& station) {
  if (station.content_tap && station.style_tap) {
    return "content, style";
  }
  return station.content_tap ? "content" : station.style_tap ? "style" : "–";
}

Row row_of(const Station& station, Pooling pooling) {
  return {tap_name(station.tap),
          text_of(station.kind, pooling).name,
          whole(station.shape.channels) + " × " + whole(station.shape.height) + " × " +
              whole(station.shape.width),
          whole(station.receptive_field),
          whole(station.stride),
          number(station.mflop),
          number(static_cast<double>(station.bytes) / 1024),
          losses_at(station)};
}

}  // namespace

std::string network_section(const Explanation& explanation) {
  double mflop = 0;
  for (const Station& station : explanation.stations) {
    mflop += station.mflop;
  }
  const auto row = [&](const Station& station) {
    return row_of(station, explanation.options.pooling);
  };
  return section(
      "network", "The network as it was run",
      paragraph("The walk stops at the deepest layer that a loss looks at; what lies behind it is "
                "never computed. One walk forward takes " +
                number(mflop) + " million operations, and backward to the pixels about as many.") +
          table_figure(
              "network-layers", "The layers",
              {{"layer", "what", "output *N* × height × width", "sees", "stride", "MFLOP", "KiB",
                "losses"},
               rows_of(explanation.stations, row)},
              {"Every layer from the pixels down. <em>Sees</em> is the receptive field: how many "
               "pixels on a side bear on one position; <em>stride</em> is how many pixels lie "
               "between neighbouring positions. MFLOP are those of the direct algorithm, "
               "multiplications and additions counted apart.",
               "field ← field + 2 · stride at a convolution; field ← field + stride, then stride ← "
               "2 · stride at a pooling. A convolution from *C* to *N* channels takes 2 · 9 · *C* "
               "· *N* · height · width operations.",
               {{"layers_as_run", "src/explain/layers_as_run.cpp"},
                {"make_plan", "src/network/plan.cpp"}}}));
}

}  // namespace impasto
