#include "core/near_name.hpp"

#include <algorithm>

namespace impasto {
namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  });
  return text;
}

/// Letters to change, leave out, add or swap with their neighbour (optimal string alignment).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

std::string only_beginning_with(const std::string& word, const std::vector<std::string>& names) {
  const auto begins = [&](const std::string& name) { return name.starts_with(word); };
  const auto first = std::find_if(names.begin(), names.end(), begins);
  return first != names.end() && std::count_if(names.begin(), names.end(), begins) == 1 ? *first
                                                                                        : "";
}

std::string longest_inside(const std::string& word, const std::vector<std::string>& names) {
  std::string longest;
  for (const std::string& name : names) {
    if (name.size() > longest.size() &&
        ("-" + word + "-").find("-" + name + "-") != std::string::npos) {
      longest = name;
    }
  }
  return longest;
}

}  // namespace

std::string near_name(const std::string& word, const std::vector<std::string>& names) {
  constexpr std::size_t kLongestWord = 64;
  const std::string wanted = lower_case(word);
  if (wanted.empty() || wanted.size() > kLongestWord) {
    return "";
  }
  std::size_t least = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  std::string nearest;
  for (const std::string& name : names) {
    const std::size_t letters = distance(wanted, lower_case(name));
    if (letters < least && letters < name.size()) {
      least = letters;
      nearest = name;
    }
  }
  if (least <= 1) {
    return nearest;
  }
  for (const std::string& name :
       {wanted.size() > 1 ? only_beginning_with(wanted, names) : "", nearest}) {
    if (!name.empty()) {
      return name;
    }
  }
  return longest_inside(wanted, names);
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& names,
                         const std::string& otherwise) {
  const std::string near = near_name(word, names);
  return near.empty() ? otherwise : "did you mean " + near + "?";
}

}  // namespace impasto
