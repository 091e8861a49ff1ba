#include "weights/vgg_runs.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "weights/topology.hpp"

namespace impasto {

namespace {

using Layers = std::vector<ConvolutionTensors>;

/// Whole networks are looked for under every path; a file with more layers than this has only its
/// lists looked at.
constexpr std::size_t kMaxLayersUnderPaths = 1024;
constexpr std::size_t kMaxPathDepth = 16;

/// What optimisers keep for every parameter, of the same shape and in the same order.
bool belongs_to_optimiser(std::string_view name) {
  constexpr std::array<std::string_view, 7> kStates{
      "exp_avg",    "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer",
      "square_avg", "grad_avg",   "acc_delta"};
  const auto last = name.substr(name.rfind('.') + 1);
  const bool state = std::find(kStates.begin(), kStates.end(), last) != kStates.end();
  return state || name.starts_with("optim") || name.find(".optim") != std::string_view::npos;
}

/// Numbers for the channels of a picture or feature map, 1 × C × 1 × 1: a mean or a deviation that
/// a network keeps beside its layers.
bool is_per_channel(const NamedTensor& tensor) {
  const auto& shape = tensor.shape;
  return shape[0] == 1 && shape[2] == 1 && shape[3] == 1;
}

class Finder {
 public:
  explicit Finder(const TensorList& list) : list_(list), lead_(kernels_lead(list.tensors)) {
    for (const NamedTensor& tensor : list.tensors) {
      by_name_.emplace(tensor.name, &tensor);
    }
  }

  [[nodiscard]] Layers convolutions() const {
    Layers layers;
    for (std::size_t i = 0; i < list_.tensors.size(); ++i) {
      const NamedTensor& tensor = list_.tensors[i];
      if (tensor.shape.size() == 4 && !is_per_channel(tensor) &&
          !belongs_to_optimiser(tensor.name)) {
        layers.push_back(convolution_at(i));
      }
    }
    return layers;
  }

 private:
  [[nodiscard]] ConvolutionTensors convolution_at(std::size_t position) const {
    const NamedTensor& weight = list_.tensors[position];
    const auto& shape = weight.shape;
    ConvolutionTensors layer;
    layer.weight = &weight;
    layer.position = position;
    layer.kernel_leads = lead_;
    layer.outputs = lead_ ? shape[3] : shape[0];
    layer.inputs = lead_ ? shape[2] : shape[1];
    const std::int64_t height = lead_ ? shape[0] : shape[2];
    const std::int64_t width = lead_ ? shape[1] : shape[3];
    layer.side = height == width ? height : 0;
    find_bias(layer);
    return layer;
  }

  void find_bias(ConvolutionTensors& layer) const {
    const auto names = bias_names(layer.weight->name);
    layer.name = take_apart(names.empty() ? layer.weight->name : names.front().layer);
    for (const BiasName& name : names) {
      const auto found = by_name_.find(name.name);
      if (found != by_name_.end() && fits(*found->second, layer)) {
        layer.bias = found->second;
        layer.name = take_apart(name.layer);
        return;
      }
    }
    // A list [weight, bias, weight, bias, …] names nothing: the bias comes next.
    const std::size_t next = layer.position + 1;
    const std::string& last = layer.weight->name;
    const bool nameless =
        !last.empty() && std::isdigit(static_cast<unsigned char>(last.back())) != 0;
    if (nameless && next < list_.tensors.size() && fits(list_.tensors[next], layer)) {
      layer.bias = &list_.tensors[next];
      layer.name = take_apart(layer.weight->name);
    }
  }

  static bool fits(const NamedTensor& bias, const ConvolutionTensors& layer) {
    return bias.shape == std::vector{layer.outputs};
  }

  const TensorList& list_;
  bool lead_;
  std::unordered_map<std::string, const NamedTensor*> by_name_;
};

std::string shape_text(const NamedTensor& tensor) {
  std::string text;
  for (const std::int64_t size : tensor.shape) {
    text += (text.empty() ? "" : " × ") + std::to_string(size);
  }
  return text;
}

/// Why the layers are no run; "" when they are one.
std::string flaw(const Layers& layers) {
  std::int64_t channels = 3;
  for (const ConvolutionTensors& layer : layers) {
    if (layer.side != 3) {
      return layer.weight->name + " is " + shape_text(*layer.weight) + " and so no 3 × 3 kernel";
    }
    if (layer.bias == nullptr) {
      return layer.name.text + " misses its bias of " + std::to_string(layer.outputs) + " values";
    }
    if (layer.inputs != channels) {
      return layer.weight->name + " takes " + std::to_string(layer.inputs) + " channels where " +
             std::to_string(channels) + " arrive";
    }
    channels = layer.outputs;
  }
  // What ends in a picture again is a decoder or a filter, and what begins and ends at once tells
  // nothing.
  return layers.empty() || channels <= 3
             ? "the layers lead back to " + std::to_string(channels) + " channels"
             : "";
}

bool before_in_file(const ConvolutionTensors& a, const ConvolutionTensors& b) {
  return a.position < b.position;
}

bool before_by_number(const ConvolutionTensors& a, const ConvolutionTensors& b) {
  return a.name.numbers < b.name.numbers;
}

/// Fully convolutional classifiers follow their VGG in one list, with other kernels: they are left.
void drop_classifier(Layers& layers) {
  while (layers.size() > 1 && layers.back().side != 3) {
    layers.pop_back();
  }
}

std::vector<std::string> names_of(const Layers& layers) {
  std::vector<std::string> names;
  for (const ConvolutionTensors& layer : layers) {
    names.push_back(layer.name.text);
  }
  return names;
}

/// The paths that a layer lies under, the layer itself not: "", "a", "a.b" for "a.b.0".
std::vector<std::string> paths_of(const std::string& name) {
  std::vector<std::string> paths{""};
  for (std::size_t dot = name.find('.'); dot != std::string::npos && paths.size() < kMaxPathDepth;
       dot = name.find('.', dot + 1)) {
    paths.push_back(name.substr(0, dot));
  }
  return paths;
}

bool never_narrows(const Layers& layers) {
  return std::adjacent_find(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
           return b.outputs < a.outputs;
         }) == layers.end();
}

bool contains(const VggRun& outer, const VggRun& inner) {
  return std::all_of(inner.layers.begin(), inner.layers.end(), [&](const auto& layer) {
    return std::any_of(outer.layers.begin(), outer.layers.end(),
                       [&](const auto& other) { return other.weight == layer.weight; });
  });
}

class Runs {
 public:
  /// Layers whose names differ in numbers only, by number.
  void add_lists(const Layers& layers) {
    std::map<std::string, Layers> lists;
    for (const ConvolutionTensors& layer : layers) {
      lists[layer.name.pattern].push_back(layer);
    }
    for (auto& [pattern, list] : lists) {
      std::stable_sort(list.begin(), list.end(), before_by_number);
      drop_classifier(list);
      const std::string wrong = flaw(list);
      if (wrong.empty()) {
        add(std::move(list));
      } else if (list.front().inputs == 3 && list.size() > best_) {
        best_ = list.size();
        found_.nearest = wrong;
      }
    }
  }

  /// Layers under one path: by number where their names are alike, as in models.0 and models.1, and
  /// otherwise as they follow in the file. Widths that never shrink tell a VGG of various names
  /// from an encoder with its decoder.
  void add_paths(const Layers& layers, bool in_order) {
    if (layers.size() > kMaxLayersUnderPaths) {
      return;
    }
    std::map<std::string, Layers> under;
    for (const ConvolutionTensors& layer : layers) {
      for (const std::string& path : paths_of(layer.name.text)) {
        under[path].push_back(layer);
      }
    }
    for (auto& entry : under) {
      Layers& list = entry.second;
      const bool alike = std::all_of(list.begin(), list.end(), [&](const auto& layer) {
        return layer.name.pattern == list.front().name.pattern;
      });
      if (alike) {
        std::stable_sort(list.begin(), list.end(), before_by_number);
      }
      drop_classifier(list);
      if ((alike || (in_order && never_narrows(list))) && flaw(list).empty()) {
        add(std::move(list));
      }
    }
  }

  VggRuns take() {
    drop_parts();
    return std::move(found_);
  }

 private:
  void add(Layers layers) {
    std::string key = common_path(names_of(layers));
    found_.runs.push_back({std::move(key), std::move(layers)});
  }

  /// Runs that are part of another; of equal ones the first stays.
  void drop_parts() {
    auto& runs = found_.runs;
    std::stable_sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
      return a.layers.size() > b.layers.size();
    });
    std::vector<VggRun> whole;
    for (VggRun& run : runs) {
      const bool part = std::any_of(whole.begin(), whole.end(),
                                    [&](const VggRun& other) { return contains(other, run); });
      if (!part) {
        whole.push_back(std::move(run));
      }
    }
    // A single layer is a run only where there is nothing longer.
    const bool longer = !whole.empty() && whole.front().layers.size() > 1;
    if (longer) {
      std::erase_if(whole, [](const VggRun& run) { return run.layers.size() == 1; });
    }
    std::sort(whole.begin(), whole.end(), [](const VggRun& a, const VggRun& b) {
      return before_in_file(a.layers.front(), b.layers.front());
    });
    runs = std::move(whole);
  }

  VggRuns found_;
  std::size_t best_ = 0;
};

}  // namespace

VggRuns find_runs(const TensorList& list) {
  const Layers layers = Finder(list).convolutions();
  Runs runs;
  runs.add_lists(layers);
  runs.add_paths(layers, list.in_order);
  return runs.take();
}

}  // namespace impasto
