// The other commands, and what help and version say.
#include <nlohmann/json.hpp>

#include "cli/cli_fixture.hpp"
#include "impasto/options.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

class CliCommandsTest : public CliTest {};

TEST_F(CliCommandsTest, VersionNamesCommitBuildTypeAndBackends) {
  const std::string text = done({"--version"}).out;
  EXPECT_TRUE(std::regex_search(text, std::regex(R"(^impasto \d+\.\d+\.\d+ \(\S+, \w+\)\n)")))
      << text;
  EXPECT_TRUE(std::regex_search(text, std::regex(R"(backends: cpu \(.*oneDNN \d.*\))"))) << text;
  EXPECT_TRUE(std::regex_search(text, std::regex(R"(\nCUDA backend: (not )?built \()"))) << text;
}

TEST_F(CliCommandsTest, HelpListsEveryCommand) {
  const std::string text = done({"--help"}).out;
  for (const std::string command :
       {"transfer", "convert", "inspect", "presets", "gradcheck", "bench", "devices"}) {
    EXPECT_NE(text.find(command), std::string::npos) << command;
    EXPECT_NE(done({command, "--help"}).out.find("Usage: impasto " + command), std::string::npos);
  }
}

/// The part of the help from this option to the next.
std::string help_of(const std::string& help, const std::string& option) {
  const std::size_t begin = help.find("\n  --" + option);
  if (begin == std::string::npos) {
    return "";
  }
  return help.substr(begin, help.find("\n  --", begin + 1) - begin);
}

TEST_F(CliCommandsTest, TransferHelpGivesEveryOptionWithItsDefault) {
  const std::string help = done({"transfer", "--help-all"}).out;
  const TransferOptions defaults = preset("gatys");
  for (const OptionEntry& entry : option_table()) {
    const std::string part = help_of(help, entry.name);
    const auto value = entry.get(defaults);
    EXPECT_NE(part.find("[" + (value ? *value : "unset") + "]"), std::string::npos)
        << entry.name << ": " << part;
    EXPECT_NE(help.find("\n" + entry.group + ":"), std::string::npos) << entry.group;
  }
  EXPECT_EQ(help.find("{true}"), std::string::npos) << help;
  EXPECT_EQ(help.find("{false}"), std::string::npos) << help;
  for (const std::string option : {"weights", "preset", "progress"}) {
    EXPECT_NE(help_of(help, option).find('['), std::string::npos) << option;
  }
}

TEST_F(CliCommandsTest, DevicesSaysWhatCanRunAndWhyAGpuCannot) {
  const std::string text = done({"devices"}).out;
  EXPECT_NE(text.find("cpu: "), std::string::npos) << text;
  EXPECT_NE(text.find("cuda"), std::string::npos) << text;
}

TEST_F(CliCommandsTest, PresetsAreListedWithADescription) {
  const std::string text = done({"presets"}).out;
  for (const std::string& name : preset_names()) {
    EXPECT_NE(("\n" + text).find("\n" + name + ": "), std::string::npos) << name;
  }
}

TEST_F(CliCommandsTest, ConvertedCheckpointCanBeInspectedAndUsed) {
  const std::string said =
      done({"convert", checkpoint_file("zip.pth"), "-o", "tiny.h5", "--family", "caffe"}).out;
  EXPECT_NE(said.find("4 convolutions"), std::string::npos) << said;
  const auto json = nlohmann::json::parse(done({"inspect", "tiny.h5", "--json"}).out);
  EXPECT_EQ(json.at("family"), "caffe");
  EXPECT_EQ(json.at("source"), "zip.pth");
  EXPECT_EQ(json.at("layers").size(), 4U);
  EXPECT_NE(done({"inspect", "tiny.h5"}).out.find("relu2_1"), std::string::npos);
  done(usual_transfer({"--weights", "tiny.h5"}));
}

TEST_F(CliCommandsTest, InspectTellsAPicturesSize) {
  const auto json = nlohmann::json::parse(done({"inspect", "style.png", "--json"}).out);
  EXPECT_EQ(json.at("width"), 36);
  EXPECT_EQ(json.at("height"), 48);
}

TEST_F(CliCommandsTest, InspectTellsAPicturesFormatOrientationAndColours) {
  const std::string turned =
      std::string("Exif\0\0MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\6\0\0", 28) + std::string(4, '\0');
  keep("turned.jpg", with_segment(jpeg_file(gradient_picture(40, 30)), 0xE1, turned));
  const auto photo = nlohmann::json::parse(done({"inspect", "turned.jpg", "--json"}).out);
  EXPECT_EQ(photo.at("format"), "JPEG");
  EXPECT_EQ(photo.at("width"), 30);
  EXPECT_EQ(photo.at("height"), 40);
  EXPECT_EQ(photo.at("orientation"), "made upright by a quarter turn clockwise");
  EXPECT_EQ(photo.at("colour_profile"), "none, taken for sRGB");
  keep("grey.png", png_file(1, 1, 8, kGrey, text({9}),
                            png_chunk("gAMA", big(100000, 4))));  // values in proportion to light
  const std::string table = done({"inspect", "grey.png"}).out;
  for (const std::string part : {"PNG", "upright", "grey", "gAMA and cHRM, converted to sRGB"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << " is not in\n" << table;
  }
  keep("odd.png", png_file(1, 1, 8, kRgb, text({9, 9, 9}),
                           png_chunk("iCCP", std::string("name\0\0", 6) + deflated("nonsense"))));
  EXPECT_NE(done({"inspect", "odd.png"}).out.find("ICC, damaged, left out"), std::string::npos);
}

TEST_F(CliCommandsTest, PlotDrawsOverNoPhotograph) {
  keep("photo.jpg", "precious");
  done(usual_transfer({"--trace", "trace.csv"}));
  for (const std::string figure : {"photo.jpg", "photo.jpeg", "figure", "trace.txt"}) {
    refused({"plot", "trace.csv", "-o", figure}, 2, "is an .svg or a .png");
  }
  done({"plot", "trace.csv", "-o", "figure.PNG"});
}

TEST_F(CliCommandsTest, OneEvaluationIsOne) {
  const auto said = [&](const std::string& count) {
    return done(usual_transfer({"--iterations", count, "--progress", "plain"})).err;
  };
  EXPECT_NE(said("1").find("1 evaluation done"), std::string::npos) << said("1");
  EXPECT_NE(said("2").find("2 evaluations done"), std::string::npos) << said("2");
}

TEST_F(CliCommandsTest, ConvertAndInspectRefuseWhatTheyCannotRead) {
  keep("notes.pth", "these are my notes about painting\n");
  refused({"convert", "nowhere.pth", "-o", "w.h5"}, 3, "nowhere.pth");
  refused({"convert", "notes.pth", "-o", "w.h5"}, 3, "notes.pth");
  refused({"convert", checkpoint_file("zip.pth"), "-o", "nowhere/w.h5"}, 3, "nowhere/w.h5");
  refused({"convert", checkpoint_file("zip.pth"), "-o", "w.h5", "--family", "tf"}, 2, "--family");
  refused({"convert", checkpoint_file("zip.pth")}, 2, "-o WEIGHTS.h5 is missing");
  refused({"inspect", "nowhere.h5"}, 3, "nowhere.h5");
  refused({"inspect", "notes.pth"}, 3, "notes.pth");
  refused({"inspect"}, 2, "FILE is missing (impasto inspect): type impasto inspect FILE");
}

TEST_F(CliCommandsTest, ConvertDoesNotReplaceItsOwnCheckpoint) {
  keep("zip.pth", bytes_of(checkpoint_file("zip.pth")));
  refused({"convert", "zip.pth", "-o", "zip.pth"}, 2, "zip.pth");
}

}  // namespace
}  // namespace impasto
