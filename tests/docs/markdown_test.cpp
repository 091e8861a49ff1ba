#include "docs/markdown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace impasto::docs {
namespace {

using ::testing::ElementsAre;

TEST(Markdown, TellsFencedLinesFromProse) {
  const std::vector<Line> lines = markdown_lines("a\n```console\nb\n```\nc\n```\nd\n```\n");
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_FALSE(lines[0].fenced);
  EXPECT_TRUE(lines[2].fenced);
  EXPECT_EQ(lines[2].fence, "console");
  EXPECT_EQ(lines[2].number, 3U);
  EXPECT_FALSE(lines[4].fenced);
  EXPECT_TRUE(lines[6].fenced);
  EXPECT_EQ(lines[6].fence, "");
}

TEST(Markdown, GivesHeadingsGithubsAnchors) {
  EXPECT_THAT(heading_anchors("# The walk back\n## 4 (G − A) F, derived\n#hashtag\n```\n# no\n```\n"
                              "## `im2col` again\n## Twice\n## Twice\n"),
              ElementsAre("the-walk-back", "4-g--a-f-derived", "im2col-again", "twice", "twice-1"));
}

}  // namespace
}  // namespace impasto::docs
