// Weights by specification, and where to look when none is given.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "core/build_facts.hpp"
#include "core/files.hpp"
#include "core/near_name.hpp"
#include "core/shortage.hpp"
#include "impasto/error.hpp"
#include "impasto/weights.hpp"
#include "weights/checkpoint.hpp"
#include "weights/default_weights.hpp"

namespace impasto {
namespace fs = std::filesystem;

namespace {

/// The seed of "NAME" (0) or "NAME:SEED". None when the specification does not begin with this
/// name.
std::optional<std::uint64_t> seed_of(std::string_view specification, std::string_view name) {
  if (!specification.starts_with(name)) {
    return std::nullopt;
  }
  specification.remove_prefix(name.size());
  if (specification.empty()) {
    return 0;
  }
  if (specification.front() != ':') {
    return std::nullopt;
  }
  const auto digits = specification.substr(1);
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw UsageError("'" + std::string(digits) + "' is no seed", "--weights",
                     "name a whole number from 0 to 2^64 - 1, as in " + std::string(name) + ":7");
  }
  return seed;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// What tools/fetch_weights.sh brings, in the order in which it is looked for.
constexpr std::array<const char*, 3> kUsualNames{"vgg19.h5", "vgg19-caffe.h5", "vgg16.h5"};

/// <prefix>/share/impasto/weights for a binary in <prefix>/bin: an install that was moved still
/// finds its weights.
fs::path beside_program() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : program.parent_path().parent_path() / "share/impasto/weights";
}

std::vector<fs::path> usual_places() {
  return {"weights",  // of the current folder
          weights_folder_of_installation(), beside_program(), weights_folder_of_source()};
}

/// Throws InputError for what is no file, but nearly the name of a network that needs none.
void require_no_misspelling(const std::string& specification) {
  if (specification.find_first_of("./") != std::string::npos) {
    return;
  }
  const std::size_t colon = std::min(specification.find(':'), specification.size());
  const std::string near =
      near_name(specification.substr(0, colon), {"oriented", "random", "none"});
  if (!near.empty() && is_missing(specification)) {
    throw InputError(
        "no such file, and no network that is built in", specification,
        "did you mean " + near + (near == "none" ? "" : specification.substr(colon)) + "?");
  }
}

/// What $IMPASTO_WEIGHTS names, where there is something of that name. Throws InputError where that
/// is no file, or may not be looked at.
std::string file_of_environment(const std::string& named) {
  const std::string where = "$IMPASTO_WEIGHTS = " + named;
  std::error_code error;
  const fs::file_type type = fs::status(named, error).type();
  if (type == fs::file_type::none) {
    throw_unreadable(where, error.value());
  }
  if (type != fs::file_type::regular) {
    throw InputError("is no file", where, "name a weights file, or unset the variable");
  }
  return named;
}

/// "weights", or "/home/other/weights (Permission denied)" for a place that may not be looked at.
std::string place_looked_at(const fs::path& place) {
  std::error_code error;
  const bool seen = fs::status(place / kUsualNames.front(), error).type() != fs::file_type::none;
  return place.string() + (seen ? "" : " (" + error.message() + ")");
}

/// $IMPASTO_WEIGHTS; empty where that is unset.
std::string named_by_environment() {
  const char* named = std::getenv("IMPASTO_WEIGHTS");
  return named == nullptr ? "" : named;
}

}  // namespace

std::string built_in_network_of_environment() {
  const std::string named = named_by_environment();
  const bool is_one = named == "none" || seed_of(named, "oriented") || seed_of(named, "random");
  return is_one ? named : "";
}

std::optional<std::string> find_default_weights() {
  if (const std::string named = named_by_environment(); !named.empty()) {
    return is_missing(named) ? std::nullopt : std::optional(file_of_environment(named));
  }
  for (const auto& place : usual_places()) {
    for (const char* name : kUsualNames) {
      if (is_file(place / name)) {
        return (place / name).string();
      }
    }
  }
  return std::nullopt;
}

std::string default_weights_path() {
  if (const std::optional<std::string> found = find_default_weights()) {
    return *found;
  }
  if (const std::string named = named_by_environment(); !named.empty()) {
    throw InputError("no such file", "$IMPASTO_WEIGHTS = " + named,
                     "name a weights file, or unset the variable");
  }
  std::string looked;
  for (const auto& place : usual_places()) {
    looked += (looked.empty() ? "" : ", ") + place_looked_at(place);
  }
  throw InputError(
      "no weights are installed", "vgg19.h5, vgg19-caffe.h5 or vgg16.h5 in " + looked,
      "fetch VGG-19 with tools/fetch_weights.sh (80 MB), or name a weights file or a checkpoint "
      "with --weights PATH or $IMPASTO_WEIGHTS, or use --weights oriented, which needs no "
      "download");
}

NetworkWeights load_weights(const std::string& specification) {
  if (const auto seed = seed_of(specification, "oriented")) {
    return oriented_weights(*seed);
  }
  if (const auto seed = seed_of(specification, "random")) {
    return random_weights(*seed);
  }
  if (specification == "none") {
    NetworkWeights none;
    none.source = specification;
    return none;
  }
  require_no_misspelling(specification);
  switch (sniff(specification)) {
    case FileKind::kWeightsFile:
      return read_weights_file(specification);
    case FileKind::kUnknown:
      refuse_as_weights(specification);
    default:
      return read_checkpoint(specification, std::nullopt);
  }
}

}  // namespace impasto
