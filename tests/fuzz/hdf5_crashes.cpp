#include "fuzz/hdf5_crashes.hpp"

#ifdef IMPASTO_FUZZER
#include <sanitizer/asan_interface.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#endif

namespace impasto::fuzz {

#ifdef IMPASTO_FUZZER
namespace {

/// The frames of a report stand in it from the innermost on.
void end_if_of_libhdf5(const char* report) {
  const std::string_view text(report);
  if (text.find("libhdf5") < text.find("impasto::")) {
    std::fputs("libhdf5 crashed by itself, which the program survives: this fuzzer ends\n", stderr);
    std::_Exit(0);
  }
}

}  // namespace

void end_at_crashes_of_libhdf5() {
  __asan_set_error_report_callback(end_if_of_libhdf5);
}
#else
void end_at_crashes_of_libhdf5() {}
#endif

}  // namespace impasto::fuzz
