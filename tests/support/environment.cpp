// What every test runs under unless the caller says otherwise: no clock chooses algorithms, and no
// choice is kept in the user's cache. Set before main, so that programs that tests start inherit
// it.
#include <cstdlib>

namespace impasto {
namespace {

struct TestEnvironment {
  TestEnvironment() {
    setenv("IMPASTO_CACHE", "off", 0);
    setenv("IMPASTO_CONVOLUTION", "rule", 0);
  }
};

const TestEnvironment kTestEnvironment;

}  // namespace
}  // namespace impasto
