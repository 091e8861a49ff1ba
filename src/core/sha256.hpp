// SHA-256, in lower-case hexadecimal.
#pragma once

#include <nettle/sha2.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace impasto {

/// Of bytes that come piece by piece. Allocates nothing but the text that `finish` returns.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes);
  /// Of all bytes so far. Ends it: nothing may be added after.
  std::string finish();

 private:
  sha256_ctx context_{};
};

/// Of bytes in memory.
std::string sha256_of(std::string_view bytes);

}  // namespace impasto
