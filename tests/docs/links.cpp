#include "docs/links.hpp"

#include <algorithm>
#include <filesystem>
#include <regex>

#include "docs/markdown.hpp"

namespace impasto::docs {
namespace {

namespace fs = std::filesystem;

std::string without_code(const std::string& line) {
  static const std::regex kCode("`[^`]*`");
  return std::regex_replace(line, kCode, "");
}

bool is_on_the_web(const std::string& target) {
  return target.find("://") != std::string::npos || target.starts_with("mailto:");
}

}  // namespace

std::vector<std::string> relative_links(const std::string& text) {
  static const std::regex kLink(R"(\]\(([^)\s]+)(?:\s+"[^"]*")?\))");
  std::vector<std::string> links;
  for (const Line& line : markdown_lines(text)) {
    if (line.fenced) {
      continue;
    }
    const std::string prose = without_code(line.text);
    for (std::sregex_iterator match(prose.begin(), prose.end(), kLink);
         match != std::sregex_iterator(); ++match) {
      if (!is_on_the_web((*match)[1])) {
        links.push_back((*match)[1]);
      }
    }
  }
  return links;
}

bool link_resolves(const std::string& link, const std::string& path, const std::string& root) {
  const std::size_t hash = link.find('#');
  const std::string file = link.substr(0, hash);
  const fs::path here = fs::path(root) / path;
  const fs::path target = file.empty() ? here : here.parent_path() / file;
  if (!fs::exists(target)) {
    return false;
  }
  if (hash == std::string::npos) {
    return true;
  }
  const std::vector<std::string> anchors = heading_anchors(read_file(target));
  return std::find(anchors.begin(), anchors.end(), link.substr(hash + 1)) != anchors.end();
}

}  // namespace impasto::docs
