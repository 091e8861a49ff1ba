// Tests are found by their names: on the next run and on other machines too.
#include <gtest/gtest.h>

#include <string>

namespace impasto {
namespace {

// What GoogleTest shows of a parameter that nobody taught it to print: its bytes, or its address.
TEST(TestNames, ShowNoMemory) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int suite = 0; suite < all.total_test_suite_count(); ++suite) {
    const testing::TestSuite& tests = *all.GetTestSuite(suite);
    for (int test = 0; test < tests.total_test_count(); ++test) {
      const testing::TestInfo& info = *tests.GetTestInfo(test);
      const std::string parameter = info.value_param() != nullptr ? info.value_param() : "";
      EXPECT_EQ(parameter.find("-byte object"), std::string::npos)
          << tests.name() << "." << info.name() << " needs a PrintTo: " << parameter;
      EXPECT_EQ(parameter.find("0x"), std::string::npos)
          << tests.name() << "." << info.name() << " shows an address: " << parameter;
    }
  }
}

}  // namespace
}  // namespace impasto
