// Where the tests find their data, the sample pictures and the program: where they were at build
// time, or, for tests that were moved to another machine, where IMPASTO_TEST_DATA, IMPASTO_SAMPLES
// and IMPASTO_PROGRAM say (absolute paths).
#pragma once

#include <string>

namespace impasto {

/// tests/data
std::string test_data();
/// docs/samples
std::string sample_pictures();
/// The impasto program that was built with these tests.
std::string program_path();
/// The library that lets single calls of the program fail (tests/faults/fail_call.cpp). It may not
/// be there where the tests were moved.
std::string fail_call_library();

}  // namespace impasto
