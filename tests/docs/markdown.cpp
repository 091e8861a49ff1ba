#include "docs/markdown.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "support/paths.hpp"

namespace impasto::docs {
namespace {

/// A heading's text without its # signs; empty for any other line.
std::string heading_text(const Line& line) {
  const std::size_t depth = line.text.find_first_not_of('#');
  if (line.fenced || depth == 0 || depth == std::string::npos || line.text[depth] != ' ') {
    return "";
  }
  return line.text.substr(depth + 1);
}

/// Bytes of the UTF-8 sequence that begins with this one.
std::size_t sequence_length(unsigned char first) {
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/// Whether two bytes are a letter such as é or π, and no sign such as × or ·. What takes more bytes
/// is taken for a sign: dashes, arrows, minus.
bool is_foreign_letter(const std::string& sequence) {
  return sequence.size() == 2 && sequence >= "\u00C0" && sequence != "×" && sequence != "÷";
}

std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (std::size_t at = 0; at < heading.size();) {
    const std::string letter =
        heading.substr(at, sequence_length(static_cast<unsigned char>(heading[at])));
    at += letter.size();
    const auto code = static_cast<unsigned char>(letter.front());
    if (letter == " ") {
      anchor += '-';
    } else if (std::isalnum(code) != 0 || letter == "-" || letter == "_") {
      anchor += static_cast<char>(std::tolower(code));
    } else if (is_foreign_letter(letter)) {
      anchor += letter;
    }
  }
  return anchor;
}

}  // namespace

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::vector<Line> markdown_lines(const std::string& text) {
  std::vector<Line> lines;
  bool inside = false;
  std::string fence;
  for (const std::string& line : split_lines(text)) {
    const bool mark = line.starts_with("```");
    if (mark && !inside) {
      fence = line.substr(3);
    }
    lines.push_back({lines.size() + 1, line, inside || mark ? fence : "", inside || mark});
    inside = inside != mark;
  }
  return lines;
}

std::vector<std::string> heading_anchors(const std::string& text) {
  std::vector<std::string> anchors;
  std::map<std::string, int> seen;
  for (const Line& line : markdown_lines(text)) {
    const std::string heading = heading_text(line);
    if (!heading.empty()) {
      const std::string anchor = anchor_of(heading);
      const int before = seen[anchor]++;
      anchors.push_back(before == 0 ? anchor : anchor + "-" + std::to_string(before));
    }
  }
  return anchors;
}

std::string source_root() {
  return std::filesystem::path(sample_pictures()).parent_path().parent_path();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Document> documents() {
  const std::filesystem::path root = source_root();
  std::vector<Document> found;
  if (!std::filesystem::exists(root / "docs/chapters")) {
    return found;
  }
  for (const char* const name : {"CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"}) {
    found.push_back({name, read_file(root / name)});
  }
  for (const char* const folder : {"docs", "kernels", "tools", "weights"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() == ".md") {
        found.push_back(
            {std::filesystem::relative(entry.path(), root).string(), read_file(entry.path())});
      }
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Document& a, const Document& b) { return a.path < b.path; });
  return found;
}

}  // namespace impasto::docs
