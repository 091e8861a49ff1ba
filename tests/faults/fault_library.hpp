// Whether the library that disturbs the program's calls (fail_call.cpp) can be loaded into it.
#pragma once

#include <filesystem>
#include <string>

#include "support/paths.hpp"

namespace impasto {

/// Empty where it can.
inline std::string why_no_faults() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "a sanitizer must be the first library, and replaces malloc itself";
#else
  return std::filesystem::exists(fail_call_library()) ? "" : "there is no " + fail_call_library();
#endif
}

}  // namespace impasto
