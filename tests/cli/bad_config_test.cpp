// Configuration files that cannot be used: the file and the line are named.
#include "cli/cli_fixture.hpp"

namespace impasto {
namespace {

class CliBadConfigTest : public CliTest {
 protected:
  void refused_config(const std::string& toml, const std::string& part) const {
    keep("run.toml", toml);
    refused(usual_transfer({"--config", "run.toml"}), 2, part);
    refused({"transfer", "--config", "run.toml", "--print-config"}, 2, part);
  }
};

TEST_F(CliBadConfigTest, MissingFileIsNamed) {
  refused(usual_transfer({"--config", "nowhere.toml"}), 3, "nowhere.toml");
}

TEST_F(CliBadConfigTest, FolderIsNamed) {
  std::filesystem::create_directory(path("folder.toml"));
  refused(usual_transfer({"--config", "folder.toml"}), 3, "folder.toml");
}

TEST_F(CliBadConfigTest, InvalidTomlNamesItsLine) {
  refused_config("size = 32\n\nthis is no TOML\n", "run.toml:3");
  refused_config("size = 32\nsize = 16\n", "run.toml:2");
  refused_config("init = \"content\n", "run.toml:1");
  refused_config(std::string("size\0= 3\n", 9), "run.toml:1");
}

TEST_F(CliBadConfigTest, KeysAndValuesNestedWithoutEndNameTheirLine) {
  std::string dotted;
  for (int n = 0; n < 225'000; ++n) {
    dotted += "a.";
  }
  refused_config("size = 32\n" + dotted + "a = 1\n", "nest too deep (run.toml:2)");
  refused_config("size = 32\n[" + dotted + "a]\n", "nest too deep (run.toml:2)");
  refused_config("scales = " + std::string(100'000, '[') + "\n", "nest too deep (run.toml:1)");
}

// toml++ 3.3 runs into code that it calls unreachable.
TEST_F(CliBadConfigTest, CharactersThatAreNotPlainOutsideOfQuotesNameTheirLine) {
  refused_config(
      "size = 32\ngr\xc3\xb6\xc3\x9f"
      "e = 3\n",
      "run.toml:2): put");
  refused_config("size = 32\n\n\xef\xbb\xbfiterations = 3\n", "that no name, number or list has");
  refused_config(
      "size = \xc2\xa0"
      "32\n",
      "that no name, number or list has");
  refused_config(std::string("size = \0\n", 9), "that no name, number or list has");
  refused_config("init = \"\\\"\" \xc3\xb6\n", "that no name, number or list has");
  // Quotes before the closing three do not begin another text.
  refused_config("init = \"\"\"a\"\"\"\" \xc3\xb6\n", "that no name, number or list has");
}

TEST_F(CliBadConfigTest, CharactersBeyondAsciiMayStandInQuotesAndComments) {
  keep("run.toml",
       "\xef\xbb\xbf# gr\xc3\xb6\xc3\x9f"
       "er\nweights = \"\\\"\xc3\xb6.h5\" # \xc3\xb6\n"
       "preset = 'gatys'\ncontent-layers = \"\"\"\nrelu1_1\"\"\"\n");
  const ProgramResult result = done({"transfer", "--config", "run.toml", "--print-config"});
  EXPECT_NE(result.out.find("\xc3\xb6.h5"), std::string::npos) << result.out;
}

TEST_F(CliBadConfigTest, UnknownKeyNamesItsLine) {
  refused_config("size = 32\nbrush = \"oil\"\n", "run.toml:2");
  refused_config("size = 32\n [transfer]\nsize = 32\n", "a table (run.toml:2)");
  refused_config("[=]\n", "a table (run.toml:1)");
}

TEST_F(CliBadConfigTest, WhatTheTomlLibraryCannotBeGivenIsRefusedBeforeIt) {
  refused_config("size = 32\nscales = [16, }\n", "a table (run.toml:2)");
  refused_config("scales = [16, {}]\n", "a table (run.toml:1)");
  refused_config("size = 32;\n", "no name, number or list has");
  refused_config("\"\"\"init\"\"\" = 'photo'\n", "three quotes around a name (run.toml:1)");
  refused_config("size == 'large'\n", "a second equals sign (run.toml:1)");
  refused_config("scales = [16[32]]\n", "begins in the middle of a value (run.toml:1)");
  refused_config("size[0] = 16\n", "a table (run.toml:1)");
  refused_config("init = \"\"\"pho\\\nto\"\"\"\n", "at the end of a line (run.toml:1)");
  refused_config("init = \"\"\"pho\\\xc3\xb6\"\"\"\n", "without an escape");
  refused_config("size = 3.\"2\"\n", "in the middle of a name or value (run.toml:1)");
  refused_config("size = 3\"2\"\n", "in the middle of a name or value (run.toml:1)");
  refused_config("size = 32\ninit = \"photo\"\"\n",
                 "in the middle of a name or value (run.toml:2)");
  refused_config("init = 'photo' # twice\n init = 'photo' x\n",
                 "follows a text in quotes (run.toml:2)");
}

TEST_F(CliBadConfigTest, TextsMayStandWhereverTomlLetsThem) {
  keep("run.toml",
       "\"content-weight\"=2\n'init'='photo'#a\nstyle-layers=[\n\n  'relu1_1' , \"relu2_1\"\n]\n");
  const ProgramResult result =
      done({"transfer", "--config", "run.toml", "--print-config", "--preset", "gatys"});
  EXPECT_NE(result.out.find("relu1_1,relu2_1"), std::string::npos) << result.out;
}

TEST_F(CliBadConfigTest, ValueOfTheWrongTypeNamesItsLine) {
  for (const std::string line :
       {"size = \"large\"", "size = 1.5", "size = true", "size = [1, 2]", "clamp = 1",
        "clamp = \"true\"", "tv-weight = \"much\"", "init = 3", "optimizer = true",
        "tv-weight = 2020-01-01", "weights = 3", "preset = 1", "scales = [[16], [32]]"}) {
    refused_config("# a comment\n" + line + "\n", "run.toml:2");
  }
}

TEST_F(CliBadConfigTest, ValueOutOfRangeNamesItsLine) {
  for (const std::string line : {"tv-weight = nan", "tv-weight = -1", "tv-weight = inf",
                                 "iterations = 0", "optimizer = \"sgd\"", "scales = \"16,x\""}) {
    refused_config("# a comment\n" + line + "\n", "run.toml:2");
  }
}

TEST_F(CliBadConfigTest, UnknownPresetInTheFileListsTheNamesAndNamesItsLine) {
  refused_config("preset = \"monet\"\n", "gatys");
  refused_config("size = 32\npreset = \"monet\"\n", "run.toml:2");
  refused_config("size = 32\npreset = \"pyramid\"\n", "run.toml:2");
}

}  // namespace
}  // namespace impasto
