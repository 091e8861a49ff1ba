// The reference systems' numbers, written out from their publications and not from the code.
#include "presets/presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "impasto/error.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

using Taps = std::vector<LayerWeight>;

Taps taps(const std::vector<std::string>& names, double factor = 1, bool over_squared = false) {
  Taps result;
  for (const std::string& name : names) {
    result.push_back({name, factor, over_squared});
  }
  return result;
}

const std::vector<std::string>& first_of_each_block() {
  static const std::vector<std::string> names{"relu1_1", "relu2_1", "relu3_1", "relu4_1",
                                              "relu5_1"};
  return names;
}

TEST(Presets, DefaultIsFirst) {
  EXPECT_EQ(preset_names().front(), "gatys");
}

TEST(Presets, UnknownNameListsThem) {
  try {
    (void)preset("monet");
    ADD_FAILURE() << "no error";
  } catch (const UsageError& error) {
    for (const std::string& name : preset_names()) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  }
}

TEST(Presets, PlannedOneSaysWhatIsMissingAndNamesAnotherThatWorks) {
  for (const PlannedPreset& planned : planned_presets()) {
    EXPECT_THAT(preset_names(), testing::Not(testing::Contains(planned.name)));
    try {
      (void)preset(planned.name);
      ADD_FAILURE() << "no error for " << planned.name;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("not there yet"));
      EXPECT_THAT(error.what(), testing::HasSubstr(planned.missing));
      EXPECT_THAT(error.what(), testing::HasSubstr(planned.nearest));
    }
    const std::string option = "--preset ";
    ASSERT_TRUE(planned.nearest.starts_with(option));
    EXPECT_NO_THROW((void)preset(planned.nearest.substr(
        option.size(), planned.nearest.find(' ', option.size()) - option.size())));
  }
}

TEST(Presets, PyramidIsPlanned) {
  ASSERT_EQ(planned_presets().size(), 1U);
  EXPECT_EQ(planned_presets().front().name, "pyramid");
}

TEST(Presets, EveryOneIsValidAndSetsEachOptionOnce) {
  for (const std::string& name : preset_names()) {
    SCOPED_TRACE(name);
    const TransferOptions options = preset(name);
    EXPECT_EQ(options.preset, name);
    EXPECT_NO_THROW(validate(options));
    std::vector<std::string> names;
    for (const auto& [option, value] : find_preset(name).settings) {
      EXPECT_EQ(std::count(names.begin(), names.end(), option), 0) << option;
      names.push_back(option);
    }
    EXPECT_FALSE(find_preset(name).description.empty());
    EXPECT_FALSE(find_preset(name).source.empty());
  }
}

TEST(Presets, NoneSetsAnOptionThatHasNoEffect) {
  for (const Preset& entry : preset_table()) {
    const TransferOptions options = preset(entry.name);
    for (const auto& [option, value] : entry.settings) {
      EXPECT_EQ(find_option(option).ineffective(options), std::nullopt)
          << entry.name << ", " << option;
    }
  }
}

// gatys and neural-style were published with the authors' own weights, the others with
// torchvision's.
TEST(Presets, EveryOneNamesTheWeightsItWasPublishedWith) {
  for (const Preset& entry : preset_table()) {
    const bool caffe = entry.name == "gatys" || entry.name == "neural-style";
    if (entry.name != "oriented") {
      EXPECT_EQ(entry.family, caffe ? WeightFamily::kCaffe : WeightFamily::kTorchvision)
          << entry.name;
    }
  }
}

TEST(Presets, NoneClampsUnlessItsSystemDoes) {
  for (const std::string& name : preset_names()) {
    EXPECT_EQ(preset(name).clamp, name == "pyramid") << name;
  }
}

TEST(Presets, GatysIsTheAuthorsRecipe) {
  const TransferOptions o = preset("gatys");
  EXPECT_EQ(o.content_layers, taps({"relu4_2"}));
  EXPECT_EQ(o.style_layers, taps(first_of_each_block(), 1000, true));
  EXPECT_EQ(o.content_loss, ContentLoss::kMean);
  EXPECT_EQ(o.gram, GramForm::kPositions);
  EXPECT_EQ(o.style_loss, StyleLoss::kMean);
  EXPECT_EQ(o.layer_reduction, LayerReduction::kSum);
  EXPECT_EQ(o.content_weight, 1);
  EXPECT_EQ(o.style_weight, 1);
  EXPECT_EQ(o.tv_weight, 0);
  EXPECT_EQ(o.init, InitialImage::kContent);
  EXPECT_EQ(o.optimizer, OptimizerKind::kLbfgs);
  EXPECT_EQ(o.lbfgs_history, 10);
  EXPECT_EQ(o.line_search, LineSearch::kStrongWolfe);
  EXPECT_EQ(o.iterations, 500);
  EXPECT_EQ(o.size, 512);
  EXPECT_EQ(o.pooling, Pooling::kMax);
  EXPECT_EQ(o.padding, Padding::kZero);
  EXPECT_EQ(find_preset("gatys").family, WeightFamily::kCaffe);
}

TEST(Presets, TorchvisionNotebookIsTheNotebooks) {
  const TransferOptions o = preset("torchvision-notebook");
  EXPECT_EQ(o.size, 224);
  EXPECT_TRUE(o.stretch);
  EXPECT_EQ(o.content_layers, taps({"relu3_1"}));
  EXPECT_EQ(o.style_layers, taps({"relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1"}));
  EXPECT_EQ(o.content_loss, ContentLoss::kSum);
  EXPECT_EQ(o.gram, GramForm::kRaw);
  EXPECT_EQ(o.style_loss, StyleLoss::kSum);
  EXPECT_EQ(o.layer_reduction, LayerReduction::kMean);
  EXPECT_EQ(o.content_weight, 100);
  EXPECT_EQ(o.style_weight, 0.01);
  EXPECT_EQ(o.tv_weight, 0);
  EXPECT_EQ(o.init, InitialImage::kNoise);
  EXPECT_EQ(o.noise_std, 0.1);
  EXPECT_EQ(o.optimizer, OptimizerKind::kAdam);
  EXPECT_EQ(o.learning_rate, 0.1);
  EXPECT_EQ(o.adam_beta1, 0.9);
  EXPECT_EQ(o.adam_beta2, 0.999);
  EXPECT_EQ(o.adam_epsilon, 1e-8);
  EXPECT_EQ(o.iterations, 1000);
  EXPECT_EQ(o.output_range, OutputRange::kRescale);
  EXPECT_EQ(o.pooling, Pooling::kMax);
  EXPECT_EQ(find_preset("torchvision-notebook").family, WeightFamily::kTorchvision);
}

TEST(Presets, NeuralStyleIsTheTorchPrograms) {
  const TransferOptions o = preset("neural-style");
  EXPECT_EQ(o.content_layers, taps({"relu4_2"}));
  EXPECT_EQ(o.style_layers, taps(first_of_each_block()));
  EXPECT_EQ(o.content_loss, ContentLoss::kMean);
  EXPECT_EQ(o.gram, GramForm::kElements);
  EXPECT_EQ(o.style_loss, StyleLoss::kMean);
  EXPECT_EQ(o.layer_reduction, LayerReduction::kSum);
  EXPECT_EQ(o.content_weight, 5);
  EXPECT_EQ(o.style_weight, 100);
  EXPECT_EQ(o.tv_weight, 0.001);
  EXPECT_EQ(o.init, InitialImage::kNoise);
  EXPECT_EQ(o.noise_std, 0.001);
  EXPECT_EQ(o.optimizer, OptimizerKind::kLbfgs);
  EXPECT_EQ(o.line_search, LineSearch::kNone);
  EXPECT_EQ(o.lbfgs_history, 100);
  EXPECT_EQ(o.learning_rate, 1);
  EXPECT_EQ(o.iterations, 1000);
  EXPECT_EQ(o.size, 512);
  EXPECT_EQ(find_preset("neural-style").family, WeightFamily::kCaffe);
}

TEST(Presets, OrientedIsForNoTrainedFamily) {
  const TransferOptions o = preset("oriented");
  EXPECT_EQ(find_preset("oriented").family, std::nullopt);
  EXPECT_EQ(o.init, InitialImage::kContent);
  EXPECT_EQ(o.scales.size(), o.scale_iterations.size());
  EXPECT_TRUE(std::is_sorted(o.scales.begin(), o.scales.end()));
  EXPECT_EQ(o.scales.back(), 512) << "the default size";
}

TEST(Presets, ImageToStyleIsTheApps) {
  const TransferOptions o = preset("image-to-style");
  EXPECT_EQ(o.content_layers, taps({"relu5_4"}));
  EXPECT_EQ(o.style_layers, taps({"relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4"}));
  EXPECT_EQ(o.content_loss, ContentLoss::kMean);
  EXPECT_EQ(o.gram, GramForm::kRaw);
  EXPECT_EQ(o.style_loss, StyleLoss::kMean);
  EXPECT_EQ(o.layer_reduction, LayerReduction::kSum);
  EXPECT_EQ(o.init, InitialImage::kContent);
  EXPECT_EQ(o.optimizer, OptimizerKind::kAdam);
  EXPECT_EQ(o.iterations, 100);
}

TEST(Presets, UdacityIsTheCourses) {
  const TransferOptions o = preset("udacity");
  EXPECT_EQ(o.content_layers, taps({"relu4_2"}));
  EXPECT_EQ(o.style_layers, (Taps{{"relu1_1", 1},
                                  {"relu2_1", 0.75},
                                  {"relu3_1", 0.2},
                                  {"relu4_1", 0.2},
                                  {"relu5_1", 0.2}}));
  EXPECT_EQ(o.content_loss, ContentLoss::kMean);
  EXPECT_EQ(o.gram, GramForm::kRaw);
  EXPECT_EQ(o.style_loss, StyleLoss::kMeanPerElement);
  EXPECT_TRUE(o.style_stretch) << "the style image takes the content image's height and width";
  EXPECT_EQ(o.content_weight, 1);
  EXPECT_EQ(o.style_weight, 1e6);
  EXPECT_EQ(o.init, InitialImage::kContent);
  EXPECT_EQ(o.optimizer, OptimizerKind::kAdam);
  EXPECT_EQ(o.learning_rate, 0.003);
  EXPECT_GE(o.iterations, 2000);
  EXPECT_LE(o.iterations, 5000);
  EXPECT_EQ(o.output_range, OutputRange::kClip);
}

TEST(Presets, VggFromScratchIsTheArticles) {
  const TransferOptions o = preset("vgg-from-scratch");
  EXPECT_EQ(o.content_layers, taps({"relu4_2"}));
  EXPECT_EQ(o.style_layers, taps(first_of_each_block()));
  EXPECT_EQ(o.pooling, Pooling::kAverage);
  EXPECT_EQ(o.gram, GramForm::kElements);
  EXPECT_EQ(o.style_loss, StyleLoss::kMean);
  EXPECT_EQ(o.content_loss, ContentLoss::kMean);
  EXPECT_EQ(o.layer_reduction, LayerReduction::kMean);
  EXPECT_EQ(o.init, InitialImage::kNoise);
  EXPECT_EQ(o.noise_std, 10);
  EXPECT_EQ(o.optimizer, OptimizerKind::kAdam);
}

TEST(Presets, Vgg16LbfgsIsTheRepositorys) {
  const TransferOptions o = preset("vgg16-lbfgs");
  EXPECT_EQ(o.content_layers, taps({"relu4_2"}));
  EXPECT_EQ(o.style_layers, taps(first_of_each_block()));
  EXPECT_EQ(o.gram, GramForm::kRaw);
  EXPECT_EQ(o.optimizer, OptimizerKind::kLbfgs);
  EXPECT_EQ(o.size, 0) << "pictures keep their own resolution";
  EXPECT_EQ(o.style_size, 0);
}

}  // namespace
}  // namespace impasto
