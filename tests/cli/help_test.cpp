// Help that a newcomer can use, and what mistyped command lines are told.
#include <gmock/gmock.h>

#include <sstream>

#include "cli/cli_fixture.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

using testing::HasSubstr;
using testing::Not;

class CliHelpTest : public CliTest {
 protected:
  /// The commands of a help's examples, as words; quotes as a shell takes them.
  [[nodiscard]] std::vector<Words> examples_of(const std::string& command) const {
    std::istringstream help(done({command, "--help"}).out);
    std::vector<Words> examples;
    for (std::string line; std::getline(help, line) && !line.empty();) {
      if (line.starts_with("  impasto ")) {
        std::erase(line, '\'');
        std::istringstream words(line.substr(std::string("  impasto ").size()));
        examples.emplace_back();
        for (std::string word; words >> word;) {
          examples.back().push_back(word);
        }
      }
    }
    return examples;
  }
};

TEST_F(CliHelpTest, TransferHelpBeginsWithFiveExamplesAndFitsOnAScreen) {
  const std::string help = done({"transfer", "--help"}).out;
  EXPECT_THAT(help, testing::StartsWith("Examples:\n  impasto transfer "));
  EXPECT_EQ(examples_of("transfer").size(), 5U);
  EXPECT_LT(count_of(help, "\n"), 60U);
  EXPECT_THAT(help, HasSubstr("impasto transfer --help-all"));
  const std::size_t options = count_of(help, "\n  -");
  EXPECT_GE(options, 12U);
  EXPECT_LE(options, 16U);
  EXPECT_THAT(help, Not(HasSubstr("adam-epsilon")));
  for (const std::string common : {"--size", "--iterations", "--balance", "--weights", "-o,"}) {
    EXPECT_THAT(help, HasSubstr("\n  " + common)) << common;
  }
}

TEST_F(CliHelpTest, ExamplesAreCommandLinesThatTheProgramTakes) {
  for (const std::string picture : {"photo.jpg", "painting.jpg", "one.jpg", "two.jpg"}) {
    save_image(path(picture), gradient_picture(40, 30));
  }
  for (Words words : examples_of("transfer")) {
    words.emplace_back("--print-config");
    done(words);
  }
  for (const std::string command : {"sweep", "reconstruct", "explain"}) {
    ASSERT_FALSE(examples_of(command).empty()) << command;
    for (Words words : examples_of(command)) {
      words.insert(words.end(), {"--weights", "weights.h5", "--init", "nowhere.png"});
      if (command == "explain") {
        words.insert(words.end(), {"--content-layers", "relu2_1", "--style-layers", "relu1_1"});
      }
      const ProgramResult result = run(words);
      // Everything is right with it but the initial image.
      EXPECT_EQ(result.exit_code, 3) << result.err;
      EXPECT_THAT(result.err, HasSubstr("nowhere.png")) << testing::PrintToString(words);
    }
  }
}

TEST_F(CliHelpTest, DefaultsThatAreTheCommandsOwnAreShownAsSuch) {
  const auto line_of = [&](const std::string& command, const std::string& option) {
    const std::string help = done({command, "--help"}).out;
    const std::size_t at = help.find("\n  --" + option);
    return help.substr(at, help.find("\n  -", at + 1) - at);
  };
  EXPECT_THAT(line_of("explain", "size"), HasSubstr("[256]"));
  EXPECT_THAT(line_of("explain", "iterations"), HasSubstr("[100]"));
  EXPECT_THAT(line_of("reconstruct", "init"), HasSubstr("[noise]"));
  EXPECT_THAT(line_of("transfer", "init"), HasSubstr("[content]"));
}

TEST_F(CliHelpTest, HelpAllOfTheProgramShowsEveryCommandsOptions) {
  const std::string help = done({"--help-all"}).out;
  for (const std::string option : {"--adam-epsilon", "--vary", "--cumulative", "--pixel", "--op"}) {
    EXPECT_THAT(help, HasSubstr(option));
  }
}

TEST_F(CliHelpTest, MistypedOptionsAreSuggested) {
  refused(usual_transfer({"--stlye-weight", "3"}), 2,
          "unknown option --stlye-weight (impasto transfer): did you mean --style-weight?");
  refused(usual_transfer({"--iteration=3"}), 2, "did you mean --iterations?");
  refused(usual_transfer({"-size", "3"}), 2, "did you mean --size?");
  refused(usual_transfer({"--lr", "3"}), 2, "did you mean --learning-rate?");
  refused(usual_transfer({"--image-size", "3"}), 2, "did you mean --size?");
  refused({"bench", "--itterations", "3"}, 2, "did you mean --iterations?");
  // A required option that is missing as well is not what is wrong first.
  refused({"sweep", "content.png", "style.png", "--varry", "seed=1"}, 2, "did you mean --vary?");
  refused(usual_transfer({"--colour", "3"}), 2, "--help-all");
}

TEST_F(CliHelpTest, MistypedCommandsArePresetsAndKeysAreSuggested) {
  refused({"transfr", "content.png"}, 2, "did you mean impasto transfer?");
  refused({"bnech"}, 2, "did you mean impasto bench?");
  refused({"content.png", "style.png", "-o", "out.png"}, 2, "impasto transfer content.png");
  refused(usual_transfer({"--preset", "gatis"}), 2, "did you mean gatys?");
  keep("run.toml", "iteratoins = 3\n");
  refused(usual_transfer({"--config", "run.toml"}), 2, "did you mean iterations?");
  refused({"sweep", "content.png", "style.png", "--vary", "tv-wieght=1,2", "-o", "out.png"}, 2,
          "did you mean tv-weight?");
}

TEST_F(CliHelpTest, DashesAndQuotesOfWebPagesAreNamed) {
  for (const std::string dash : {"\u2013", "\u2014", "\u2212", "\u2010"}) {
    refused(usual_transfer({dash + "size", "32"}), 2, "type --size");
    refused(usual_transfer({dash + dash + "size", "32"}), 2, "type --size");
  }
  refused(usual_transfer({"-\u2013size", "32"}), 2, "type --size");
  refused({"transfer", "content.png", "style.png", "\u2013o", "out.png"}, 2, "type -o");
  refused({"transfer", "\u201Ccontent.png\u201D", "style.png", "-o", "out.png"}, 2, "quotation");
  // A file may be called so.
  std::filesystem::copy_file(path("content.png"), path("\u2013size.png"));
  Words words = usual_transfer();
  std::replace(words.begin(), words.end(), std::string("content.png"),
               std::string("\u2013size.png"));
  done(words);
}

TEST_F(CliHelpTest, HabitsOfOtherProgramsAreMet) {
  refused({"transfer", "--content", "content.png", "--style", "style.png", "-o", "out.png"}, 2,
          "impasto transfer CONTENT STYLE -o OUT");
  refused({"transfer", "content.png", "-style_image", "style.png", "-o", "out.png"}, 2,
          "impasto transfer CONTENT STYLE -o OUT");
  for (const Words& output : std::vector<Words>{{"-o=out.png"},
                                                {"-output", "out.png"},
                                                {"-out=out.png"},
                                                {"-output_image", "out.png"}}) {
    Words words{"transfer", "content.png", "style.png"};
    words.insert(words.end(), output.begin(), output.end());
    refused(words, 2, "type -o OUT");
  }
  refused(usual_transfer({"--style_weight", "3"}), 2, "did you mean --style-weight?");
}

TEST_F(CliHelpTest, WhatIsMissingIsNamed) {
  refused({"transfer"}, 2, "no content picture");
  refused({"transfer", "content.png", "-o", "out.png"}, 2, "no style picture beside content.png");
  refused({"transfer", "content.png", "style.png"}, 2, "-o content_style.png");
  refused({}, 2, "impasto transfer PHOTO PAINTING -o OUT.png");
}

TEST_F(CliHelpTest, AllThatIsMissingIsNamedAtOnce) {
  refused({"convert"}, 2,
          "CHECKPOINT and -o WEIGHTS.h5 are missing (impasto convert): type impasto convert "
          "CHECKPOINT -o WEIGHTS.h5");
  refused({"plot", "trace.csv"}, 2, "-o FIG is missing");
  refused({"reconstruct", "-o", "out.png"}, 2, "IMAGE is missing");
}

TEST_F(CliHelpTest, DoubledAndEmptyValuesAreNamed) {
  refused(usual_transfer({"--size", "32", "--size", "16"}), 2,
          "--size is given more than once (impasto transfer): give it once");
  refused(usual_transfer({"-o", "a.png", "--output", "b.png"}), 2, "-o is given more than once");
  refused(usual_transfer({"--clamp", "--no-clamp"}), 2, "--clamp is given more than once");
  refused(usual_transfer({"--weights", ""}), 2, "--weights has an empty value (impasto transfer)");
  refused(usual_transfer({"-o", ""}), 2, "-o has an empty value");
  refused({"transfer", "", "style.png", "-o", "out.png"}, 2, "CONTENT has an empty value");
  refused({"transfer", "content.png", "", "-o", "out.png"}, 2, "STYLE has an empty value");
  // The next word is no value of it.
  refused(usual_transfer({"--preset=", "gatys"}), 2, "--preset= has an empty value");
  refused({"transfer", "content.png", "style.png", "-o", "--size", "40"}, 2,
          "-o has no value, for the next word, --size, is an option");
  refused(usual_transfer({"--size"}), 2, "--size has no value (impasto transfer): type --size N");
  refused({"inspect", "weights.h5", "--json=maybe"}, 2, "--json takes no value");
}

TEST_F(CliHelpTest, WordsThatAreNoValueAreToldWhatIs) {
  refused({"plot", "trace.csv", "-o", "a.svg", "--width", "3"}, 2,
          "'3' is not a value of --width (--width): give a whole number from 300 to 8000");
  refused({"bench", "--iterations", "ten"}, 2,
          "'ten' is not a value of --iterations (--iterations): give a whole number from 1");
  refused({"plot", "trace.csv", "-o", "a.svg", "--against", "second"}, 2, "did you mean seconds?");
  refused({"convert", "a.pth", "-o", "a.h5", "--family", "keras"}, 2,
          "give one of torchvision, caffe");
}

TEST_F(CliHelpTest, WordsTooManyAreNamed) {
  refused({"inspect", "weights.h5", "content.png"}, 2,
          "'content.png' is a word too many (impasto inspect): type impasto inspect FILE");
  refused({"presets", "gatys"}, 2, "'gatys' is a word too many");
}

TEST_F(CliHelpTest, HelpIsACommandToo) {
  EXPECT_EQ(done({"help"}).out, done({"--help"}).out);
  EXPECT_EQ(done({"help", "transfer"}).out, done({"transfer", "--help"}).out);
  refused({"help", "transfr"}, 2, "did you mean impasto transfer?");
}

TEST_F(CliHelpTest, MissingFilesAreSuggested) {
  Words words = usual_transfer();
  std::replace(words.begin(), words.end(), std::string("content.png"), std::string("contnet.png"));
  refused(words, 3, "did you mean content.png?");
  std::replace(words.begin(), words.end(), std::string("contnet.png"), std::string("*.jpeg"));
  refused(words, 3, "pattern");
  std::replace(words.begin(), words.end(), std::string("*.jpeg"), std::string("."));
  refused(words, 3, "folder");
  std::replace(words.begin(), words.end(), std::string("."),
               std::string("https://example.org/photo.jpg"));
  refused(words, 3, "download it first");
}

class CliSizeAndScalesTest : public CliTest {};

TEST_F(CliSizeAndScalesTest, ASizeThatIsTheLastScalesSaysTheSameTwice) {
  const Words scales{"--scales", "16,24,32", "--upscale"};
  Words both = usual_transfer(scales);
  done(both);
  const std::string picture = bytes_of(path("out.png"));
  both.insert(both.end(), {"--size", "32"});
  done(both);
  EXPECT_TRUE(bytes_of(path("out.png")) == picture);
  keep("run.toml", "size = 32\nscales = [16, 24, 32]\n");
  done(usual_transfer({"--config", "run.toml"}));
  Words words = usual_transfer({"--scales", "16,32", "--size", "32", "--vary", "tv-weight=0,1"});
  words[0] = "sweep";
  done(words);
}

TEST_F(CliSizeAndScalesTest, AnotherSizeIsRefused) {
  refused(usual_transfer({"--scales", "16,24,32", "--size", "31"}), 2, "--size");
  keep("run.toml", "size = 24\nscales = [16, 24, 32]\n");
  refused(usual_transfer({"--config", "run.toml"}), 2, "run.toml:1");
}

class CliVaryNamesTest : public CliTest {
 protected:
  [[nodiscard]] Words sweep(const Words& vary) const {
    Words words = transfer_words();
    words[0] = "sweep";
    words.insert(words.begin() + 1, "content.png");
    for (const std::string& axis : vary) {
      words.insert(words.end(), {"--vary", axis});
    }
    return words;
  }
  /// Panels of the table.
  [[nodiscard]] std::size_t panels() const { return count_of(bytes_of(path("out.csv")), ",done,"); }
};

TEST_F(CliVaryNamesTest, CommasSemicolonsAndSpacesInFileNames) {
  for (const std::string name : {"a,b.png", "c;d.png", "e size=3.png", "l'hiver.png"}) {
    std::filesystem::copy_file(path("style.png"), path(name));
  }
  for (const std::string vary :
       {R"(style=a\,b.png,style.png)", R"(style="a,b.png",style.png)",
        R"(style='a,b.png',style.png)", R"(style=a,b.png;style.png)", R"(style=c\;d.png,style.png)",
        R"(style="c;d.png";style.png)", R"(style="e size=3.png",style.png)",
        R"(style=e\ size=3.png,style.png)", R"(style=l'hiver.png,style.png)"}) {
    done(sweep({vary}));
    EXPECT_EQ(panels(), 2U) << vary;
  }
  done(sweep({R"(style="a,b.png","c;d.png" tv-weight=0,1)", "content-weight=1;2"}));
}

TEST_F(CliVaryNamesTest, AFileThatIsNotThereIsNamedWithTheWayToWriteCommas) {
  std::filesystem::copy_file(path("style.png"), path("a,b.png"));
  refused(sweep({"style=a,b.png"}), 3, "(a): check the name (--vary style); a comma");
  refused(sweep({"style=\"a,b.png"}), 2, "not closed");
}

}  // namespace
}  // namespace impasto
