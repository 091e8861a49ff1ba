// impasto bench as a user sees it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/benchmark.hpp"
#include "cli/cli_fixture.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "support/paths.hpp"

namespace impasto {
namespace {

class CliBenchTest : public CliTest {};

TEST_F(CliBenchTest, WritesEveryKeyOfTheSpecification) {
  const ProgramResult result =
      run_program({.arguments = {"bench", "--size", "32x16", "--iterations", "3", "--warmup", "1",
                                 "--json", "bench.json"},
                   .folder = path("")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(read_file(path("bench.json"), 1 << 20));
  for (const char* key : {"program",
                          "commit",
                          "date",
                          "device",
                          "backend",
                          "precision",
                          "graph",
                          "threads",
                          "deterministic",
                          "width",
                          "height",
                          "taps",
                          "iterations",
                          "ms_per_iteration",
                          "split_ms",
                          "gflop_per_iteration",
                          "gflops",
                          "peak_gflops",
                          "startup_ms",
                          "peak_memory_bytes",
                          "device_memory_bytes",
                          "versions"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["width"], 32);
  EXPECT_EQ(json["deterministic"], false);
  EXPECT_EQ(json["height"], 16);
  EXPECT_GT(json["ms_per_iteration"]["median"], 0);
  EXPECT_LE(json["ms_per_iteration"]["p10"], json["ms_per_iteration"]["p90"]);
  EXPECT_GT(json["startup_ms"], 0);
  // 94.67 GFLOP at 256 x 256, in proportion to the pixels.
  EXPECT_NEAR(json["gflop_per_iteration"].get<double>(), 94.673829888 * 32 * 16 / (256 * 256),
              1e-6);
}

TEST_F(CliBenchTest, NamesWeightsThatEndTooEarly) {
  const ProgramResult result = run({"bench", "--size", "64x64", "--weights", "weights.h5"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.err.find("these weights end at pool2"), std::string::npos) << result.err;
  refused({"bench", "--size", "64x64", "--json", "photo.jpg"}, 2, "--json photo.json");
}

// Each thread's stack takes a gibibyte of the five that there may be.
TEST_F(CliBenchTest, ReportsTheThreadsThatItGotRatherThanThoseAskedFor) {
  write_weights_file(path("deep.h5"), caffe_network({{2, 2}, {2, 2}, {2, 2}, {2, 2}, {2}}));
  const std::string command =
      "ulimit -v 2500000; exec " + shell_word(program_path()) +
      " bench --size 32x16 --device cpu --threads 12 --weights deep.h5 --iterations 1 --warmup 0"
      " --json bench.json";
  const ProgramResult result =
      run_program({.arguments = {"-c", command}, .program = "/bin/bash", .folder = path("")});
  if (result.exit_code != 0) {
    GTEST_SKIP() << "the program cannot live within these limits: " << result.err;
  }
  const auto json = nlohmann::json::parse(read_file(path("bench.json"), 1 << 20));
  const int threads = json["threads"];
  EXPECT_LT(threads, 12);
  EXPECT_NE(result.err.find("cpu, " + std::to_string(threads) + " thread"), std::string::npos)
      << result.err;
}

TEST_F(CliBenchTest, RefusesNoGraphOnACpu) {
  const ProgramResult result =
      run_program({.arguments = {"bench", "--size", "32x16", "--device", "cpu", "--no-graph"},
                   .folder = path("")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("--no-graph"), std::string::npos) << result.err;
}

TEST_F(CliBenchTest, ProfileAccountsForEveryOperation) {
  const ProgramResult result =
      run_program({.arguments = {"bench", "--size", "32x16", "--iterations", "2", "--warmup", "1",
                                 "--device", "cpu", "--profile", "--json", "bench.json"},
                   .folder = path("")});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(read_file(path("bench.json"), 1 << 20));
  double share = 0;
  double gflop = 0;
  double calls = 0;
  for (const auto& row : json["profile"]) {
    const std::string name = row["operation"];
    EXPECT_NE(result.out.find(name), std::string::npos) << name;
    share += row["share"].get<double>();
    if (name.find("convolution") != std::string::npos) {
      gflop += 1e-3 * row["gflops"].get<double>() * row["ms"].get<double>();
      calls += row["calls"].get<double>();
    }
  }
  EXPECT_NEAR(share, 1, 1e-9);
  EXPECT_EQ(calls, 2 * 13) << "thirteen convolutions to relu5_1, forward and backward";
  EXPECT_NEAR(gflop, json["gflop_per_iteration"].get<double>(), 1e-6);
}

TEST_F(CliBenchTest, RefusesAnUnreadableSize) {
  for (const char* size : {"256", "0x10", "axb", "256x", "8x8"}) {
    EXPECT_EQ(run_program({.arguments = {"bench", "--size", size}, .folder = path("")}).exit_code,
              2)
        << size;
  }
}

TEST_F(CliBenchTest, ASizeOfOneNumberIsToldWhatMayHaveBeenMeant) {
  refused({"bench", "--size", "64"}, 2, "here perhaps 64x64");
  refused({"bench", "--size", "large"}, 2, "as 512x512");
}

TEST(Quantile, InterpolatesBetweenSortedValues) {
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(quantile({1, 2, 3, 4}, 0.5), 2.5);
  EXPECT_EQ(quantile({5}, 0.9), 5);
}

}  // namespace
}  // namespace impasto
