// The stack machine of pickles, without a container around it.
#include "fuzz/target.hpp"
#include "weights/pickle.hpp"

IMPASTO_FUZZ_TARGET(pickle) {
  impasto::fuzz::answer([&] { impasto::pickle::parse(bytes, "input"); });
}
