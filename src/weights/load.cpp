// Weights by specification, and where to look when none is given.
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "core/shortage.hpp"
#include "impasto/error.hpp"
#include "impasto/weights.hpp"
#include "weights/checkpoint.hpp"

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
  std::vector<fs::path> places{"weights"};  // of the current folder
#ifdef IMPASTO_INSTALL_WEIGHTS
  places.push_back(fs::path(IMPASTO_INSTALL_WEIGHTS).parent_path());
#endif
  places.push_back(beside_program());
#ifdef IMPASTO_SOURCE_WEIGHTS
  places.push_back(fs::path(IMPASTO_SOURCE_WEIGHTS).parent_path());
#endif
  return places;
}

}  // namespace

std::string default_weights_path() {
  if (const char* named = std::getenv("IMPASTO_WEIGHTS"); named != nullptr && *named != '\0') {
    std::error_code error;
    const auto status = fs::status(named, error);
    if (status.type() == fs::file_type::none) {  // it may be there, but may not be looked at
      throw_unreadable(std::string("$IMPASTO_WEIGHTS = ") + named, error.value());
    }
    if (!fs::is_regular_file(status)) {
      throw InputError("no such file", std::string("$IMPASTO_WEIGHTS = ") + named,
                       "name a weights file, or unset the variable");
    }
    return named;
  }
  for (const auto& place : usual_places()) {
    for (const char* name : kUsualNames) {
      if (is_file(place / name)) {
        return (place / name).string();
      }
    }
  }
  std::string looked;
  for (const auto& place : usual_places()) {
    looked += (looked.empty() ? "" : ", ") + place.string();
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
