#include "core/sha256.hpp"

#include <array>
#include <cstdint>

namespace impasto {

Sha256::Sha256() {
  sha256_init(&context_);
}

void Sha256::add(std::span<const std::byte> bytes) {
  sha256_update(&context_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string Sha256::finish() {
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context_, digest.size(), digest.data());
  std::string text;
  for (const unsigned byte : digest) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 sha256;
  sha256.add(std::as_bytes(std::span(bytes)));
  return sha256.finish();
}

}  // namespace impasto
