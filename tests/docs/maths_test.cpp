#include "docs/maths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/markdown.hpp"

namespace impasto::docs {
namespace {

TEST(Maths, IsGarbledByMarkdownWhereABackslashOrEmphasisIsLost) {
  EXPECT_THAT(garbled_maths("$F_{am} F_{bm}$ and $\\frac{a}{b}$ and `$x$` cost 3 $\n"),
              ::testing::IsEmpty());
  EXPECT_EQ(garbled_maths("fine\n$\\{1, 2\\}$\n").size(), 1U);
  EXPECT_EQ(garbled_maths("$a\\,b$").size(), 1U);
  EXPECT_EQ(garbled_maths("$(x)_i$ or $a * b$").size(), 2U);
  EXPECT_THAT(garbled_maths("```math\n(x)_i \\, \\{y\\}\n```\n"), ::testing::IsEmpty());
}

TEST(Maths, OfEveryDocumentRenders) {
  for (const Document& document : documents()) {
    EXPECT_THAT(garbled_maths(document.text), ::testing::IsEmpty()) << document.path;
  }
}

}  // namespace
}  // namespace impasto::docs
