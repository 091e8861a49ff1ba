#include "weights/vgg_in_tensors.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "impasto/error.hpp"
#include "weights/block_structure.hpp"
#include "weights/topology.hpp"
#include "weights/vgg_runs.hpp"

namespace impasto {

namespace {

constexpr const char* kRemedy =
    "the weights of a VGG are needed: 3 × 3 convolutions with biases, the first of three channels, "
    "without batch normalisation";

constexpr std::size_t kListed = 8;

/// "block4", "conv2d" of "block4.bn1", "conv2d.0": what the first component looks like.
std::string first_pattern(const std::string& name) {
  return take_apart(name.substr(0, name.find('.'))).pattern;
}

bool is_statistic_of_batches(const std::string& name) {
  return name.ends_with("running_mean") || name.find("moving_mean") != std::string::npos ||
         name.find("batch_norm") != std::string::npos;
}

/// Whether the tensor normalises something within the run, rather than in another network beside.
bool normalises(const std::string& tensor, const VggRun& run) {
  if (!is_statistic_of_batches(tensor)) {
    return false;
  }
  if (run.key != ".") {
    return lies_within(tensor, run.key);
  }
  const bool top_level = std::count(tensor.begin(), tensor.end(), '.') <= 1;
  return top_level || std::any_of(run.layers.begin(), run.layers.end(), [&](const auto& layer) {
           return first_pattern(layer.name.text) == first_pattern(tensor);
         });
}

/// A weight per channel among the layers of the run: group or instance normalisation, which keep no
/// statistics, or a learnt activation.
bool scales_channels(const NamedTensor& tensor, const VggRun& run) {
  constexpr std::string_view kEnding = ".weight";
  if (tensor.shape.size() != 1 || !tensor.name.ends_with(kEnding)) {
    return false;
  }
  const auto layer = take_apart(tensor.name.substr(0, tensor.name.size() - kEnding.size()));
  return std::any_of(run.layers.begin(), run.layers.end(),
                     [&](const auto& known) { return known.name.pattern == layer.pattern; });
}

void refuse_other_layers(const TensorList& list, const VggRun& run, const std::string& where) {
  for (const NamedTensor& tensor : list.tensors) {
    if (normalises(tensor.name, run)) {
      throw InputError(
          "the network has batch normalisation, as torchvision's vgg19_bn has: it holds " +
              tensor.name,
          where, kRemedy);
    }
  }
  for (const NamedTensor& tensor : list.tensors) {
    if (scales_channels(tensor, run)) {
      throw InputError("the network has layers that a VGG has not: it holds " + tensor.name, where,
                       kRemedy);
    }
  }
}

/// "model.features (13 convolutions, 3 to 512 channels)".
std::string describe(const VggRun& run) {
  return run.key + " (" + std::to_string(run.layers.size()) + " convolutions, 3 to " +
         std::to_string(run.layers.back().outputs) + " channels)";
}

std::string describe(const std::vector<VggRun>& runs) {
  std::string text;
  for (std::size_t i = 0; i < runs.size() && i < kListed; ++i) {
    text += (i == 0 ? "" : ", ") + describe(runs[i]);
  }
  return text + (runs.size() > kListed ? ", …" : "");
}

bool same_values(const NamedTensor& a, const NamedTensor& b) {
  if (a.shape != b.shape) {
    return false;
  }
  const auto first = a.load();
  const auto second = b.load();
  return first.size() == second.size() &&
         std::memcmp(first.data(), second.data(), first.size() * sizeof(float)) == 0;
}

/// Whether `part` is the beginning of `whole`, value for value.
bool repeats(const VggRun& part, const VggRun& whole) {
  if (part.layers.size() > whole.layers.size()) {
    return false;
  }
  for (std::size_t i = 0; i < part.layers.size(); ++i) {
    if (!same_values(*part.layers[i].weight, *whole.layers[i].weight) ||
        !same_values(*part.layers[i].bias, *whole.layers[i].bias)) {
      return false;
    }
  }
  return true;
}

void drop_repetitions(std::vector<VggRun>& runs) {
  std::vector<VggRun> different;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    bool repeated = false;
    for (std::size_t other = 0; other < runs.size() && !repeated; ++other) {
      const bool longer = runs[other].layers.size() > runs[i].layers.size();
      const bool earlier = runs[other].layers.size() == runs[i].layers.size() && other < i;
      repeated = (longer || earlier) && repeats(runs[i], runs[other]);
    }
    if (!repeated) {
      different.push_back(runs[i]);
    }
  }
  runs = std::move(different);
}

/// Those that the key names exactly, or else those that lie within it.
std::vector<VggRun> chosen(const std::vector<VggRun>& runs, const std::string& key,
                           const std::string& where) {
  std::vector<VggRun> exact;
  std::vector<VggRun> within;
  for (const VggRun& run : runs) {
    if (run.key == key) {
      exact.push_back(run);
    }
    if (key != "." && lies_within(run.key, key)) {
      within.push_back(run);
    }
  }
  if (exact.empty() && within.empty()) {
    throw InputError("it holds no VGG under the key " + key, where,
                     "it holds " + describe(runs) + "; name one of them with --key");
  }
  return exact.empty() ? within : exact;
}

[[noreturn]] void refuse_without_run(const TensorList& list, const VggRuns& found,
                                     const std::string& where) {
  if (list.tensors.empty()) {
    throw InputError("it holds no tensors", where, kRemedy);
  }
  for (const NamedTensor& tensor : list.tensors) {
    if (is_statistic_of_batches(tensor.name)) {
      throw InputError(
          "the network has batch normalisation (it holds " + tensor.name + ") and is no plain VGG",
          where, kRemedy);
    }
  }
  const std::string reason = found.nearest.empty()
                                 ? "none of its " + std::to_string(list.tensors.size()) +
                                       " tensors, as " + list.tensors.front().name + ", begins one"
                                 : found.nearest;
  throw InputError("it holds no VGG: " + reason, where, kRemedy);
}

VggRun the_one_run(const TensorList& list, const std::string& key, const std::string& where) {
  VggRuns found = find_runs(list);
  if (found.runs.empty()) {
    refuse_without_run(list, found, where);
  }
  if (!key.empty()) {
    found.runs = chosen(found.runs, key, where);
  }
  if (found.runs.size() > 1) {
    drop_repetitions(found.runs);
  }
  if (found.runs.size() > 1) {
    throw InputError(
        "it holds several networks: " + describe(found.runs), where,
        "take one of them with impasto convert and --key, as in --key " + found.runs.front().key);
  }
  return std::move(found.runs.front());
}

/// Height × width × in × out to out × in × height × width.
std::vector<float> to_oihw(const std::vector<float>& kernel, std::int64_t inputs,
                           std::int64_t outputs) {
  std::vector<float> weight(kernel.size());
  auto* to = weight.data();
  for (std::int64_t output = 0; output < outputs; ++output) {
    for (std::int64_t input = 0; input < inputs; ++input) {
      for (std::int64_t position = 0; position < 9; ++position) {
        *to++ = kernel[static_cast<std::size_t>((position * inputs + input) * outputs + output)];
      }
    }
  }
  return weight;
}

/// Each 3 × 3 kernel turned by 180°: what a convolution and a cross-correlation differ by.
void turn(std::vector<float>& weight) {
  for (auto kernel = weight.begin(); weight.end() - kernel >= 9; kernel += 9) {
    std::reverse(kernel, kernel + 9);
  }
}

void load(ConvolutionWeights& convolution, const ConvolutionTensors& layer, bool turned) {
  convolution.weight = layer.weight->load();
  if (layer.kernel_leads) {
    convolution.weight = to_oihw(convolution.weight, layer.inputs, layer.outputs);
  }
  if (turned) {
    turn(convolution.weight);
  }
  convolution.bias = layer.bias->load();
}

}  // namespace

bool kernels_lead(const std::vector<NamedTensor>& tensors) {
  std::ptrdiff_t excess = 0;
  for (const NamedTensor& tensor : tensors) {
    if (tensor.shape.size() == 4) {
      excess += tensor.shape[0] == 3 && tensor.shape[1] == 3 ? 1 : 0;
      excess -= tensor.shape[2] == 3 && tensor.shape[3] == 3 ? 1 : 0;
    }
  }
  return excess > 0;
}

VggInTensors find_vgg(const TensorList& list, const std::string& key, const std::string& where) {
  const VggRun run = the_one_run(list, key, where);
  refuse_other_layers(list, run, where);
  VggInTensors vgg;
  vgg.key = run.key;
  std::vector<LayerName> names;
  for (const ConvolutionTensors& layer : run.layers) {
    vgg.convolutions.push_back({1, 1, layer.outputs, layer.inputs, {}, {}});
    names.push_back(layer.name);
  }
  const std::string how = assign_blocks(vgg.convolutions, names);
  check_layout(vgg.convolutions, where);
  for (std::size_t i = 0; i < run.layers.size(); ++i) {
    load(vgg.convolutions[i], run.layers[i], list.turned);
  }
  vgg.notes.push_back("layers " + names.front().text + " to " + names.back().text);
  vgg.notes.push_back("blocks of " + depths_text(vgg.convolutions) + " convolutions, " + how);
  return vgg;
}

}  // namespace impasto
