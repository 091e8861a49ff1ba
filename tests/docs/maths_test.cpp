#include "docs/maths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/markdown.hpp"

namespace impasto::docs {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(Maths, IsLeftAloneWhereGithubShowsIt) {
  for (const char* const fine :
       {"$F_{am} F_{bm}$ and $\\frac{a}{b}$", "`$x$` costs 3 $", "`$a\\,b$`", "a $x$, $y$; $z$.",
        "| $x$ | $y$ |", "$a < b$ and $b > c$", "\\$5 and \\$6", "$`a\\,b`$ and ($`(x)_i * y`$)",
        "```math\n(x)_i \\, \\{y\\}\n```", "one $\n\nanother $", "- costs 3 $\n- costs 4 $"}) {
    EXPECT_THAT(garbled_maths(fine), IsEmpty()) << fine;
  }
}

TEST(Maths, IsGarbledWhereMarkdownReadsItsSigns) {
  for (const char* const broken :
       {"$\\{1, 2\\}$", "$a\\,b$", "$(x)_i$", "$a * b$", "$_a$", "$a~b~c$", "$a<b$", "$`a<b`$",
        "$[a](b)$", "$50 %$", "| $|x|$ |", "| $`|x|`$ |", "$$a\\,b$$"}) {
    EXPECT_EQ(garbled_maths(broken).size(), 1U) << broken;
  }
}

TEST(Maths, IsShownRawWhereADollarTouchesAnotherSign) {
  for (const char* const broken :
       {"the norm $x$minus", "$x$1", "a$x$", "1$x$", "-$x$", "($x$)", "a$`x`$", "$ x$", "$x $"}) {
    EXPECT_EQ(garbled_maths(broken).size(), 1U) << broken;
  }
}

TEST(Maths, IsSeenAcrossTheEndOfALine) {
  EXPECT_THAT(garbled_maths("fine\n\nwith a constant $m =\n(1 - \\beta)\\,g$ after\n"),
              ElementsAre(StartsWith("line 3: m =")));
  EXPECT_THAT(garbled_maths("one $x$ and\nthen $a\\,b$\n"), ElementsAre(HasSubstr("line 2")));
}

TEST(Maths, SaysWhatIsWrong) {
  EXPECT_THAT(garbled_maths("$\\lVert$analytic"),
              ElementsAre(EndsWith("a letter or digit stands right behind it")));
}

TEST(Maths, OfEveryDocumentRenders) {
  for (const Document& document : documents()) {
    EXPECT_THAT(garbled_maths(document.text), IsEmpty()) << document.path;
  }
}

}  // namespace
}  // namespace impasto::docs
