// --deterministic: the clock, the cache of timed choices and the number of threads change no byte.
#include <set>

#include "cli/cli_fixture.hpp"
#include "cli/trace_rows.hpp"
#include "faults/fault_library.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

class CliDeterministicTest : public CliTest {
 protected:
  CliDeterministicTest() {
    // Wide enough for every algorithm: they round differently.
    write_weights_file(path("weights.h5"), caffe_network({{16, 16}, {16, 16}}));
  }

  struct Run {
    std::string picture;
    std::string losses;
    friend bool operator==(const Run&, const Run&) = default;
  };

  /// What a run leaves whose algorithms may be timed.
  [[nodiscard]] Run run_with(const Words& extra,
                             const std::map<std::string, std::string>& environment) const {
    Words words = usual_transfer({"--trace", "trace.csv", "--iterations", "12"});
    words.insert(words.end(), extra.begin(), extra.end());
    std::map<std::string, std::string> all{{"IMPASTO_CONVOLUTION", "measure"}};
    all.insert(environment.begin(), environment.end());
    const ProgramResult result =
        run_program({.arguments = words, .folder = path(""), .environment = all});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return {bytes_of(path("out.png")), losses_of(bytes_of(path("trace.csv")))};
  }

  static std::map<std::string, std::string> disturbed_clock(int seed) {
    return {{"LD_PRELOAD", fail_call_library()},
            {"IMPASTO_FAULT", "clock:" + std::to_string(seed)}};
  }
};

TEST_F(CliDeterministicTest, ADisturbedClockChangesNoByte) {
  if (const std::string why = why_no_faults(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const Run expected = run_with({"--deterministic"}, {});
  std::set<std::string> losses_by_clock;
  for (int seed = 1; seed <= 5; ++seed) {
    EXPECT_TRUE(run_with({"--deterministic"}, disturbed_clock(seed)) == expected) << seed;
    losses_by_clock.insert(run_with({}, disturbed_clock(seed)).losses);
  }
  EXPECT_GT(losses_by_clock.size(), 1U) << "the clock was disturbed enough to be noticed";
}

TEST_F(CliDeterministicTest, TheNumberOfThreadsChangesNoByte) {
  const Run expected = run_with({"--deterministic"}, {});
  for (const char* threads : {"2", "3", "5"}) {
    Words words = usual_transfer({"--trace", "trace.csv", "--iterations", "12", "--deterministic"});
    *(std::find(words.begin(), words.end(), "--threads") + 1) = threads;
    done(words);
    EXPECT_TRUE(bytes_of(path("out.png")) == expected.picture) << threads;
    EXPECT_EQ(losses_of(bytes_of(path("trace.csv"))), expected.losses) << threads;
  }
}

TEST_F(CliDeterministicTest, TheNumberOfThreadsChangesNoByteOfMeansAndCovariances) {
  const auto run_on = [&](const char* threads) {
    Words words = usual_transfer(
        {"--trace", "trace.csv", "--iterations", "12", "--deterministic", "--style-loss", "w2"});
    *(std::find(words.begin(), words.end(), "--threads") + 1) = threads;
    done(words);
    return bytes_of(path("out.png")) + losses_of(bytes_of(path("trace.csv")));
  };
  const std::string expected = run_on("1");
  EXPECT_EQ(run_on("2"), expected);
  EXPECT_EQ(run_on("5"), expected);
}

/// Layers of these widths are OpenBLAS's, and a picture of this size is shared among threads.
TEST_F(CliDeterministicTest, RunsOfSeveralThreadsOnNarrowLayersAreAllTheSame) {
  write_weights_file(path("narrow.h5"), caffe_network({{16, 16}, {20, 20}}));
  save_image(path("large.png"), gradient_picture(160, 120));
  std::set<std::string> pictures;
  for (int run = 0; run < 4; ++run) {
    Words words = transfer_words(
        {"--weights", "narrow.h5", "--deterministic", "--overwrite", "--iterations", "20"});
    words.insert(words.begin() + 1, {"large.png", "style.png"});
    *(std::find(words.begin(), words.end(), "--threads") + 1) = "2";
    words.insert(words.end(), {"--trace", "trace.csv"});
    done(words);
    pictures.insert(bytes_of(path("out.png")) + losses_of(bytes_of(path("trace.csv"))));
  }
  EXPECT_EQ(pictures.size(), 1U);
}

TEST_F(CliDeterministicTest, TimedChoicesAreNeitherReadNorKept) {
  const std::map<std::string, std::string> cache{{"IMPASTO_CACHE", path("cache")}};
  const Run expected = run_with({"--deterministic"}, cache);
  EXPECT_FALSE(exists("cache"));
  (void)run_with({}, cache);
  const std::string choices = "cache/convolutions.txt";
  const std::string direct =
      std::regex_replace(bytes_of(path(choices)), std::regex("\t.*;"), "\tdirect;");
  keep(choices, direct);
  ASSERT_NE(run_with({}, cache).losses, expected.losses) << "those choices round otherwise";
  EXPECT_TRUE(run_with({"--deterministic"}, cache) == expected);
  EXPECT_EQ(bytes_of(path(choices)), direct);
}

TEST_F(CliDeterministicTest, ConfigurationsKeepIt) {
  const std::string config = done({"transfer", "--print-config", "--deterministic"}).out;
  EXPECT_NE(config.find("\ndeterministic = true\n"), std::string::npos) << config;
  keep("run.toml", config);
  EXPECT_EQ(done({"transfer", "--print-config", "--config", "run.toml"}).out, config);
  const std::string plain = done({"transfer", "--print-config"}).out;
  EXPECT_NE(plain.find("\ndeterministic = false\n"), std::string::npos) << plain;
}

// At the second scale the checkpoint knows no choices.
TEST_F(CliDeterministicTest, AResumedRunKeepsItAtTheScalesToCome) {
  if (const std::string why = why_no_faults(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const Words scales{"--scales",        "20,40",   "--scale-iterations", "200,20",
                     "--deterministic", "--trace", "trace.csv"};
  Words words = usual_transfer(scales);
  words.erase(std::find(words.begin(), words.end(), "--iterations"),
              std::find(words.begin(), words.end(), "--iterations") + 2);
  done(words);
  const Run expected{bytes_of(path("out.png")), losses_of(bytes_of(path("trace.csv")))};
  words.insert(words.end(), {"--save-every", "1"});
  *(std::find(words.begin(), words.end(), "--progress") + 1) = "plain";
  const ProgramResult interrupted =
      run_program({.arguments = words, .folder = path(""), .interrupt_after = "1/220  loss"});
  ASSERT_EQ(interrupted.exit_code, 130) << interrupted.err;
  for (int seed = 1; seed <= 3; ++seed) {
    std::map<std::string, std::string> environment = disturbed_clock(seed);
    environment["IMPASTO_CONVOLUTION"] = "measure";
    fs::copy_file(path("out.checkpoint"), path("again.checkpoint"),
                  fs::copy_options::overwrite_existing);
    const ProgramResult resumed = run_program(
        {.arguments = {"transfer", "--resume", "again.checkpoint", "-o", "again.png", "--trace",
                       "again.csv", "--progress", "none", "--save-every", "0"},
         .folder = path(""),
         .environment = environment});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_TRUE(bytes_of(path("again.png")) == expected.picture) << seed;
    EXPECT_EQ(losses_of(bytes_of(path("again.csv"))), expected.losses) << seed;
  }
  const ProgramResult changed =
      run({"transfer", "--resume", "out.checkpoint", "--no-deterministic"});
  EXPECT_EQ(changed.exit_code, 2) << changed.err;
}

TEST_F(CliDeterministicTest, BenchTimesTheAlgorithmsOfSuchARun) {
  const std::map<std::string, std::string> environment{{"IMPASTO_CACHE", path("cache")},
                                                       {"IMPASTO_CONVOLUTION", "measure"}};
  const ProgramResult result =
      run_program({.arguments = {"bench", "--size", "32x16", "--iterations", "1", "--warmup", "0",
                                 "--deterministic", "--json", "bench.json"},
                   .folder = path(""),
                   .environment = environment});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(bytes_of(path("bench.json")).find("\"deterministic\": true"), std::string::npos);
  EXPECT_FALSE(exists("cache"));
}

}  // namespace
}  // namespace impasto
