// Which algorithm runs: the rule, the settings, and what is kept of a measured choice.
#include "backend/cpu/convolution_choice.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "impasto/error.hpp"

namespace impasto::cpu {
namespace {

namespace fs = std::filesystem;

class ConvolutionChoice : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("impasto_choice_" +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  fs::path folder_;
  PassSpec spec_{{64, 100, 120}, {128, 100, 120}, 1, true, nullptr};
};

TEST_F(ConvolutionChoice, AlgorithmsReadAsTheyAreWritten) {
  for (const char* text : {"direct", "winograd4 28 private kept", "winograd6 224 shared anew"}) {
    const auto algorithm = parse_algorithm(text);
    ASSERT_TRUE(algorithm) << text;
    EXPECT_EQ(to_string(*algorithm), text);
  }
  for (const char* text :
       {"", "winograd", "winograd4", "winograd4 28 private", "winograd5 1 shared kept",
        "winograd4 0 private kept", "winograd4 99999 private kept", "winograd4 -3 private kept",
        "winograd4 28 private kept more"}) {
    EXPECT_FALSE(parse_algorithm(text)) << text;
  }
}

TEST_F(ConvolutionChoice, KeysTellShapesAndThreadsApart) {
  PassSpec other = spec_;
  other.x.width = 121;
  PassSpec unpadded = spec_;
  unpadded.padding = 0;
  EXPECT_NE(choice_key(spec_, 2), choice_key(other, 2));
  EXPECT_NE(choice_key(spec_, 2), choice_key(unpadded, 2));
  EXPECT_NE(choice_key(spec_, 2), choice_key(spec_, 4));
}

TEST_F(ConvolutionChoice, CandidatesAndRuleFitTheChannels) {
  for (const PassSpec& spec : {spec_, PassSpec{{512, 16, 16}, {512, 16, 16}, 1, true, nullptr},
                               PassSpec{{16, 1, 1}, {16, 1, 1}, 1, true, nullptr}}) {
    const std::vector<Algorithm> all = candidates(spec, 2);
    EXPECT_FALSE(all.front().winograd);
    EXPECT_GT(all.size(), 2U);
    EXPECT_TRUE(choose_by_rule(spec, 2).winograd);
  }
  const PassSpec first_layer{{3, 100, 100}, {64, 100, 100}, 1, true, nullptr};
  EXPECT_EQ(candidates(first_layer, 2).size(), 1U);
  EXPECT_FALSE(choose_by_rule(first_layer, 2).winograd);
}

TEST_F(ConvolutionChoice, AMeasuredChoiceIsWrittenToTheCache) {
  const char* cache = std::getenv("IMPASTO_CACHE");
  const std::string cache_before = cache != nullptr ? cache : "";
  setenv("IMPASTO_CACHE", folder_.c_str(), 1);
  const char* before = std::getenv("IMPASTO_CONVOLUTION");
  const std::string mode = before != nullptr ? before : "";
  setenv("IMPASTO_CONVOLUTION", "measure", 1);
  ConvolutionWeights weights;
  weights.in_channels = 16;
  weights.out_channels = 16;
  weights.weight.assign(9 * 16 * 16, 0.1F);
  weights.bias.assign(16, 0.0F);
  Filters filters(weights);
  const PassSpec spec{{16, 24, 24}, {16, 24, 24}, 1, false, nullptr};
  ThreadPool pool(2);
  EXPECT_NE(make_best_pass(pool, filters, Direction::kForward, spec, true), nullptr);
  std::ifstream file(path("convolutions.txt"));
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("16 x 24 x 24 to 16, padding 1\t"), std::string::npos) << text.str();
  setenv("IMPASTO_CONVOLUTION", mode.c_str(), 1);
  setenv("IMPASTO_CACHE", cache_before.c_str(), 1);
}

TEST_F(ConvolutionChoice, AnUnknownSettingIsRefusedWithTheKnownOnes) {
  const char* before = std::getenv("IMPASTO_CONVOLUTION");
  const std::string mode = before != nullptr ? before : "";
  setenv("IMPASTO_CONVOLUTION", "fastest", 1);
  try {
    choice_mode();
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("measure, rule, direct"), std::string::npos);
  }
  setenv("IMPASTO_CONVOLUTION", mode.c_str(), 1);
}

}  // namespace
}  // namespace impasto::cpu
