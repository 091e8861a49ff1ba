// What a text says about the code: paths, and functions or types in files. Chapters write
// `style_loss` in `src/losses/style.cpp`, the teaching report <code>style_loss</code> in
// <code>src/losses/style.cpp</code>; a path alone may also be a folder or have a * in it.
#pragma once

#include <string>
#include <vector>

namespace impasto::docs {

struct CodeReference {
  std::string name;  ///< of a function or type, also Class::function; empty for a path alone
  std::string path;  ///< from the source tree's root
};

/// Every reference in a text, Markdown or HTML; fenced blocks of Markdown are left out. Only paths
/// that begin with a folder of the source tree (src/, kernels/, tests/, ...) count.
std::vector<CodeReference> code_references(const std::string& text);

/// Whether the path exists below `root`, and the file defines or declares what is named: a call
/// does not count.
bool resolves(const CodeReference& reference, const std::string& root);

/// Whether C++ source defines or declares a function or type of this name.
bool declares(const std::string& source, const std::string& name);

std::string to_string(const CodeReference& reference);

}  // namespace impasto::docs
