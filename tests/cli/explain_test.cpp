// impasto explain: the report of the run that impasto transfer would make.
#include <nlohmann/json.hpp>

#include "cli/cli_fixture.hpp"
#include "cli/trace_rows.hpp"
#include "docs/code_references.hpp"
#include "support/paths.hpp"

namespace impasto {
namespace {

class CliExplainTest : public CliTest {
 protected:
  static Words explain(const Words& extra = {}) {
    Words words = usual_transfer(extra);
    words.front() = "explain";
    const auto output = std::find(words.begin(), words.end(), "out.png");
    if (output != words.end()) {
      *output = "report.html";
    }
    return words;
  }
  [[nodiscard]] nlohmann::json numbers_of(Words extra) const {
    extra.insert(extra.end(), {"--json", "report.json"});
    done(explain(extra));
    return nlohmann::json::parse(bytes_of(path("report.json")));
  }
};

TEST_F(CliExplainTest, WarnsOfATransparentPictureOnce) {
  Image clear = striped_picture(40, 32);
  clear.alpha.assign(static_cast<std::size_t>(clear.pixels()), 0.0F);
  save_image(path("style.png"), clear);
  EXPECT_EQ(count_of(done(explain()).err, "transparent everywhere"), 1U);
}

TEST_F(CliExplainTest, RefusesAStyleLossAndATapThatItCannotShow) {
  refused({"explain", "content.png", "style.png", "-o", "report.html", "--weights", "weights.h5",
           "--style-loss", "w2"},
          2, "--style-loss");
  refused({"explain", "content.png", "style.png", "-o", "report.html", "--weights", "weights.h5",
           "--style-layers", "pixels"},
          2, "pixels");
}

TEST_F(CliExplainTest, NumbersAreThoseOfASeparateTransfer) {
  const nlohmann::json numbers = numbers_of({"--balance", "5"});
  done(usual_transfer({"--balance", "5", "--trace", "trace.csv", "--size", "256"}));
  const std::vector<TraceRow> rows = trace_rows(bytes_of(path("trace.csv")));
  const nlohmann::json& trace = numbers.at("trace");
  ASSERT_EQ(trace.size(), rows.size());
  for (std::size_t n = 0; n < rows.size(); ++n) {
    EXPECT_EQ(trace[n].at("total").get<double>(), rows[n].total) << n;
    EXPECT_EQ(trace[n].at("content").get<double>(), rows[n].content) << n;
    EXPECT_EQ(trace[n].at("style").get<double>(), rows[n].style) << n;
  }
}

TEST_F(CliExplainTest, TheWorkedPixelIsTheBackendsAndTheDifferences) {
  const nlohmann::json numbers = numbers_of({"--pixel", "11,12", "--tv-weight", "2"});
  ASSERT_EQ(numbers.at("pixels").size(), 5U);
  EXPECT_EQ(numbers.at("pixels")[0].at("x"), 11);
  EXPECT_EQ(numbers.at("pixels")[0].at("y"), 12);
  double largest = 0;
  for (const auto& pixel : numbers.at("pixels")) {
    for (const auto& channel : pixel.at("channels")) {
      largest = std::max(largest, std::abs(channel.at("backend").get<double>()));
    }
  }
  for (const auto& pixel : numbers.at("pixels")) {
    for (const auto& channel : pixel.at("channels")) {
      const double backend = channel.at("backend");
      EXPECT_NEAR(channel.at("sum").get<double>() + channel.at("tv").get<double>(), backend,
                  1e-5 * largest);
      EXPECT_NEAR(channel.at("numeric").get<double>(), backend, 2e-4 * largest);
    }
  }
}

TEST_F(CliExplainTest, TheReportStandsAloneAndItsCodeIsThere) {
  const ProgramResult result = done(explain());
  EXPECT_NE(result.out.find("conv1_1"), std::string::npos);
  EXPECT_NE(result.out.find("style relu2_1"), std::string::npos);
  const std::string page = bytes_of(path("report.html"));
  for (const std::string section :
       {"run", "network", "forward", "grams", "backward", "pixel", "course", "choices"}) {
    EXPECT_NE(page.find("<section id=\"" + section + "\""), std::string::npos) << section;
  }
  for (const std::string outside : {"src=\"http", "href=\"http", "url(http", "@import"}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  const std::vector<docs::CodeReference> references = docs::code_references(page);
  EXPECT_GT(references.size(), 10U);
  for (const docs::CodeReference& reference : references) {
    EXPECT_TRUE(docs::resolves(reference, sample_pictures() + "/../.."))
        << reference.path << " " << reference.name;
  }
}

TEST_F(CliExplainTest, LooksAtOneSmallSizeUnlessToldOtherwise) {
  const nlohmann::json numbers =
      numbers_of({"--weights", "oriented", "--preset", "oriented", "--iterations", "2",
                  "--style-layers", "relu1_1", "--content-layers", "relu1_1"});
  EXPECT_FALSE(numbers.at("settings").contains("scales"));
  EXPECT_EQ(numbers.at("settings").at("size"), "256");
}

TEST_F(CliExplainTest, RefusesSensibly) {
  refused(explain({"--pixel", "11"}), 2, "--pixel");
  refused(explain({"--pixel", "11,12,13"}), 2, "--pixel");
  refused(explain({"--pixel", "1,12"}), 2, "border");
  refused(explain({"--pixel", "400,12"}), 2, "not in the picture, which has");
  refused(explain({"-o", "content.png"}), 2, "-o");
  refused(explain({"--json", "report.html"}), 2, "--json");
  refused(explain({"-o", "report.txt"}), 2, "name it so: -o report.html");
  refused(explain({"-o", "nowhere/report.html"}), 3);
  refused(explain({"--adam-beta1", "0.5", "--optimizer", "lbfgs"}), 2, "--adam-beta1");
}

}  // namespace
}  // namespace impasto
