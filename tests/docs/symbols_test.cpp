// Chapters and report have one table of symbols, docs/chapters/symbols.md: every symbol of a
// formula stands in it, and none twice.
#include "docs/symbols.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "docs/markdown.hpp"
#include "explain/page/explanation_fixture.hpp"
#include "explain/page/report_html.hpp"

namespace impasto::docs {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

/// How often each symbol stands in the table's first column.
std::map<std::string, int> table_of_symbols() {
  std::map<std::string, int> times;
  for (const Line& line : markdown_lines(read_file(source_root() + "/docs/chapters/symbols.md"))) {
    if (line.text.starts_with("| $")) {
      const std::string cell = line.text.substr(2, line.text.find(" |", 2) - 2);
      for (const std::string& formula : formulas_in(cell + "\n")) {
        for (const std::string& symbol : symbols_of(formula)) {
          ++times[symbol];
        }
      }
    }
  }
  return times;
}

TEST(Symbols, AreLettersAndNotWords) {
  EXPECT_THAT(symbols_of(R"(\hat m = m/(1-\beta_1^t) + \beta \frac{\text{time}}{\mathrm{field}})"),
              UnorderedElementsAre("m", "t", "beta", "beta_1"));
  EXPECT_THAT(symbols_of(R"(F_{cn}^{\mathsf T} \sum_n x'_0 \le \partial L \begin{aligned})"),
              UnorderedElementsAre("F", "c", "n", "x", "L"));
}

TEST(Symbols, AreReadFromFormulasOfBothKinds) {
  EXPECT_THAT(formulas_in("Let $a$ be `$b$`.\n```math\nc\nd\n```\n($`e`$)\n"),
              ElementsAre("c\nd\n", "a", "e"));
}

TEST(Symbols, AreReadFromTheReport) {
  EXPECT_THAT(symbols_of_report("<var>dx</var> <var>m̂</var> <var>g<sub>l</sub></var>"
                                "<p class=\"formula\">α + β₂ Δ<var>x</var></p><p>γ</p>"),
              UnorderedElementsAre("x", "m", "g", "alpha", "beta_2", "Delta"));
}

TEST(Symbols, HaveOneMeaningEach) {
  for (const auto& [symbol, times] : table_of_symbols()) {
    EXPECT_EQ(times, 1) << symbol;
  }
}

TEST(Symbols, OfEveryFormulaStandInTheTable) {
  if (documents().empty()) {
    GTEST_SKIP() << "the source tree is not here";
  }
  const std::map<std::string, int> table = table_of_symbols();
  ASSERT_GT(table.size(), 40U);
  for (const Document& document : documents()) {
    for (const std::string& formula : formulas_in(document.text)) {
      for (const std::string& symbol : symbols_of(formula)) {
        EXPECT_TRUE(table.contains(symbol)) << document.path << ": " << symbol << " in " << formula;
      }
    }
  }
  for (const OptimizerKind kind : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    for (const std::string& symbol : symbols_of_report(report_html(explanation_fixture(kind)))) {
      EXPECT_TRUE(table.contains(symbol)) << "the report has " << symbol;
    }
  }
}

}  // namespace
}  // namespace impasto::docs
