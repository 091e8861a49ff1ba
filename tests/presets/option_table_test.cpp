// Every option's text form: what is written is read back to the same value.
#include "presets/option_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "impasto/error.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

std::string random_number(std::mt19937_64& random) {
  // From tiny to large: 0.001 … 1000 with all their digits.
  std::uniform_real_distribution<double> exponent(-3, 3);
  return print_number(std::pow(10.0, exponent(random)));
}

std::string random_whole(std::mt19937_64& random) {
  return std::to_string(std::uniform_int_distribution<int>(1, 1000)(random));
}

std::string random_list(std::mt19937_64& random, std::string (*element)(std::mt19937_64&)) {
  std::string text = element(random);
  for (int more = std::uniform_int_distribution<int>(0, 3)(random); more > 0; --more) {
    text += "," + element(random);
  }
  return text;
}

std::string random_layers(std::mt19937_64& random) {
  std::string text;
  for (int block = 1; block <= 5; ++block) {
    if (block == 3 || random() % 2 == 0) {
      text += (text.empty() ? "" : ",") + std::string("relu") + std::to_string(block) + "_1";
      text += random() % 2 == 0 ? "" : "=" + random_number(random);
      text += text.ends_with("_1") || random() % 2 == 0 ? "" : "/N^2";
    }
  }
  return text;
}

/// One of the words of a hint like "adam|lbfgs".
std::string random_choice(std::mt19937_64& random, const std::string& hint) {
  const std::vector<std::string> words = split(hint, '|');
  const std::string word = words[random() % words.size()];
  if (word == "R" || word == "F") {
    return random_number(random);
  }
  if (word == "PATH") {
    return "some folder/start " + random_whole(random) + ".png";
  }
  return word == "cuda[:N]" ? "cuda:" + std::to_string(random() % 8) : word;
}

/// A valid text for the option, as it would be printed.
std::string random_value(std::mt19937_64& random, const OptionEntry& entry) {
  if (entry.type == OptionType::kFlag) {
    return random() % 2 == 0 ? "true" : "false";
  }
  if (entry.name == "adam-beta1" || entry.name == "adam-beta2") {
    return print_number(std::uniform_real_distribution<double>(0, 0.9999)(random));
  }
  if (entry.name == "style-scale") {
    return print_number(std::uniform_real_distribution<double>(0.01, 64)(random));
  }
  if (entry.name == "seed") {
    return std::to_string(random());
  }
  if (entry.type == OptionType::kInteger) {
    return random_whole(random);
  }
  if (entry.type == OptionType::kNumber) {
    return random_number(random);
  }
  if (entry.name.ends_with("-layers")) {
    return random_layers(random);
  }
  if (entry.name == "style-weights") {
    return random_list(random, random_number);
  }
  return entry.hint.find('|') == std::string::npos ? random_list(random, random_whole)
                                                   : random_choice(random, entry.hint);
}

TEST(OptionTable, EveryOptionReadsBackWhatItPrints) {
  std::mt19937_64 random(11);
  for (const OptionEntry& entry : option_table()) {
    for (int n = 0; n < 200; ++n) {
      const std::string value = random_value(random, entry);
      TransferOptions options;
      entry.set(options, value);
      ASSERT_TRUE(entry.get(options)) << entry.name << " = " << value;
      const std::string printed = *entry.get(options);
      EXPECT_EQ(printed, value) << entry.name;
      TransferOptions again;
      entry.set(again, printed);
      EXPECT_EQ(entry.get(again), printed) << entry.name;
    }
  }
}

TEST(OptionTable, SettingOneOptionLeavesTheOthersAlone) {
  std::mt19937_64 random(12);
  const TransferOptions fresh;
  for (const OptionEntry& entry : option_table()) {
    TransferOptions options;
    entry.set(options, random_value(random, entry));
    for (const OptionEntry& other : option_table()) {
      if (other.name != entry.name) {
        EXPECT_EQ(other.get(options), other.get(fresh)) << entry.name << " changes " << other.name;
      }
    }
  }
}

TEST(OptionTable, EveryOptionIsExplainedAndGrouped) {
  std::set<std::string> names;
  for (const OptionEntry& entry : option_table()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name << " is there twice";
    EXPECT_FALSE(entry.group.empty()) << entry.name;
    EXPECT_FALSE(entry.help.empty()) << entry.name;
    EXPECT_EQ(entry.hint.empty(), entry.type == OptionType::kFlag) << entry.name;
  }
}

// Names that scripts rely on.
TEST(OptionTable, HasEveryOptionOfTheSpecification) {
  for (const std::string name : {"device",
                                 "precision",
                                 "threads",
                                 "size",
                                 "upscale",
                                 "style-scale",
                                 "style-size",
                                 "stretch",
                                 "style-stretch",
                                 "style-weights",
                                 "iterations",
                                 "scales",
                                 "scale-iterations",
                                 "optimizer",
                                 "learning-rate",
                                 "adam-beta1",
                                 "adam-beta2",
                                 "adam-epsilon",
                                 "lbfgs-history",
                                 "lbfgs-line-search",
                                 "init",
                                 "noise-std",
                                 "seed",
                                 "content-layers",
                                 "style-layers",
                                 "content-weight",
                                 "style-weight",
                                 "tv-weight",
                                 "balance",
                                 "strength",
                                 "content-loss",
                                 "gram",
                                 "style-loss",
                                 "layer-reduction",
                                 "pooling",
                                 "padding",
                                 "clamp",
                                 "output-range",
                                 "save-every"}) {
    EXPECT_EQ(find_option(name).name, name);
  }
}

TEST(OptionTable, UnknownNamesAreRefused) {
  TransferOptions options;
  EXPECT_THROW(set_option(options, "brush", "oil"), UsageError);
  EXPECT_THROW((void)find_option(""), UsageError);
  EXPECT_THROW((void)find_option("--size"), UsageError);
}

TEST(OptionTable, RefusedValuesLeaveTheOptionAsItWas) {
  for (const OptionEntry& entry : option_table()) {
    if (entry.name == "init") {
      continue;  // any text is a path
    }
    TransferOptions options;
    const auto before = entry.get(options);
    // Whether there is such a tap is known only with the weights; that this is no weight, at once.
    const std::string nonsense = entry.name.ends_with("-layers") ? "relu1_1=much" : "certainly not";
    EXPECT_THROW(entry.set(options, nonsense), UsageError) << entry.name;
    EXPECT_THROW(entry.set(options, ""), UsageError) << entry.name;
    EXPECT_EQ(entry.get(options), before) << entry.name;
  }
}

TEST(OptionTable, AnOptionSaysWhyItHasNoEffect) {
  const TransferOptions options;  // lbfgs
  EXPECT_EQ(find_option("lbfgs-history").ineffective(options), std::nullopt);
  EXPECT_EQ(find_option("size").ineffective(options), std::nullopt);
  EXPECT_EQ(find_option("adam-beta1").ineffective(options), "the optimizer is lbfgs");
}

TEST(OptionTable, EffectiveSettingsLeaveOutWhatHasNoEffect) {
  TransferOptions options;
  options.optimizer = OptimizerKind::kAdam;
  std::set<std::string> names;
  for (const auto& [name, value] : effective_settings(options)) {
    names.insert(name);
  }
  EXPECT_TRUE(names.contains("adam-beta1"));
  EXPECT_FALSE(names.contains("lbfgs-history"));
  EXPECT_FALSE(names.contains("seed"));
  EXPECT_FALSE(names.contains("balance")) << "there are no layers";
}

}  // namespace
}  // namespace impasto
