// Command lines that make no sense: exit code 2, one line, nothing written.
#include <set>

#include "cli/cli_fixture.hpp"
#include "impasto/options.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

class CliUsageTest : public CliTest {};

TEST_F(CliUsageTest, NoArgumentsAreWrongUsage) {
  refused({}, 2, "--help");
}

TEST_F(CliUsageTest, UnknownCommandIsNamed) {
  refused({"paint"}, 2, "paint");
  refused({"paint", "content.png", "style.png"}, 2, "paint");
}

TEST_F(CliUsageTest, UnknownOptionIsNamed) {
  refused(usual_transfer({"--colour", "blue"}), 2, "--colour");
  refused({"--colour"}, 2, "--colour");
  refused({"gradcheck", "--colour"}, 2, "--colour");
}

TEST_F(CliUsageTest, MissingPicturesOrOutputAreWrongUsage) {
  refused({"transfer"}, 2, "CONTENT STYLE -o OUT");
  refused({"transfer", "content.png"}, 2, "CONTENT STYLE -o OUT");
  refused({"transfer", "content.png", "-o", "out.png"}, 2, "CONTENT STYLE -o OUT");
  refused({"transfer", "content.png", "style.png"}, 2, "CONTENT STYLE -o OUT");
}

TEST_F(CliUsageTest, OptionWithoutItsValueIsWrongUsage) {
  refused({"transfer", "content.png", "style.png", "-o"}, 2, "-o has no value");
  refused(usual_transfer({"--size"}), 2, "--size");
}

TEST_F(CliUsageTest, OptionGivenTwiceIsWrongUsage) {
  refused(usual_transfer({"--size", "32", "--size", "16"}), 2, "--size");
}

TEST_F(CliUsageTest, EmptyNamesAreRefusedRatherThanIgnored) {
  for (const std::string option :
       {"--weights", "--preset", "--config", "--trace", "--progress", "-o"}) {
    refused(usual_transfer({option, ""}), 2);
  }
  Words words = transfer_words();
  words.insert(words.begin() + 1, {"", "style.png"});
  refused(words, 2);
}

/// Whether the option takes a number, or a list of numbers.
bool is_numeric(const OptionEntry& entry) {
  static const std::set<std::string> lists{"scales", "scale-iterations", "style-weights"};
  return entry.type == OptionType::kInteger || entry.type == OptionType::kNumber ||
         lists.contains(entry.name);
}

TEST_F(CliUsageTest, EveryNumericOptionRefusesWhatIsNoFiniteNumber) {
  for (const OptionEntry& entry : option_table()) {
    if (is_numeric(entry)) {
      for (const std::string value :
           {"nan", "inf", "-inf", "1e999", "abc", "3x", "", "0x10", "- 1"}) {
        refused(usual_transfer({"--" + entry.name, value}), 2, "--" + entry.name);
      }
    }
  }
}

TEST_F(CliUsageTest, EveryNumericOptionRefusesNegativeValues) {
  for (const OptionEntry& entry : option_table()) {
    if (is_numeric(entry)) {
      refused(usual_transfer({"--" + entry.name, "-1"}), 2, "--" + entry.name);
      refused(usual_transfer({"--" + entry.name + "=-1"}), 2, "--" + entry.name);
    }
  }
}

TEST_F(CliUsageTest, ZeroIsRefusedWhereItMakesNoSense) {
  for (const std::string name : {"iterations", "scales", "style-scale", "balance", "learning-rate",
                                 "adam-epsilon", "lbfgs-history", "style-weights"}) {
    refused(usual_transfer({"--" + name, "0"}), 2, "--" + name);
  }
  refused(usual_transfer({"--scales", "16,32", "--scale-iterations", "3,0"}), 2,
          "--scale-iterations");
}

TEST_F(CliUsageTest, WholeNumbersRefuseFractionsAndOverflow) {
  for (const OptionEntry& entry : option_table()) {
    if (entry.type == OptionType::kInteger) {
      for (const std::string value : {"1.5", "99999999999999999999", "1e2"}) {
        refused(usual_transfer({"--" + entry.name, value}), 2, "--" + entry.name);
      }
    }
  }
}

TEST_F(CliUsageTest, DecaysOfOneAreRefused) {
  refused(usual_transfer({"--adam-beta1", "1"}), 2, "--adam-beta1");
  refused(usual_transfer({"--adam-beta2", "1"}), 2, "--adam-beta2");
}

TEST_F(CliUsageTest, ScalesMustGrow) {
  refused(usual_transfer({"--scales", "32,16"}), 2, "--scales");
  refused(usual_transfer({"--scales", "16,16"}), 2, "--scales");
  refused(usual_transfer({"--scales", "16,,32"}), 2, "--scales");
}

TEST_F(CliUsageTest, ListsMustHaveTheRightLength) {
  refused(usual_transfer({"--scales", "16,32", "--scale-iterations", "3"}), 2,
          "--scale-iterations");
  refused(usual_transfer({"style.png", "--style-weights", "1,2,3"}), 2, "--style-weights");
  refused(usual_transfer({"style.png", "--style-weights", "0,0"}), 2, "--style-weights");
}

TEST_F(CliUsageTest, LayerListsAreChecked) {
  for (const std::string value : {"", ",", "relu1_1,", "relu1_1=", "relu1_1=-1", "relu1_1=nan",
                                  "=2", "relu1_1,relu1_1", "relu1_1=1/N"}) {
    refused(usual_transfer({"--style-layers", value}), 2, "--style-layers");
    refused(usual_transfer({"--content-layers", value}), 2, "--content-layers");
  }
}

TEST_F(CliUsageTest, NothingToMinimiseIsWrongUsage) {
  refused(usual_transfer({"--content-layers", "none", "--style-layers", "none"}), 2);
  refused(usual_transfer({"--content-weight", "0", "--style-weight", "0"}), 2);
}

TEST_F(CliUsageTest, ChoicesListTheirValues) {
  refused(usual_transfer({"--optimizer", "sgd"}), 2, "adam, lbfgs");
  refused(usual_transfer({"--padding", "wrap"}), 2, "zero, reflect, replicate");
  refused(usual_transfer({"--progress", "loud"}), 2, "auto, plain or none");
  refused(usual_transfer({"--device", "tpu"}), 2, "cuda:N");
  refused(usual_transfer({"--device", "cuda:x"}), 2, "--device");
}

TEST_F(CliUsageTest, AMistypedStrengthIsToldTheWordThatIsNear) {
  refused(usual_transfer({"--strength", "strng"}), 2, "did you mean strong?");
  refused(usual_transfer({"--strength", "much"}), 2, "weak, normal, strong or a number above 0");
}

TEST_F(CliUsageTest, AStrengthBeyondAllReasonIsRefusedRatherThanDiverging) {
  refused(usual_transfer({"--strength", "1e30"}), 2, "at most 1000000");
  refused(usual_transfer({"--strength", "1000001"}), 2, "at most 1000000");
  done({"transfer", "--strength", "1e6", "--print-config"});
}

TEST_F(CliUsageTest, UnknownPresetListsTheNames) {
  for (const std::string& name : preset_names()) {
    refused(usual_transfer({"--preset", "monet"}), 2, name);
  }
}

TEST_F(CliUsageTest, DeviceThatIsNotThereIsADeviceError) {
  if (run({"devices"}).out.find("cuda: cannot be used") == std::string::npos) {
    GTEST_SKIP() << "a GPU can be used here";
  }
  refused(usual_transfer({"--device", "cuda"}), 4, "--device");
  refused(usual_transfer({"--device", "cuda:0"}), 4, "--device");
}

TEST_F(CliUsageTest, CpuRefusesOtherPrecisions) {
  for (const std::string precision : {"tf32", "bf16", "fp16"}) {
    refused(usual_transfer({"--device", "cpu", "--precision", precision}), 2, "--precision");
  }
}

}  // namespace
}  // namespace impasto
