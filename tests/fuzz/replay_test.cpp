// Every target over its corpus: seeds, and inputs that once did harm. Fuzzing itself needs clang
// (tools/fuzz.sh); this is what every machine checks.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/target.hpp"
#include "support/paths.hpp"

namespace impasto {
namespace {

/// Far above what any input takes, far below what a user would take for a hang.
constexpr std::chrono::seconds kLongest{5};

class Replay : public ::testing::TestWithParam<fuzz::NamedTarget> {};

std::vector<std::filesystem::path> corpus_of(const std::string& target) {
  const std::filesystem::path folder(test_data() + "/../fuzz/corpus/" + target);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST_P(Replay, AnswersEveryInputOfTheCorpusInTime) {
  const auto files = corpus_of(GetParam().name);
  ASSERT_FALSE(files.empty());
  for (const auto& file : files) {
    SCOPED_TRACE(file.filename());
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_NO_THROW(GetParam().run(bytes));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kLongest);
  }
}

std::vector<fuzz::NamedTarget> sorted_targets() {
  std::vector<fuzz::NamedTarget> all = fuzz::targets();
  std::sort(all.begin(), all.end(),
            [](const auto& one, const auto& other) { return one.name < other.name; });
  return all;
}

}  // namespace

namespace fuzz {
void PrintTo(const NamedTarget& target, std::ostream* stream);
void PrintTo(const NamedTarget& target, std::ostream* stream) {
  *stream << target.name;
}
}  // namespace fuzz

namespace {
INSTANTIATE_TEST_SUITE_P(Each, Replay, ::testing::ValuesIn(sorted_targets()),
                         [](const auto& one) { return one.param.name; });
}  // namespace
}  // namespace impasto
