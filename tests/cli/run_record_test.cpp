// What a checkpoint says of its command, believed only where it makes sense.
#include "cli/run_record.hpp"

#include <gtest/gtest.h>

#include "impasto/error.hpp"

namespace impasto {
namespace {

TEST(RunRecord, ThatNestsWithoutEndIsRefused) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const std::string text =
      R"({"content":"","styles":[],"weights":"","output":"","trace":"","settings":[],"choices":)" +
      deep + "}";
  EXPECT_THROW(parse_record(text, "x.checkpoint"), InputError);
}

}  // namespace
}  // namespace impasto
