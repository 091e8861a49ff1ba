#include "core/sha256.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>

namespace impasto {
namespace {

/// OpenSSL's, as an independent oracle.
std::string digest_by_openssl(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EXPECT_EQ(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr),
            1);
  std::string text;
  for (unsigned n = 0; n < length; ++n) {
    std::array<char, 3> digits{};
    (void)std::snprintf(digits.data(), digits.size(), "%02x", digest[n]);
    text += digits.data();
  }
  return text;
}

TEST(Sha256, OfThePublishedExampleIsThePublishedOne) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfEveryLengthAroundABlockIsOpenssls) {
  for (std::size_t length = 0; length <= 200; ++length) {
    std::string bytes(length, '\0');
    for (std::size_t n = 0; n < length; ++n) {
      bytes[n] = static_cast<char>(37 * n + length);
    }
    EXPECT_EQ(sha256_of(bytes), digest_by_openssl(bytes)) << length;
  }
}

TEST(Sha256, OfPiecesIsThatOfTheWhole) {
  const std::string whole(1000, 'x');
  Sha256 sha256;
  for (std::size_t begin = 0; begin < whole.size(); begin += 77) {
    const std::string piece = whole.substr(begin, 77);
    sha256.add(std::as_bytes(std::span(piece)));
  }
  EXPECT_EQ(sha256.finish(), digest_by_openssl(whole));
}

}  // namespace
}  // namespace impasto
