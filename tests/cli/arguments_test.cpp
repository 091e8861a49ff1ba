// How words on the command line are understood.
#include "cli/cli_fixture.hpp"

namespace impasto {
namespace {

class CliArgumentsTest : public CliTest {
 protected:
  CliArgumentsTest() { save_image(path("other.png"), striped_picture(30, 20)); }
};

TEST_F(CliArgumentsTest, NegativeNumbersAreValuesAndNotOptions) {
  refused(usual_transfer({"--tv-weight", "-1"}), 2, "'-1' is not a value of --tv-weight");
  refused(usual_transfer({"--tv-weight=-0.5"}), 2, "'-0.5' is not a value of --tv-weight");
  refused(usual_transfer({"--tv-weight", "-.5"}), 2, "'-.5' is not a value of --tv-weight");
  refused(usual_transfer({"--size", "-1"}), 2, "'-1' is not a value of --size");
}

TEST_F(CliArgumentsTest, NumbersMayHaveASignAndAnExponent) {
  done(usual_transfer({"--tv-weight", "+1.5e-3", "--style-weight=2E1", "--content-weight", ".5"}));
}

TEST_F(CliArgumentsTest, FlagsHaveANegativeForm) {
  const auto clamp = [&](const Words& options) {
    Words words{"transfer", "--print-config"};
    words.insert(words.end(), options.begin(), options.end());
    const std::string out = done(words).out;
    return out.find("clamp = true\n") != std::string::npos;
  };
  EXPECT_FALSE(clamp({}));
  EXPECT_TRUE(clamp({"--clamp"}));
  EXPECT_FALSE(clamp({"--no-clamp"}));
  EXPECT_TRUE(clamp({"--clamp=true"}));
  EXPECT_FALSE(clamp({"--clamp=false"}));
}

TEST_F(CliArgumentsTest, FlagWithAValueThatIsNeitherTrueNorFalseIsWrongUsage) {
  refused(usual_transfer({"--clamp=maybe"}), 2, "clamp");
}

TEST_F(CliArgumentsTest, ContradictingFlagsAreWrongUsage) {
  refused(usual_transfer({"--clamp", "--no-clamp"}), 2, "--clamp");
  refused(usual_transfer({"--no-clamp", "--clamp"}), 2, "--clamp");
}

TEST_F(CliArgumentsTest, StylesMayStandBeforeAndAfterOptions) {
  Words before = transfer_words();
  before.insert(before.begin() + 1, {"content.png", "style.png", "other.png"});
  done(before);
  const std::string picture = bytes_of(path("out.png"));
  Words around = transfer_words();
  around.insert(around.begin() + 1, {"content.png", "style.png"});
  around.push_back("other.png");
  done(around);
  EXPECT_TRUE(bytes_of(path("out.png")) == picture);
  Words after = transfer_words();
  after.insert(after.end(), {"content.png", "style.png", "other.png"});
  done(after);
  EXPECT_TRUE(bytes_of(path("out.png")) == picture);
}

TEST_F(CliArgumentsTest, EverythingAfterTwoDashesIsAPicture) {
  save_image(path("-odd.png"), gradient_picture(32, 20));
  Words words = transfer_words();
  words.insert(words.end(), {"--", "-odd.png", "style.png"});
  done(words);
  EXPECT_EQ(load_image(path("out.png")).width, 32);
  Words styles = transfer_words();
  styles.insert(styles.end(), {"content.png", "--", "-odd.png"});
  done(styles);
  EXPECT_EQ(load_image(path("out.png")).width, 40);
}

TEST_F(CliArgumentsTest, PicturesWithBracketsAndSpacesAreOnePicture) {
  for (const std::string name : {"[a,b].png", "two words.png", "a=b.png", "{x}.png", "%d.png"}) {
    save_image(path(name), gradient_picture(32, 20));
    Words words = transfer_words();
    words.insert(words.begin() + 1, {name, name});
    done(words);
    EXPECT_EQ(load_image(path("out.png")).width, 32) << name;
  }
}

TEST_F(CliArgumentsTest, OutputHasAShortAndALongName) {
  done(usual_transfer({"-o", "short.png"}));
  EXPECT_TRUE(exists("short.png"));
  Words words = usual_transfer();
  *std::find(words.begin(), words.end(), "-o") = "--output";
  done(words);
  EXPECT_TRUE(exists("out.png"));
  Words glued = usual_transfer({"-o", "short.png"});
  const auto at = std::find(glued.begin(), glued.end(), "-o");
  glued.erase(at, at + 2);
  glued.push_back("-oglued.png");
  done(glued);
  EXPECT_TRUE(exists("glued.png"));
}

TEST_F(CliArgumentsTest, OptionsAreNotAbbreviated) {
  refused(usual_transfer({"--learn", "2"}), 2, "--learn");
}

}  // namespace
}  // namespace impasto
