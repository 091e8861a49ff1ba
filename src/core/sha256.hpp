// SHA-256, in lower-case hexadecimal.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace impasto {

/// Of bytes that come piece by piece. Every function throws DeviceError where OpenSSL cannot
/// compute it.
class Sha256 {
 public:
  Sha256();
  void add(std::span<const std::byte> bytes);
  /// Of all bytes so far. Ends it: nothing may be added after.
  std::string finish();

 private:
  struct Release {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Release> context_;
};

/// Of bytes in memory. Throws DeviceError where OpenSSL cannot compute it.
std::string sha256_of(std::string_view bytes);

}  // namespace impasto
