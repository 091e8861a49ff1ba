#include "docs/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace impasto::docs {
namespace {

using ::testing::ElementsAre;

TEST(Console, FindsCommandsWithTheirOutput) {
  const std::string text =
      "```console\n$ impasto a \\\n    b\nout 1\nout 2\n$ impasto c\n```\n"
      "```\n$ not this\n```\n```console pending\n$ impasto d\n…\n```\n";
  const std::vector<ConsoleCommand> commands = console_commands(text);
  ASSERT_EQ(commands.size(), 3U);
  EXPECT_EQ(commands[0].command, "impasto a     b");
  EXPECT_THAT(commands[0].expected, ElementsAre("out 1", "out 2"));
  EXPECT_EQ(commands[0].first, 4U);
  EXPECT_EQ(commands[1].block, commands[0].block);
  EXPECT_FALSE(commands[1].pending);
  EXPECT_EQ(commands[2].command, "impasto d");
  EXPECT_NE(commands[2].block, commands[0].block);
  EXPECT_TRUE(commands[2].pending);
}

TEST(Console, ComparesWordsExactlyAndNumbersWithinATolerance) {
  EXPECT_TRUE(same_line("loss   1.000 ok", "loss 1.019 ok"));
  EXPECT_FALSE(same_line("loss 1.000 ok", "loss 1.030 ok"));
  EXPECT_FALSE(same_line("loss 1.000 ok", "loss 1.000 FAILED"));
  EXPECT_FALSE(same_line("loss 1.000", "loss 1.000 ok"));
  EXPECT_FALSE(same_line("loss 1.5", "loss -1.5"));
  EXPECT_FALSE(same_line("loss 1.5", "loss nan"));
  EXPECT_TRUE(same_line("1,2,3.50,(4e3)", "1,2,3.52,(4.01e3)"));
}

TEST(Console, ComparesWholeNumbersAndNamesExactly) {
  EXPECT_TRUE(same_line("1024 bytes", "1024 bytes"));
  EXPECT_FALSE(same_line("1024 bytes", "1025 bytes"));
  EXPECT_FALSE(same_line("relu1_1", "relu1_2"));
  EXPECT_FALSE(same_line("07e51a", "07e52a"));
  EXPECT_TRUE(same_line("19", "19.01"));
}

TEST(Console, ComparesRoundingErrorsByTheirSize) {
  EXPECT_TRUE(same_line("error 2e-10", "error 1.5e-08"));
  EXPECT_FALSE(same_line("error 2e-10", "error 3e-08"));
  EXPECT_FALSE(same_line("error 2e-10", "error 1e-02"));
  EXPECT_TRUE(same_line("error 0", "error 1e-10"));
  EXPECT_FALSE(same_line("error 0", "error 1e-8"));
}

TEST(Console, SkipsAnyNumberOfLinesAtAnEllipsis) {
  EXPECT_FALSE(difference({"a", "…", "d"}, {"a", "b", "c", "d"}));
  EXPECT_FALSE(difference({"a", "...", "d"}, {"a", "d"}));
  EXPECT_FALSE(difference({"…", "b", "c"}, {"b", "x", "b", "c"}));
  EXPECT_TRUE(difference({"a", "…", "d"}, {"a", "b", "d", "e"}));
  EXPECT_TRUE(difference({"…", "x"}, {"a", "b"}));
  EXPECT_TRUE(difference({"a"}, {"a", "[exit status 1]"}));
  EXPECT_TRUE(difference({"a"}, {}));
  EXPECT_THAT(*difference({"a", "b"}, {"a", "c"}), ::testing::HasSubstr("expected \"b\""));
}

TEST(Console, RefreshesNumbersAndKeepsWhatWasLeftOut) {
  EXPECT_THAT(refreshed({"a 1.00", "…"}, {"a 1.01", "b"}), ElementsAre("a 1.00", "…"));
  EXPECT_THAT(refreshed({"a 1.0", "…", "c 2"}, {"a 5.0", "b", "c 3"}),
              ElementsAre("a 5.0", "…", "c 3"));
  EXPECT_THAT(refreshed({"a 1.0", "…", "gone"}, {"a 5.0", "b"}), ElementsAre("a 5.0", "b"));
}

TEST(Console, PutsAnOutputIntoItsPlace) {
  const std::string text = "# T\n```console\n$ x\nold\nolder\n$ y\nz\n```\nend\n";
  const std::vector<ConsoleCommand> commands = console_commands(text);
  EXPECT_EQ(with_output(text, commands[0], {"new"}),
            "# T\n```console\n$ x\nnew\n$ y\nz\n```\nend\n");
}

TEST(Console, CallsABlockNoLongerPendingOnceItIsFilledIn) {
  const std::string text = "```console pending\n$ x\n…\n```\n";
  EXPECT_EQ(with_output(text, console_commands(text)[0], {"new"}), "```console\n$ x\nnew\n```\n");
}

}  // namespace
}  // namespace impasto::docs
