#include "core/control_groups.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace impasto {

bool ControlGroup::has(const std::string& controller) const {
  return std::find(controllers.begin(), controllers.end(), controller) != controllers.end();
}

std::vector<ControlGroup> control_groups(const std::string& root) {
  std::vector<ControlGroup> groups;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first != std::string::npos && second != std::string::npos) {
      groups.push_back({words_between_commas(line.substr(first + 1, second - first - 1)),
                        line.substr(second + 1)});
    }
  }
  return groups;
}

std::vector<std::string> words_between_commas(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream list(text);
  for (std::string word; std::getline(list, word, ',');) {
    words.push_back(word);
  }
  return words;
}

}  // namespace impasto
