// The project's Markdown as its tests read it: lines of prose, lines of fenced blocks, headings.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace impasto::docs {

struct Line {
  std::size_t number = 0;  ///< from 1
  std::string text;
  std::string fence;  ///< what follows the opening ``` of the block it is in; "" is also plain text
  bool fenced = false;  ///< inside a fenced block, or one of its ``` lines
};

std::vector<std::string> split_lines(const std::string& text);

/// Every line, with the fenced block that it belongs to.
std::vector<Line> markdown_lines(const std::string& text);

/// The anchors that GitHub gives a document's headings, in order: small letters, spaces as hyphens,
/// other signs left out, "-1", "-2" … behind repeated ones.
std::vector<std::string> heading_anchors(const std::string& text);

/// A Markdown file below the source tree's root.
struct Document {
  std::string path;  ///< relative to the root
  std::string text;
};

/// The source tree that the tests were built from; it may be gone where the tests were moved.
std::string source_root();

/// Every Markdown file of the project but benchmarks/results, sorted; none where the source tree is
/// gone.
std::vector<Document> documents();

std::string read_file(const std::string& path);

}  // namespace impasto::docs
