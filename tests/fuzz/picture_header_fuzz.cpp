// What format and size the first bytes of a picture declare; anything may stand there.
#include "core/file_signature.hpp"
#include "fuzz/target.hpp"
#include "image/header.hpp"

IMPASTO_FUZZ_TARGET(picture_header) {
  impasto::recognise(bytes);
  impasto::fuzz::answer([&] { impasto::read_header(bytes, "input"); });
}
