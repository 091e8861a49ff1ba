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

TEST_F(CliCommandsTest, ConvertAndInspectRefuseWhatTheyCannotRead) {
  keep("notes.pth", "these are my notes about painting\n");
  refused({"convert", "nowhere.pth", "-o", "w.h5"}, 3, "nowhere.pth");
  refused({"convert", "notes.pth", "-o", "w.h5"}, 3, "notes.pth");
  refused({"convert", checkpoint_file("zip.pth"), "-o", "nowhere/w.h5"}, 3, "nowhere/w.h5");
  refused({"convert", checkpoint_file("zip.pth"), "-o", "w.h5", "--family", "tf"}, 2, "--family");
  refused({"convert", checkpoint_file("zip.pth")}, 2, "output");
  refused({"inspect", "nowhere.h5"}, 3, "nowhere.h5");
  refused({"inspect", "notes.pth"}, 3, "notes.pth");
  refused({"inspect"}, 2, "file");
}

TEST_F(CliCommandsTest, ConvertDoesNotReplaceItsOwnCheckpoint) {
  keep("zip.pth", bytes_of(checkpoint_file("zip.pth")));
  refused({"convert", "zip.pth", "-o", "zip.pth"}, 2, "zip.pth");
}

}  // namespace
}  // namespace impasto
