#include "weights/layer_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace impasto {

namespace {

struct Words {
  std::string_view weight;
  std::string_view bias;
};

/// What programs call a convolution's two tensors: PyTorch, Keras 2 and 3, TensorFlow, Keras 1.
constexpr std::array<Words, 9> kWords{{{"weight", "bias"},
                                       {"kernel", "bias"},
                                       {"weights", "biases"},
                                       {"W", "b"},
                                       {"w", "b"},
                                       {"filter", "bias"},
                                       {"filter", "biases"},
                                       {"kernel", "biases"},
                                       {"weights", "bias"}}};

/// Tensors that have no names of their own: vars.0 and vars.1 in Keras 3, param_0 and param_1 in
/// Keras 1, pairs in a list.
constexpr std::array<Words, 2> kLastWords{{{"param_0", "param_1"}, {"0", "1"}}};

bool is_digit(char letter) {
  return std::isdigit(static_cast<unsigned char>(letter)) != 0;
}

bool is_separator(char letter) {
  return std::string_view("._:/-").find(letter) != std::string_view::npos;
}

/// Where `word` stands last in `text` as a word of its own.
std::size_t find_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.rfind(word); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind(word, at - 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || is_separator(text[at - 1]);
    const bool ends = end == text.size() || is_separator(text[end]);
    if (begins && ends) {
      return at;
    }
  }
  return std::string_view::npos;
}

/// "features.0.weight" without its "weight" is "features.0".
std::string without(const std::string& name, std::size_t at, std::size_t size) {
  std::size_t end = at + size;
  std::size_t begin = at;
  if (begin > 0) {
    --begin;
  } else if (end < name.size()) {
    ++end;
  }
  return name.substr(0, begin) + name.substr(end);
}

BiasName exchange(const std::string& name, std::size_t at, const Words& words) {
  const std::size_t size = words.weight.size();
  return {name.substr(0, at) + std::string(words.bias) + name.substr(at + size),
          without(name, at, size)};
}

}  // namespace

std::vector<BiasName> bias_names(const std::string& weight) {
  std::vector<BiasName> names;
  for (const auto& words : kWords) {
    if (const auto at = find_word(weight, words.weight); at != std::string::npos) {
      names.push_back(exchange(weight, at, words));
    }
  }
  for (const auto& words : kLastWords) {
    const std::string ending = "." + std::string(words.weight);
    if (weight.ends_with(ending)) {
      names.push_back(exchange(weight, weight.size() - words.weight.size(), words));
    }
  }
  return names;
}

LayerName take_apart(const std::string& layer) {
  LayerName name{layer, {}, {}};
  for (std::size_t at = 0; at < layer.size();) {
    if (!is_digit(layer[at])) {
      name.pattern += layer[at++];
      continue;
    }
    std::int64_t number = 0;
    for (; at < layer.size() && is_digit(layer[at]); ++at) {
      number = std::min<std::int64_t>(10 * number + (layer[at] - '0'), 1'000'000'000);
    }
    name.numbers.push_back(number);
    name.pattern += '#';
  }
  return name;
}

std::string common_path(const std::vector<std::string>& names) {
  if (names.empty()) {
    return ".";
  }
  std::string_view common = names.front();
  for (const std::string& name : names) {
    const auto end = std::mismatch(common.begin(), common.end(), name.begin(), name.end()).first;
    common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
  }
  // Only whole components count, and the last one is the layer's own.
  const std::size_t dot = common.rfind('.');
  return dot == std::string_view::npos ? "." : std::string(common.substr(0, dot));
}

bool lies_within(const std::string& path, const std::string& outer) {
  return outer == "." || path == outer || path.starts_with(outer + ".");
}

}  // namespace impasto
