// Relative links and pictures of a Markdown document.
#pragma once

#include <string>
#include <vector>

namespace impasto::docs {

/// The targets of [text](target) and ![text](target) outside fenced blocks and `code`, without
/// those on the web.
std::vector<std::string> relative_links(const std::string& text);

/// Whether a link in the document at `path` (relative to `root`) leads to something: the file is
/// there, and an anchor is a heading of its Markdown.
bool link_resolves(const std::string& link, const std::string& path, const std::string& root);

}  // namespace impasto::docs
