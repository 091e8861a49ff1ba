// Bytes from outside, shown, typed and kept.
#include "core/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace impasto {
namespace {

struct CloseCommand {
  void operator()(FILE* command) const { pclose(command); }
};

/// What a shell makes of a word.
std::string read_by_shell(const std::string& word) {
  setenv("IMPASTO_TEST_COMMAND", ("printf %s " + word).c_str(), 1);
  // popen's shell may be dash, which has no $'…'.
  const std::unique_ptr<FILE, CloseCommand> pipe(popen("bash -c \"$IMPASTO_TEST_COMMAND\"", "r"));
  std::string text;
  std::array<char, 256> block{};
  while (const std::size_t count = fread(block.data(), 1, block.size(), pipe.get())) {
    text.append(block.data(), count);
  }
  return text;
}

const std::vector<std::string>& awkward() {
  static const std::vector<std::string> texts{
      "plain.png",
      "/a/b-c_d+e=f:g,h@i%j.png",
      "with space.png",
      "it's.png",
      "\"double\" $HOME `id` \\ ! * ? [a] {b} ~ # & ; | < >",
      "gr\xC3\xBC\xC3\x9F.png",
      "latin1-\xFC.png",
      "it's \xFC and \\ too",
      "line\nend\ttab\x1B[31m",
      "\xE2\x82",
      "100%41"};
  return texts;
}

TEST(Text, AShellReadsAWordBackToItsBytes) {
  for (const std::string& text : awkward()) {
    EXPECT_EQ(read_by_shell(shell_word(text)), text) << shell_word(text);
    EXPECT_EQ(shell_word(text).find('\n'), std::string::npos);
  }
  EXPECT_EQ(read_by_shell(shell_word("") + "x"), "x");
  EXPECT_EQ(shell_word("out/a.png"), "out/a.png");
  EXPECT_EQ(shell_word("a b"), "'a b'");
}

TEST(Text, EscapedBytesComeBack) {
  for (const std::string& text : awkward()) {
    EXPECT_EQ(unescape_bytes(escape_bytes(text)), text);
    for (const char character : escape_bytes(text)) {
      EXPECT_TRUE(character >= 0x20 && character < 0x7F);
    }
  }
  EXPECT_EQ(escape_bytes("a b.png"), "a b.png");
  EXPECT_EQ(unescape_bytes("50% off %4"), "50% off %4");
}

TEST(Text, WhatIsUtf8IsTold) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain\n"));
  EXPECT_TRUE(is_utf8("gem\u00e4lde \u4e16 \U0001F600"));
  EXPECT_FALSE(is_utf8("\xff"));
  EXPECT_FALSE(is_utf8("cut off \xe4\xb8"));
  EXPECT_FALSE(is_utf8("overlong \xc0\xaf"));
}

TEST(Text, NoControlCharacterReachesATerminal) {
  EXPECT_EQ(printable("a\x1B[31mb\r\n"), "a\\x1B[31mb\\x0D\\x0A");
  EXPECT_EQ(printable("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(printable("\xFC"), "\\xFC");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\xC2\\x9B31m")
      << "a C1 control";
  EXPECT_EQ(printable("\xC0\x80 \xED\xA0\x80 \xF4\x90\x80\x80"),
            "\\xC0\\x80 \\xED\\xA0\\x80 \\xF4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xF0\x9F\x8E\xA8"), "\xF0\x9F\x8E\xA8");
}

}  // namespace
}  // namespace impasto
