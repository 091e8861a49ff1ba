// Which algorithm runs: the rule, the settings, and the choices kept on disk.
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
  Algorithm unusual_{true, {TileSize::kSix, 37, true, false}};
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

TEST_F(ConvolutionChoice, AStoredChoiceIsFoundByTheNextProcess) {
  const std::string key = choice_key(spec_, 2);
  ChoiceCache(path("new/folder/choices.txt")).store(key, unusual_);
  const auto found = ChoiceCache(path("new/folder/choices.txt")).find(key);
  ASSERT_TRUE(found);
  EXPECT_EQ(to_string(*found), to_string(unusual_));
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

TEST_F(ConvolutionChoice, DamagedLinesAreIgnoredAndTheOthersKept) {
  const std::string file = path("choices.txt");
  ChoiceCache(file).store("first", unusual_);
  {
    std::ofstream append(file, std::ios::app | std::ios::binary);
    append << "second\twinograd6 2";  // cut off
    append << std::string("\0\xff\t;\n\n;\n\t\n", 9) << "third\tdirect\nfourth\tdirect;\n";
  }
  ChoiceCache cache(file);
  EXPECT_TRUE(cache.find("first"));
  EXPECT_FALSE(cache.find("second"));
  EXPECT_FALSE(cache.find("third")) << "the end of the line is missing";
  EXPECT_TRUE(cache.find("fourth"));
  cache.store("second", unusual_);
  EXPECT_TRUE(ChoiceCache(file).find("first"));
  EXPECT_TRUE(ChoiceCache(file).find("second"));
}

TEST_F(ConvolutionChoice, AFolderWhereNothingCanBeWrittenIsNoError) {
  std::ofstream(path("file")) << "not a folder";
  ChoiceCache cache(path("file") + "/impasto/choices.txt");
  cache.store("key", unusual_);
  EXPECT_TRUE(cache.find("key")) << "this process still remembers";
  ChoiceCache folder(folder_.string());  // a folder where a file should be
  folder.store("key", unusual_);
  EXPECT_TRUE(folder.find("key"));
  ChoiceCache nowhere("");
  nowhere.store("key", unusual_);
  EXPECT_TRUE(nowhere.find("key"));
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
  setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
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
  EXPECT_EQ(default_cache_path(), path("impasto/convolutions.txt"));
  EXPECT_NE(make_best_pass(filters, Direction::kForward, spec, true), nullptr);
  std::ifstream file(default_cache_path());
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("16 x 24 x 24 to 16, padding 1\t"), std::string::npos) << text.str();
  setenv("IMPASTO_CONVOLUTION", mode.c_str(), 1);
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
