// impasto gradcheck as a user runs it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/cli_fixture.hpp"
#include "report/svg_reader.hpp"

namespace impasto {
namespace {

using testing::HasSubstr;
using testing::Not;

class CliGradcheckTest : public CliTest {
 protected:
  [[nodiscard]] nlohmann::json json_of(Words words, int exit_code = 0) const {
    words.insert(words.begin(), "gradcheck");
    words.emplace_back("--json");
    const ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return nlohmann::json::parse(result.out);
  }
  /// The table's line that begins with `name` and two blanks or more.
  static std::string line_of(const std::string& text, const std::string& name) {
    const std::size_t begin = ("\n" + text).find("\n" + name + "  ");
    return begin == std::string::npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
  }
  static std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), {}};
  }
};

TEST_F(CliGradcheckTest, PassesAndSaysSo) {
  const std::string text = done({"gradcheck"}).out;
  EXPECT_GT(count_of(text, "  ok\n"), 20U) << text;
  EXPECT_THAT(text, Not(HasSubstr("FAILED")));
  EXPECT_THAT(text, HasSubstr("all gradients agree on cpu"));
}

TEST_F(CliGradcheckTest, JsonHasTheRowsOfTheTable) {
  const std::string table = done({"gradcheck", "--seed", "7"}).out;
  const nlohmann::json rows = json_of({"--seed", "7"});
  EXPECT_EQ(rows.size(), count_of(table, "  ok\n"));
  for (const auto& row : rows) {
    EXPECT_TRUE(row.at("passed").get<bool>()) << row;
    EXPECT_LE(row.at("numeric_error").get<double>(), row.at("numeric_tolerance").get<double>());
    EXPECT_LE(row.at("backend_error").get<double>(), row.at("backend_tolerance").get<double>());
    EXPECT_GT(row.at("gradient_norm").get<double>(), 0) << row;
    EXPECT_EQ(row.at("step"), 1e-5);
    EXPECT_FALSE(row.contains("break"));
  }
}

TEST_F(CliGradcheckTest, EveryOperationShowsItsLargestElementInBothWays) {
  const std::string table = done({"gradcheck"}).out;
  for (const auto& row : json_of({})) {
    if (row.at("op") == "network") {
      continue;
    }
    const auto& element = row.at("element");
    const double analytic = element.at("analytic").get<double>();
    EXPECT_NEAR(element.at("numeric").get<double>(), analytic, 1e-6 * std::abs(analytic)) << row;
    const std::string place = std::to_string(element.at("c").get<int>()) + "," +
                              std::to_string(element.at("y").get<int>()) + "," +
                              std::to_string(element.at("x").get<int>());
    const std::string line = line_of(table, row.at("operation"));
    const std::vector<std::string> words = words_of(line);
    const auto at = std::find(words.begin(), words.end(), place);
    ASSERT_GE(words.end() - at, 3) << line;
    EXPECT_NEAR(std::stod(at[1]), analytic, 1e-7 * std::abs(analytic)) << line;
    EXPECT_NEAR(std::stod(at[2]), analytic, 1e-6 * std::abs(analytic)) << line;
  }
}

TEST_F(CliGradcheckTest, TheNetworkShowsDirectionalDerivatives) {
  const nlohmann::json rows = json_of({"--op", "network"});
  ASSERT_EQ(rows.size(), 6U);
  for (const auto& row : rows) {
    EXPECT_EQ(row.at("directions").size(), 8U);
    for (const auto& direction : row.at("directions")) {
      EXPECT_NEAR(direction.at("analytic").get<double>(), direction.at("numeric").get<double>(),
                  1e-6 * row.at("gradient_norm").get<double>());
    }
    EXPECT_FALSE(row.contains("element"));
  }
  EXPECT_EQ(count_of(done({"gradcheck", "--op", "network"}).out, "  direction "), 6U);
}

TEST_F(CliGradcheckTest, OpChecksOnlyWhatItNames) {
  const auto names = [this](const Words& words) {
    std::set<std::string> ops;
    for (const auto& row : json_of(words)) {
      ops.insert(row.at("op"));
    }
    return ops;
  };
  const std::set<std::string> all{"image-in", "conv",         "conv-relu", "relu",
                                  "max-pool", "average-pool", "pad",       "content",
                                  "style",    "tv",           "w2",        "network"};
  EXPECT_EQ(names({}), all);
  for (const std::string& op : all) {
    EXPECT_EQ(names({"--op", op}), std::set<std::string>{op});
    EXPECT_THAT(done({"gradcheck", "--help"}).out, HasSubstr(op));
  }
  EXPECT_EQ(names({"--op", "tv", "--op", "conv"}), (std::set<std::string>{"conv", "tv"}));
  EXPECT_EQ(names({"--op", "pad,relu"}), (std::set<std::string>{"pad", "relu"}));
  EXPECT_EQ(count_of(done({"gradcheck", "--op", "conv"}).out, "  ok\n"), 2U);
}

TEST_F(CliGradcheckTest, AWrongNameListsTheRightOnes) {
  refused({"gradcheck", "--op", "convolve"}, 2,
          "image-in, conv, conv-relu, relu, max-pool, average-pool, pad, content, style, tv, "
          "w2, network");
  refused({"gradcheck", "--op", "conv", "--op", "conv"}, 2, "--op");
  refused({"gradcheck", "--op", ""}, 2, "--op");
}

// A far too long step spoils the numeric gradient: proof that the check can fail.
TEST_F(CliGradcheckTest, AFailureEndsWithOne) {
  const ProgramResult result = run({"gradcheck", "--step", "10"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("FAILED"));
  EXPECT_THAT(result.out, HasSubstr(" failed on cpu"));
}

TEST_F(CliGradcheckTest, SeveralStepsAreColumnsAndTheBestCounts) {
  const std::string text = done({"gradcheck", "--op", "style,tv", "--step", "1e-9,0.1,0.001"}).out;
  const std::vector<std::string> heading = words_of(text.substr(0, text.find('\n')));
  EXPECT_EQ(Words(heading.begin() + 3, heading.begin() + 6), (Words{"0.1", "0.001", "1e-09"}));
  const std::vector<std::string> gatys = words_of(line_of(text, "style loss, gatys"));
  EXPECT_THAT(gatys.at(4), testing::EndsWith("*")) << text;
  EXPECT_THAT(text, HasSubstr("all gradients agree at their best step (*) on cpu"));
  EXPECT_EQ(run({"gradcheck", "--op", "style", "--step", "10,1"}).exit_code, 1);
}

TEST_F(CliGradcheckTest, SweepShowsTruncationOnlyWhereAFunctionIsCurved) {
  const auto error_at = [](const nlohmann::json& row, double step) {
    for (const auto& each : row.at("steps")) {
      if (each.at("step") == step) {
        return each.at("numeric_error").get<double>();
      }
    }
    return -1.0;
  };
  const nlohmann::json rows = json_of({"--step", "sweep"});
  for (const auto& row : rows) {
    ASSERT_EQ(row.at("steps").size(), 12U);
    EXPECT_GT(error_at(row, 1e-12), 1e-5) << row;  // rounding
    double least = 1;
    for (const auto& each : row.at("steps")) {
      least = std::min(least, each.at("numeric_error").get<double>());
    }
    EXPECT_EQ(row.at("numeric_error").get<double>(), least);
    const std::string op = row.at("op");
    if (op == "style") {
      EXPECT_NEAR(error_at(row, 1e-1) / error_at(row, 1e-2), 100, 3) << row;
    }
    if (op == "image-in" || op == "conv" || op == "average-pool" || op == "pad" ||
        op == "content" || op == "tv") {
      EXPECT_LT(error_at(row, 1e-1), 1e-12) << row;
    }
  }
}

TEST_F(CliGradcheckTest, PlotDrawsACurvePerOperation) {
  done({"gradcheck", "--step", "sweep", "--plot", "steps.svg"});
  std::set<std::string> names;
  for (const XmlElement& element : xml_elements(bytes_of(path("steps.svg")))) {
    const auto name = element.attributes.find("data-name");
    if (name != element.attributes.end() && !name->second.empty()) {
      names.insert(name->second);
      EXPECT_EQ(points_of(element).size(), 12U) << name->second;
    }
  }
  EXPECT_EQ(names.size(), 12U);
  EXPECT_TRUE(names.contains("average-pool"));
  done({"gradcheck", "--op", "style", "--step", "1e-2,1e-3", "--plot", "steps.png", "--json"});
  EXPECT_GT(load_image(path("steps.png")).width, 300);
}

TEST_F(CliGradcheckTest, EveryMistakeFailsAndIsExplained) {
  const std::map<std::string, std::set<std::string>> spoilt{
      {"relu-mask", {"relu", "conv-relu", "network"}},
      {"filter-flip", {"conv", "conv-relu", "network"}},
      {"pool-route", {"max-pool", "network"}},
      {"gram-factor", {"style", "w2", "network"}}};
  for (const auto& [mistake, ops] : spoilt) {
    std::set<std::string> failed;
    for (const auto& row : json_of({"--break", mistake}, 1)) {
      EXPECT_EQ(row.at("break"), mistake);
      EXPECT_FALSE(row.contains("backend_error"));
      if (!row.at("passed").get<bool>()) {
        failed.insert(row.at("op"));
      }
    }
    EXPECT_EQ(failed, ops) << mistake;
    const ProgramResult result = run({"gradcheck", "--break", mistake});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.out, HasSubstr(" failed on the reference, broken on purpose\n" + mistake));
    EXPECT_THAT(result.out, HasSubstr("\nLook for "));
    EXPECT_THAT(result.out, Not(HasSubstr("vs reference")));
  }
}

TEST_F(CliGradcheckTest, AMistakeShowsAtEveryStep) {
  const nlohmann::json rows =
      json_of({"--op", "style", "--break", "gram-factor", "--step", "1e-3,1e-5"}, 1);
  for (const auto& row : rows) {
    for (const auto& step : row.at("steps")) {
      EXPECT_NEAR(step.at("numeric_error").get<double>(), 0.5, 1e-5) << row;
    }
  }
}

TEST_F(CliGradcheckTest, RefusesSensibly) {
  refused({"gradcheck", "--step", "0"}, 2, "--step");
  refused({"gradcheck", "--step", "nan"}, 2, "--step");
  refused({"gradcheck", "--step", ""}, 2, "--step");
  refused({"gradcheck", "--step", "1e-3,,1e-4"}, 2, "--step");
  refused({"gradcheck", "--step", "1e-3,0.001"}, 2, "--step");
  refused({"gradcheck", "--seed", "-1"}, 2, "--seed");
  refused({"gradcheck", "--device", "tpu"}, 2, "--device");
  refused({"gradcheck", "--break", "everything"}, 2, "--break");
}

TEST_F(CliGradcheckTest, RefusesWhatWouldHaveNoEffect) {
  refused({"gradcheck", "--plot", "steps.svg"}, 2, "--plot");
  refused({"gradcheck", "--step", "1e-4", "--plot", "steps.svg"}, 2, "--plot");
  refused({"gradcheck", "--break", "gram-factor", "--device", "cpu"}, 2, "--device");
  refused({"gradcheck", "--break", "gram-factor", "--op", "tv"}, 2, "style, w2, network");
}

TEST_F(CliGradcheckTest, RefusesAFigureThatItCannotWrite) {
  refused({"gradcheck", "--step", "sweep", "--plot", "steps.txt"}, 2, "steps.txt");
  refused({"gradcheck", "--step", "sweep", "--plot", ""}, 2);
  refused({"gradcheck", "--step", "sweep", "--plot", "nowhere/steps.svg"}, 3, "nowhere");
}

}  // namespace
}  // namespace impasto
