// SHA-256 of bytes in memory.
#pragma once

#include <string>
#include <string_view>

namespace impasto {

/// In lower-case hexadecimal. Throws DeviceError where OpenSSL cannot compute it.
std::string sha256_of(std::string_view bytes);

}  // namespace impasto
