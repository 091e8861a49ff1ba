#include "cli/weights_line.hpp"

#include "network/topology.hpp"

namespace impasto {

std::string weights_line(const NetworkWeights& weights, const std::string& source) {
  std::string line = "weights: " + source;
  if (!weights.source_sha256.empty()) {
    line += ", " + weights.topology + " to " + tap_names(weights).back() + ", " +
            family_name(weights.family);
  }
  for (const std::string& note : weights.notes) {
    line += "; " + note;
  }
  return line;
}

std::string family_name(WeightFamily family) {
  return family == WeightFamily::kCaffe ? "caffe" : "torchvision";
}

}  // namespace impasto
