// Texts that nest too deep are known before a parser follows them.
#include "core/nesting.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <string>

namespace impasto {
namespace {

std::string repeated(const std::string& part, std::size_t count) {
  std::string text;
  for (std::size_t n = 0; n < count; ++n) {
    text += part;
  }
  return text;
}

TEST(Nesting, CountsBracketsOfJsonOutsideOfTexts) {
  EXPECT_FALSE(json_nests_deeper(R"({"a": [[1], [2]]})", 3));
  EXPECT_TRUE(json_nests_deeper(R"({"a": [[1], [2]]})", 2));
  EXPECT_FALSE(json_nests_deeper(repeated("[]", 1000), 1));
  EXPECT_FALSE(json_nests_deeper(R"("[[[[\"[[[[")", 1));
  EXPECT_TRUE(json_nests_deeper(R"("\\"[[)", 1));
  EXPECT_TRUE(json_nests_deeper("]]]][[", 1));
  EXPECT_FALSE(json_nests_deeper("\"[[[", 1)) << "a text that never ends";
  EXPECT_FALSE(json_nests_deeper("\"\\", 1)) << "nor does its escape";
}

TEST(Nesting, CountsDotsOfKeysAndBracketsOfToml) {
  EXPECT_EQ(line_of_deep_toml("a = 1\nb.c.d = 2\n", 1), 2U);
  EXPECT_EQ(line_of_deep_toml("a = 1\nb.c.d = 2\n", 2), std::nullopt);
  EXPECT_EQ(line_of_deep_toml("[a.b.c]\n", 1), 1U);
  EXPECT_EQ(line_of_deep_toml("\"a\" . \"b\" . 'c' = 1\n", 1), 1U);
  EXPECT_EQ(line_of_deep_toml("\n\na = [\n[\n[1]]]\n", 2), 5U);
  EXPECT_EQ(line_of_deep_toml("a = {b = {c = 1}}\n", 1), 1U);
  EXPECT_EQ(line_of_deep_toml("a = [1.5, 2.5, 3.5]\nb = 1.5\nc = 2.5\n", 1), std::nullopt);
}

TEST(Nesting, LeavesTextsAndCommentsOfTomlAlone) {
  const std::string dots = "a.b.c.d[[[[";
  for (const std::string& text :
       {"a = \"" + dots + "\"\n", "a = '" + dots + "'\n", "# " + dots + "\n",
        "a = \"\"\"\n" + dots + "\n" + dots + "\"\"\"\"\"\n", "a = '''\n" + dots + "'''\n",
        "a = \"\\\"" + dots + "\"\n", std::string("a = 'x\\'\n")}) {
    EXPECT_EQ(line_of_deep_toml(text, 1), std::nullopt) << text;
    EXPECT_EQ(line_of_deep_toml(text + "b.c.d = 1", 1),
              1U + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')))
        << "what follows is seen: " << text;
  }
  EXPECT_EQ(line_of_deep_toml("a = [\"\"\"x\"\"\"\", b.c.d]", 1), 1U)
      << "a quote before the closing three hides nothing";
}

}  // namespace
}  // namespace impasto
