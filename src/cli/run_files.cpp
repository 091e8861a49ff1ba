#include "cli/run_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "core/files.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

/// Where a file stands or would stand: absolute, links followed.
std::string place_of(const std::string& path) {
  std::error_code error;
  const fs::path place = behind_links(fs::absolute(path, error), error);
  const fs::path folder = fs::weakly_canonical(place.parent_path(), error);
  return ((error ? place.parent_path() : folder) / place.filename()).string();
}

/// Letters of either case count as the same: on some file systems they are.
std::string without_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  });
  return text;
}

}  // namespace

RunFiles::Name RunFiles::name_of(const std::string& path) {
  Name name{path, place_of(path), std::nullopt};
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) {
    name.file = {status.st_dev, status.st_ino};
  }
  return name;
}

void RunFiles::reads(const std::string& path) {
  if (!path.empty()) {
    inputs_.push_back(name_of(path));
  }
}

void RunFiles::reads(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    reads(path);
  }
}

void RunFiles::writes(const std::string& path, const std::string& option) {
  if (!path.empty()) {
    outputs_.push_back({name_of(path), option, "", "", "", nullptr});
  }
}

void RunFiles::writes_text(const std::string& path, const std::string& option,
                           const std::string& kind, const std::string& ending) {
  if (!path.empty()) {
    outputs_.push_back({name_of(path), option, kind, ending, "", nullptr});
  }
}

void RunFiles::derives(const std::string& path, const std::string& what,
                       std::function<bool(const std::string&)> is_own) {
  outputs_.push_back({name_of(path), "", "", "", what, std::move(is_own)});
}

void RunFiles::check() const {
  for (std::size_t n = 0; n < outputs_.size(); ++n) {
    check_against_inputs(outputs_[n]);
    check_against_outputs(n);
  }
  for (const Output& output : outputs_) {
    check_derived(output);
    check_ending(output);
  }
}

void RunFiles::check_against_inputs(const Output& output) const {
  const bool derived = output.option.empty();
  for (const Name& input : inputs_) {
    if ((input.file && input.file == output.name.file) || input.place == output.name.place) {
      const std::string what = derived ? output.what + " " + output.name.path : "the output";
      throw UsageError(what + " would replace the input " + input.path,
                       derived ? "-o" : output.option,
                       "name another output; an input is never replaced");
    }
  }
}

void RunFiles::check_against_outputs(std::size_t n) const {
  const Output& output = outputs_[n];
  const std::string place = without_case(output.name.place);
  for (std::size_t other = 0; other < n; ++other) {
    const Output& earlier = outputs_[other];
    const bool same_file = earlier.name.file && earlier.name.file == output.name.file;
    if (!same_file && without_case(earlier.name.place) != place) {
      continue;
    }
    const Output& derived = output.option.empty() ? output : earlier;
    const Output& named = output.option.empty() ? earlier : output;
    throw UsageError((derived.what.empty() ? "two outputs" : "another output and " + derived.what) +
                         " would be one file, " + output.name.path,
                     named.option.empty() ? "-o" : named.option, "name another file");
  }
}

/// A slip of the tab key would otherwise replace a photograph.
void RunFiles::check_ending(const Output& output) {
  static const std::set<std::string> others{
      ".png",  ".jpg",         ".jpeg", ".webp", ".tif", ".tiff",  ".heic",
      ".heif", ".avif",        ".bmp",  ".gif",  ".tga", ".ppm",   ".pgm",
      ".svg",  ".pdf",         ".h5",   ".pth",  ".pt",  ".keras", ".csv",
      ".json", ".safetensors", ".hdf5", ".html", ".htm", ".toml",  ".checkpoint"};
  const fs::path path(output.name.path);
  const std::string ending = without_case(path.extension().string());
  if (!output.kind.empty() && ending != output.ending && others.contains(ending)) {
    throw UsageError("a file of " + output.kind + " would have the name of another kind",
                     output.option,
                     "name it so: " + output.option + " " +
                         fs::path(path).replace_extension(output.ending).string());
  }
}

void RunFiles::check_derived(const Output& output) const {
  if (!output.option.empty()) {
    return;
  }
  const std::size_t length = fs::path(output.name.path).filename().string().size();
  const std::size_t most = longest_file_name(output.name.path);
  if (length > most) {
    throw UsageError("the name of " + output.what + " would have " + std::to_string(length) +
                         " bytes, and " + std::to_string(most) + " are possible here",
                     output.name.path, "choose a shorter -o");
  }
  if (is_taken(output.name.path) && !overwrite_ && !output.is_own(output.name.path)) {
    throw UsageError(output.what + " would replace a file that this command did not make",
                     output.name.path,
                     "move that file away, choose another -o, or allow it with --overwrite");
  }
}

}  // namespace impasto
