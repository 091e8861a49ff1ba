#include "cli/weights_line.hpp"

#include "core/files.hpp"
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

bool is_built_in_memory(const std::string& weights) {
  const std::string name = weights.substr(0, weights.find(':'));
  return name == "oriented" || name == "random" || weights == "none";
}

std::string absolute_weights(const std::string& weights) {
  return is_built_in_memory(weights) ? weights : absolute_path(weights);
}

std::string family_name(WeightFamily family) {
  return family == WeightFamily::kCaffe ? "caffe" : "torchvision";
}

}  // namespace impasto
