// What runs of one figure share: told apart by keys, which follow the stages of the option table.
#include "transfer/shared_work.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "backend/reference/reference_backend.hpp"
#include "presets/option_table.hpp"
#include "support/small_network.hpp"

namespace impasto {
namespace {

class SharedWorkKeys : public testing::Test {
 protected:
  [[nodiscard]] SharedKeys keys(const TransferOptions& options,
                                const std::vector<double>& blend = {1}) const {
    return shared_.keys(content_, {style_}, options, blend, {24, 16}, {{20, 16}}, 3);
  }
  static TransferOptions with(const std::string& name, const std::string& value) {
    TransferOptions options = preset("gatys");
    set_option(options, name, value);
    return options;
  }

  std::unique_ptr<Backend> backend_ = make_reference_backend<float>();
  NetworkWeights weights_ = small_network({{4, 4}, {6, 6}}, 1);
  SharedWork shared_{*backend_, weights_};
  Image content_ = test_picture(24, 16, 1);
  Image style_ = test_picture(20, 16, 2);
};

TEST_F(SharedWorkKeys, OptionsOfTheNetworkChangeAllTargets) {
  const SharedKeys usual = keys(preset("gatys"));
  for (const auto& [name, value] :
       {std::pair{"pooling", "average"}, {"padding", "reflect"}, {"padding", "replicate"}}) {
    const SharedKeys other = keys(with(name, value));
    EXPECT_NE(other.content, usual.content) << name << " " << value;
    EXPECT_NE(other.style, usual.style) << name << " " << value;
  }
}

TEST_F(SharedWorkKeys, OptionsOfStyleTargetsChangeThoseAlone) {
  const SharedKeys usual = keys(preset("gatys"));
  for (const auto& [name, value] : {std::pair{"gram", "raw"},
                                    {"style-loss", "gatys"},
                                    {"style-loss", "w2"},
                                    {"style-weights", "3"}}) {
    const SharedKeys other = keys(with(name, value));
    EXPECT_EQ(other.content, usual.content) << name << " " << value;
    EXPECT_NE(other.style, usual.style) << name << " " << value;
  }
  EXPECT_NE(keys(preset("gatys"), {0.5}).style, usual.style);
}

TEST_F(SharedWorkKeys, OptionsOfThePathAreShared) {
  const SharedKeys usual = keys(preset("gatys"));
  for (const auto& [name, value] : {std::pair{"style-weight", "7"},
                                    {"content-loss", "sum"},
                                    {"learning-rate", "0.25"},
                                    {"iterations", "3"},
                                    {"output-range", "rescale"}}) {
    const SharedKeys other = keys(with(name, value));
    EXPECT_EQ(other.content, usual.content) << name;
    EXPECT_EQ(other.style, usual.style) << name;
  }
}

// A new option is of the path unless its group says otherwise, and is then shared. This list is to
// be thought about, not to be extended.
TEST(OptionStages, WhatFeaturesAndTargetsAreMadeOfIsOfNoLaterStage) {
  std::map<OptionStage, std::set<std::string>> names;
  for (const OptionEntry& entry : option_table()) {
    names[entry.stage].insert(entry.name);
  }
  using Names = std::set<std::string>;
  EXPECT_EQ(names[OptionStage::kNetwork], (Names{"padding", "pooling"}));
  EXPECT_EQ(names[OptionStage::kStyleTargets], (Names{"gram", "style-loss", "style-weights"}));
  EXPECT_EQ(names[OptionStage::kTaps], (Names{"content-layers", "style-layers"}));
  EXPECT_EQ(names[OptionStage::kSizes],
            (Names{"scale-iterations", "scales", "size", "stretch", "style-scale", "style-size",
                   "style-stretch", "upscale"}));
  EXPECT_EQ(names[OptionStage::kOutput], (Names{"output-range", "save-every"}));
}

}  // namespace
}  // namespace impasto
