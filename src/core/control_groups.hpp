// The control groups that this process is in.
#pragma once

#include <string>
#include <vector>

namespace impasto {

/// A line of /proc/self/cgroup: "0::/user.slice" (version 2), "9:cpu,cpuacct:/docker/1f" (version
/// 1).
struct ControlGroup {
  std::vector<std::string> controllers;  ///< none in version 2
  std::string path;

  [[nodiscard]] bool is_version2() const { return controllers.empty(); }
  [[nodiscard]] bool has(const std::string& controller) const;
};

/// Every group of this process, in the file's order. `root`: what stands before /proc.
std::vector<ControlGroup> control_groups(const std::string& root);

/// "cpu,cpuacct" as its words.
std::vector<std::string> words_between_commas(const std::string& text);

}  // namespace impasto
