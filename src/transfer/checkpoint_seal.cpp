#include "transfer/checkpoint_seal.hpp"

#include <optional>
#include <span>
#include <string_view>

#include "core/sha256.hpp"

namespace impasto {
namespace {

/// In texts of the header quotes have a backslash before them, so no text looks like this member.
constexpr std::string_view kMember = R"("sha256":")";
constexpr std::size_t kDigits = std::string_view(kUnsealed).size();

std::optional<std::size_t> place_of_digest(std::string_view file) {
  const std::size_t member = file.find(kMember);
  if (member == std::string_view::npos || file.size() - member < kMember.size() + kDigits) {
    return std::nullopt;
  }
  return member + kMember.size();
}

/// With `kUnsealed` at `place`.
std::string digest_of(std::string_view file, std::size_t place) {
  Sha256 digest;
  for (const std::string_view part :
       {file.substr(0, place), std::string_view(kUnsealed), file.substr(place + kDigits)}) {
    digest.add(std::as_bytes(std::span(part)));
  }
  return digest.finish();
}

}  // namespace

void seal(std::string& file) {
  if (const auto place = place_of_digest(file)) {
    file.replace(*place, kDigits, digest_of(file, *place));
  }
}

bool is_sealed(const std::string& file) {
  const auto place = place_of_digest(file);
  return place && std::string_view(file).substr(*place, kDigits) == digest_of(file, *place);
}

}  // namespace impasto
