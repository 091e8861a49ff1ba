#include "docs/code_references.hpp"

#include <filesystem>
#include <regex>

#include "docs/markdown.hpp"

namespace impasto::docs {
namespace {

namespace fs = std::filesystem;

const std::string kOpen = "(?:`|<code>)";
const std::string kClose = "(?:`|</code>)";
const std::string kPath =
    "((?:src|kernels|include|tests|tools|benchmarks|cmake|docs)/[A-Za-z0-9_./*-]*)";
const std::string kName = "([A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*)(?:\\(\\))?";

std::string prose_of(const std::string& text) {
  std::string prose;
  for (const Line& line : markdown_lines(text)) {
    prose += (line.fenced ? "" : line.text) + "\n";
  }
  return prose;
}

/// Whether something below `root` matches a path in whose last part * stands for anything.
bool matches_any(const std::string& path, const fs::path& root) {
  const fs::path pattern(path);
  const fs::path folder = root / pattern.parent_path();
  if (!fs::is_directory(folder)) {
    return false;
  }
  const std::string dots =
      std::regex_replace(pattern.filename().string(), std::regex("\\."), "\\.");
  const std::regex name(std::regex_replace(dots, std::regex("\\*"), ".*"));
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (std::regex_match(entry.path().filename().string(), name)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<CodeReference> code_references(const std::string& text) {
  // A path, with the name before it if there is one: "`name` in `path`", also across a line's end.
  const std::regex pattern("(?:" + kOpen + kName + kClose + "\\s+in\\s+)?" + kOpen + kPath +
                           kClose);
  const std::string prose = prose_of(text);
  std::vector<CodeReference> references;
  for (std::sregex_iterator match(prose.begin(), prose.end(), pattern);
       match != std::sregex_iterator(); ++match) {
    references.push_back({(*match)[1], (*match)[2]});
  }
  return references;
}

bool declares(const std::string& source, const std::string& name) {
  // "Class::function(" of a definition outside its class may stand as "function(" inside it.
  const std::size_t colons = name.rfind("::");
  const bool member = colons != std::string::npos;
  const std::string last = member ? name.substr(colons + 2) : name;
  const std::string type = "\\b(?:class|struct|using) ";
  if (!member && std::regex_search(source, std::regex(type + last + "\\b"))) {
    return true;
  }
  // A declaration has a type and its specifiers before it on its line, which no call has except
  // behind these words. A constructor's definition has nothing before it, not even indentation.
  const std::string before =
      "^(?!\\s*(?:return|throw|else|case|delete|new)\\b)\\s*[\\w\\[][\\w:<>,&*\\[\\] ]*[\\s&*>]";
  const bool has_owner =
      !member || std::regex_search(source, std::regex(type + name.substr(0, colons) + "\\b"));
  const std::regex plain(before + last + "\\(");
  const std::regex qualified((member ? "(?:^|" + before + ")" : before) + name + "\\(");
  for (const std::string& line : split_lines(source)) {
    const std::size_t at = line.find(last + "(");
    if (at == std::string::npos || line.find("//") < at) {
      continue;
    }
    if (std::regex_search(line, qualified) || (has_owner && std::regex_search(line, plain))) {
      return true;
    }
  }
  return false;
}

bool resolves(const CodeReference& reference, const std::string& root) {
  if (reference.path.find('*') != std::string::npos) {
    return reference.name.empty() && matches_any(reference.path, root);
  }
  const fs::path path = fs::path(root) / reference.path;
  if (reference.name.empty()) {
    return fs::exists(path);
  }
  return fs::is_regular_file(path) && declares(read_file(path), reference.name);
}

std::string to_string(const CodeReference& reference) {
  return reference.name.empty() ? reference.path : reference.name + " in " + reference.path;
}

}  // namespace impasto::docs
