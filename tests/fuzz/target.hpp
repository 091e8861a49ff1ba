// An entry point for bytes that nobody has checked. With clang's libFuzzer each target is a program
// of its own (IMPASTO_FUZZER, see CMakeLists.txt); in the tests all are linked together and
// replayed over the corpora.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace impasto::fuzz {

/// Reads the bytes as a file of the target's kind. Returns after an error of impasto's own, the
/// right answer to a bad file; throws whatever else is thrown, which is a finding.
using Target = void (*)(std::string_view bytes);

struct NamedTarget {
  std::string name;
  Target run;
};

/// Every target that is linked in, in no particular order.
std::vector<NamedTarget>& targets();

/// Calls `read`, and takes an Error for an answer.
void answer(const std::function<void()>& read);

}  // namespace impasto::fuzz

/// Defines the target NAME: `IMPASTO_FUZZ_TARGET(trace) { … bytes … }`.
#ifdef IMPASTO_FUZZER
#define IMPASTO_FUZZ_TARGET(NAME)                                                     \
  static void fuzz_##NAME(std::string_view bytes);                                    \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    fuzz_##NAME(std::string_view(reinterpret_cast<const char*>(data), size));         \
    return 0;                                                                         \
  }                                                                                   \
  static void fuzz_##NAME([[maybe_unused]] std::string_view bytes)
#else
#define IMPASTO_FUZZ_TARGET(NAME)                                       \
  static void fuzz_##NAME(std::string_view bytes);                      \
  static const bool kRegistered_##NAME =                                \
      (impasto::fuzz::targets().push_back({#NAME, fuzz_##NAME}), true); \
  static void fuzz_##NAME([[maybe_unused]] std::string_view bytes)
#endif
