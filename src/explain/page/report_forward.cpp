// The walk forward: what each layer makes of the picture.
#include <algorithm>
#include <set>
#include <string>

#include "explain/page/parts.hpp"
#include "explain/page/report_sections.hpp"
#include "report/colour_maps.hpp"

namespace impasto {
namespace {

/// Smaller maps are exact, pixel by pixel; in larger ones no one sees what JPEG leaves out.
constexpr std::int64_t kExactSide = 32;

std::string channel_map(const Station& station, const ChannelMap& channel) {
  const bool is_signed = station.kind == LayerKind::kConvolution;
  ColourScale scale;
  scale.map = is_signed ? ColourMap::kSigned : ColourMap::kSequential;
  scale.largest = largest_magnitude(channel.map.values);
  const bool exact = std::max(channel.map.width, channel.map.height) <= kExactSide;
  const std::string alt = "Channel " + std::to_string(channel.channel) + " of " + station.tap;
  const std::string image =
      picture(grid_picture(channel.map, scale), exact ? PictureFormat::kPng : PictureFormat::kJpeg,
              alt, {{"class", "crisp"}});
  return labelled(
      image, whole(channel.channel) + ": " + (is_signed ? "±" : "") + number(scale.largest, 3));
}

std::string statistics(const ActivationStatistics& values) {
  return "mean " + number(values.mean) + ", deviation " + number(values.deviation) + ", from " +
         number(values.least) + " to " + number(values.largest) + ", " + percent(values.zeros) +
         " exactly 0";
}

/// The first layer of each kind says by its formula what the others do too.
std::string station_figure(const Station& station, Pooling pooling, bool first_of_kind) {
  std::string maps;
  for (const ChannelMap& channel : station.strongest) {
    maps += channel_map(station, channel);
  }
  const LayerText text = text_of(station.kind, pooling);
  return figure("forward-" + station.tap, "wide strip", maps,
                {element("strong", tap_name(station.tap)) + ": " +
                     whole(static_cast<std::int64_t>(station.strongest.size())) + " of " +
                     whole(station.shape.channels) + " channels, strongest first; " +
                     statistics(station.activations) + ".",
                 first_of_kind ? text.formula : "",
                 {text.code, {"Network::forward_step", "src/network/network.cpp"}}});
}

}  // namespace

std::string forward_section(const Explanation& explanation) {
  std::string content = paragraph(
      "What the layers say of the last evaluation’s picture. Of each layer the channels with the "
      "largest Σ *y*² are shown, with the channel’s number and the largest magnitude in its map, "
      "which is where its colours end. A convolution’s output has both signs: <span "
      "class=\"negative\">blue</span> is negative, <span class=\"positive\">red</span> positive, "
      "nearly white 0. After ReLU and pooling nothing is negative: dark is 0, yellow the largest.");
  std::set<LayerKind> seen;
  for (const Station& station : explanation.stations) {
    const bool first = seen.insert(station.kind).second;
    content += station_figure(station, explanation.options.pooling, first);
  }
  return section("forward", "Forward: what the layers see", content);
}

}  // namespace impasto
