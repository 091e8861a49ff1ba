// The name that somebody may have meant.
#include "core/near_name.hpp"

#include <gtest/gtest.h>

namespace impasto {
namespace {

const std::vector<std::string> kNames{"size",         "style-size", "style-scale",
                                      "style-weight", "iterations", "scale-iterations",
                                      "weights",      "seed"};

TEST(NearName, FindsMistypedNames) {
  EXPECT_EQ(near_name("stlye-weight", kNames), "style-weight");
  EXPECT_EQ(near_name("style-wieght", kNames), "style-weight");
  EXPECT_EQ(near_name("iteration", kNames), "iterations");
  EXPECT_EQ(near_name("itertions", kNames), "iterations");
  EXPECT_EQ(near_name("wieghts", kNames), "weights");
  EXPECT_EQ(near_name("sede", kNames), "seed");
}

TEST(NearName, FindsNamesInOtherLettersBeginningsAndPartsOfNames) {
  EXPECT_EQ(near_name("Style-Weight", kNames), "style-weight");
  EXPECT_EQ(near_name("iter", kNames), "iterations");
  EXPECT_EQ(near_name("output-image-size", kNames), "size");
  EXPECT_EQ(near_name("num-iterations-total", kNames), "iterations");
}

TEST(NearName, FindsNothingWhereNothingIsNear) {
  for (const std::string word : {"colour", "x", "", "s", "monet", "-"}) {
    EXPECT_EQ(near_name(word, kNames), "") << word;
  }
  EXPECT_EQ(near_name(std::string(100000, 's'), kNames), "");
  EXPECT_EQ(near_name("size", {}), "");
  EXPECT_EQ(did_you_mean("colour", kNames, "see the help"), "see the help");
  EXPECT_EQ(did_you_mean("sizes", kNames, "see the help"), "did you mean size?");
}

}  // namespace
}  // namespace impasto
