// Every preset through --print-config and --config: the same options, the same run. And a preset
// beside explicit options and unsuitable weights.
#include <CLI/CLI.hpp>

#include "cli/cli_fixture.hpp"
#include "cli/trace_rows.hpp"
#include "cli/transfer_arguments.hpp"
#include "impasto/options.hpp"
#include "presets/option_table.hpp"
#include "presets/presets.hpp"

namespace impasto {
namespace {

/// What the command line makes of these words.
TransferRun run_of(const Words& words) {
  CLI::App command;
  TransferArguments arguments;
  add_transfer_arguments(command, arguments);
  command.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them last first
  return decide_run(arguments);
}

class CliPresetConfigTest : public CliTest {
 protected:
  CliPresetConfigTest() {
    // The layers of VGG-19, so that every preset finds its own.
    write_weights_file(path("vgg.h5"),
                       caffe_network({{4, 4}, {6, 6}, {6, 6, 6, 6}, {8, 8, 8, 8}, {8, 8, 8, 8}}));
  }

  /// The picture and the trace (but for its seconds) of a run.
  [[nodiscard]] std::pair<std::string, std::string> results_of(const Words& options) const {
    Words words{"transfer",  "content.png", "style.png", "-o",        "out.png", "--trace",
                "trace.csv", "--progress",  "none",      "--weights", "vgg.h5"};
    words.insert(words.end(), options.begin(), options.end());
    done(words);
    static const std::regex seconds(",[^,\n]*\n");
    return {bytes_of(path("out.png")),
            std::regex_replace(bytes_of(path("trace.csv")), seconds, "\n")};
  }
};

TEST_F(CliPresetConfigTest, EveryPresetPrintedAndReadBackIsTheSameOptions) {
  for (const std::string& name : preset_names()) {
    const TransferRun run = run_of({"--preset", name});
    EXPECT_EQ(run.options, preset(name)) << name;
    keep("run.toml", effective_config(run));
    EXPECT_EQ(run_of({"--config", path("run.toml")}).options, run.options) << name;
  }
}

TEST_F(CliPresetConfigTest, EveryPresetPrintedAndReadBackIsTheSameRun) {
  for (const std::string& name : preset_names()) {
    Words options{"--preset", name, "--iterations", "4", "--threads", "1"};
    const auto first = results_of(options);
    options.insert(options.begin(), {"transfer", "--weights", "vgg.h5", "--print-config"});
    keep("run.toml", done(options).out);
    const auto again = results_of({"--config", "run.toml"});
    EXPECT_EQ(again.second, first.second) << name;
    EXPECT_TRUE(again.first == first.first) << name;
    EXPECT_EQ(trace_rows(bytes_of(path("trace.csv"))).size(), 4U) << name;
  }
}

TEST_F(CliPresetConfigTest, ExplicitOptionsBeatEveryPreset) {
  for (const std::string& name : preset_names()) {
    const TransferRun run = run_of({"--preset", name, "--content-weight", "7.5", "--learning-rate",
                                    "0.25", "--content-layers", "relu2_2", "--init", "gray",
                                    "--pooling", "average", "--output-range", "rescale"});
    EXPECT_EQ(run.options.content_weight, 7.5) << name;
    EXPECT_EQ(run.options.learning_rate, 0.25) << name;
    EXPECT_EQ(run.options.content_layers, (std::vector<LayerWeight>{{"relu2_2"}})) << name;
    EXPECT_EQ(run.options.init, InitialImage::kGray) << name;
    EXPECT_EQ(run.options.pooling, Pooling::kAverage) << name;
    EXPECT_EQ(run.options.output_range, OutputRange::kRescale) << name;
    EXPECT_EQ(run.options.style_layers, preset(name).style_layers) << "the others are the preset's";
  }
}

TEST_F(CliPresetConfigTest, PlannedPresetIsRefusedAndTheNearestNamed) {
  refused(usual_transfer({"--preset", "pyramid"}), 2, "not there yet");
  refused({"transfer", "--preset", "pyramid", "--print-config"}, 2, "--preset gatys");
}

TEST_F(CliPresetConfigTest, ListMarksWhatIsPlanned) {
  const std::string text = done({"presets"}).out;
  for (const Preset& entry : preset_table()) {
    EXPECT_NE(text.find(entry.name + ": " + entry.description + " (" + entry.source + ")\n"),
              std::string::npos)
        << entry.name;
  }
  EXPECT_NE(text.find("\npyramid: not there yet"), std::string::npos) << text;
}

TEST_F(CliPresetConfigTest, StretchedStyleIsAnotherTargetOfTheSameSizeOfPicture) {
  const Words usual{"--preset", "udacity", "--iterations", "2", "--learning-rate", "0.1"};
  Words kept = usual;
  kept.emplace_back("--no-style-stretch");
  const auto stretched = results_of(usual);
  EXPECT_NE(results_of(kept).second, stretched.second);
  const Image picture = load_image(path("out.png"));
  EXPECT_EQ(picture.width, 40);
  EXPECT_EQ(picture.height, 30);
}

}  // namespace
}  // namespace impasto
