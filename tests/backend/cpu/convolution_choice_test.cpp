// Which algorithm runs: the rule, the settings, and what is kept of a measured choice.
#include "backend/cpu/convolution_choice.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "backend/run_choices.hpp"
#include "impasto/error.hpp"
#include "support/setting.hpp"

namespace impasto::cpu {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

ConvolutionWeights plain_weights() {
  ConvolutionWeights weights;
  weights.in_channels = 16;
  weights.out_channels = 16;
  weights.weight.assign(9 * 16 * 16, 0.1F);
  weights.bias.assign(16, 0.0F);
  return weights;
}

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
  const Setting cache("IMPASTO_CACHE", folder_.string());
  const Setting mode("IMPASTO_CONVOLUTION", "measure");
  const ConvolutionWeights weights = plain_weights();
  Filters filters(weights);
  const PassSpec spec{{16, 24, 24}, {16, 24, 24}, 1, false, nullptr};
  ThreadPool pool(2);
  EXPECT_NE(make_best_pass(pool, filters, Direction::kForward, spec, true, Choosing::kByClock),
            nullptr);
  const std::string text = text_of(path("convolutions.txt"));
  EXPECT_NE(text.find("16 x 24 x 24 to 16, padding 1\t"), std::string::npos) << text;
}

TEST_F(ConvolutionChoice, ACachedChoiceThatIsNoCandidateIsMeasuredAnew) {
  const Setting cache("IMPASTO_CACHE", folder_.string());
  const Setting mode("IMPASTO_CONVOLUTION", "measure");
  const PassSpec spec{{16, 20, 20}, {16, 20, 20}, 1, false, nullptr};
  ThreadPool pool(2);
  // Well formed, and as large as what is read at all; nobody would try it at this shape.
  const std::string absurd = choice_key(spec, pool.threads()) + "\twinograd6 4096 shared anew;";
  std::ofstream(path("convolutions.txt")) << absurd << '\n';
  const ConvolutionWeights weights = plain_weights();
  Filters filters(weights);
  make_best_pass(pool, filters, Direction::kForward, spec, true, Choosing::kByClock);
  const std::string text = text_of(path("convolutions.txt"));
  EXPECT_EQ(text.find("4096"), std::string::npos) << text;
  EXPECT_NE(text.find(choice_key(spec, pool.threads())), std::string::npos) << text;
}

TEST_F(ConvolutionChoice, NoClockIsAskedWhereChoicesShallNotDependOnIt) {
  const Setting cache("IMPASTO_CACHE", folder_.string());
  const Setting mode("IMPASTO_CONVOLUTION", "measure");
  EXPECT_EQ(choice_mode(Choosing::kByClock), ChoiceMode::kMeasure);
  EXPECT_EQ(choice_mode(Choosing::kByRule), ChoiceMode::kRule);
  {
    const Setting direct("IMPASTO_CONVOLUTION", "direct");
    EXPECT_EQ(choice_mode(Choosing::kByRule), ChoiceMode::kDirect)
        << "what is asked for by name needs no clock";
  }
  const PassSpec spec{{16, 22, 22}, {16, 22, 22}, 1, false, nullptr};
  ThreadPool pool(2);
  const ConvolutionWeights weights = plain_weights();
  Filters filters(weights);
  make_best_pass(pool, filters, Direction::kForward, spec, true, Choosing::kByRule);
  EXPECT_FALSE(fs::exists(path("convolutions.txt"))) << "nothing was timed";
}

TEST_F(ConvolutionChoice, AnUnknownSettingIsRefusedWithTheKnownOnes) {
  const Setting mode("IMPASTO_CONVOLUTION", "fastest");
  try {
    choice_mode(Choosing::kByClock);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("measure, rule, direct"), std::string::npos);
  }
}

}  // namespace
}  // namespace impasto::cpu
