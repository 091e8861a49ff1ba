#include "explain/summary.hpp"

#include <array>
#include <cstdio>

namespace impasto {
namespace {

/// printf into a string.
template <typename... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 256> line{};
  (void)std::snprintf(line.data(), line.size(), pattern, values...);
  return line.data();
}

std::string losses_at(const Station& station) {
  const std::string content = station.content_tap ? " content" : "";
  return content + (station.style_tap ? " style" : "");
}

std::string station_table(const Explanation& explanation) {
  std::string text =
      format("%-10s %-16s %5s %9s %10s %6s", "station", "shape", "sees", "MFLOP", "mean", "zeros");
  for (const std::int64_t stop : explanation.stops) {
    text += format(" %12s", ("|dL| at " + std::to_string(stop)).c_str());
  }
  text += "  losses\n";
  text +=
      format("%-10s %-16s %5d %9s %10s %6s", "pixels",
             to_string(Shape{3, explanation.gradient.height, explanation.gradient.width}).c_str(),
             1, "", "", "");
  for (const double norm : explanation.pixel_norm) {
    text += format(" %12.4g", norm);
  }
  text += '\n';
  for (const Station& station : explanation.stations) {
    text += format("%-10s %-16s %5d %9.1f %10.4g %5.1f%%", station.tap.c_str(),
                   to_string(station.shape).c_str(), static_cast<int>(station.receptive_field),
                   station.mflop, station.activations.mean, 100 * station.activations.zeros);
    for (const StationGradient& gradient : station.gradients) {
      text += format(" %12.4g", gradient.leaving);
    }
    text += (losses_at(station).empty() ? "" : " " + losses_at(station)) + "\n";
  }
  return text;
}

std::string share_table(const Explanation& explanation) {
  std::string text =
      "\nwhat each loss contributes to the pixel gradient: value and length in evaluation " +
      std::to_string(explanation.stops[explanation.compared]) +
      ", its share of the whole over the run\n";
  text += format("%-24s %12s %12s", "loss", "value", "|gradient|");
  for (const std::int64_t stop : explanation.stops) {
    text += format(" %12s", ("share at " + std::to_string(stop)).c_str());
  }
  text += '\n';
  for (const LossShare& share : explanation.shares) {
    const ShareAt& compared = share.at[explanation.compared];
    text += format("%-24s %12.5g %12.4g", share.name.c_str(), compared.value, compared.norm);
    for (const ShareAt& at : share.at) {
      text += format(" %11.1f%%", 100 * at.share);
    }
    text += '\n';
  }
  return text;
}

std::string pixel_table(const Explanation& explanation) {
  std::string text =
      "\nthe gradient of single pixels: the sum through conv1_1 and total variation, ";
  text += "the backend's, a finite difference of the whole loss\n";
  text += format("%-12s %-7s %14s %14s %14s\n", "pixel (x,y)", "channel", "sum", "backend",
                 "difference");
  for (const WorkedPixel& pixel : explanation.pixels) {
    for (std::size_t c = 0; c < 3; ++c) {
      const WorkedChannel& channel = pixel.channels[c];
      text += format("%-12s %-7c %14.6e %14.6e %14.6e\n",
                     (std::to_string(pixel.x) + "," + std::to_string(pixel.y)).c_str(), "RGB"[c],
                     channel.sum + channel.tv, channel.backend, channel.numeric);
    }
  }
  return text;
}

}  // namespace

std::string explanation_summary(const Explanation& explanation) {
  return station_table(explanation) + share_table(explanation) + pixel_table(explanation);
}

}  // namespace impasto
