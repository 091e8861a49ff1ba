#include "core/sha256.hpp"

#include <openssl/evp.h>

#include <new>

#include "impasto/error.hpp"

namespace impasto {
namespace {

void require(int result) {
  if (result != 1) {
    throw DeviceError("cannot compute a SHA-256", "OpenSSL", "check the installed OpenSSL");
  }
}

}  // namespace

void Sha256::Release::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) {
    throw std::bad_alloc();
  }
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::add(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest, &length));
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4U];
    text += "0123456789abcdef"[digest[i] & 15U];
  }
  return text;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 sha256;
  sha256.add(std::as_bytes(std::span(bytes)));
  return sha256.finish();
}

}  // namespace impasto
