// Under tight limits of the shell the program says what is missing. It neither hangs nor dies.
#include "backend/host_limits.hpp"
#include "cli/cli_fixture.hpp"
#include "support/paths.hpp"

namespace impasto {
namespace {

class CliTightLimitsTest : public CliTest {
 protected:
  /// Runs the program under a limit of the shell: "ulimit -v 400000".
  [[nodiscard]] ProgramResult run_under(const std::string& limit, const Words& words) const {
    Words shell{"-c", limit + R"( && exec "$0" "$@")", program_path()};
    shell.insert(shell.end(), words.begin(), words.end());
    return run_program({.arguments = shell,
                        .program = "/bin/sh",
                        .folder = path(""),
                        .limit = std::chrono::seconds(20)});
  }
  [[nodiscard]] ProgramResult run_in_memory(int mebibytes, const Words& words) const {
    return run_under("ulimit -v " + std::to_string(1024 * mebibytes), words);
  }

  /// One iteration with the network that needs no file.
  static Words oriented_transfer(int size) {
    return {
        "transfer",  "content.png", "style.png",          "-o",        "out.png",    "--weights",
        "oriented",  "--size",      std::to_string(size), "--upscale", "--device",   "cpu",
        "--threads", "2",           "--iterations",       "1",         "--progress", "none"};
  }

  /// The --size that an error says would fit; 0 where it names none.
  static int size_named_in(const std::string& error) {
    static const std::regex form("the largest --size that fits is ([0-9]+)");
    std::smatch found;
    return std::regex_search(error, found, form) ? std::stoi(found[1]) : 0;
  }

  /// Either it was done, or the reason is given in the usual form.
  static void expect_done_or_told(const ProgramResult& result) {
    EXPECT_FALSE(result.timed_out);
    EXPECT_EQ(result.signal, 0);
    if (result.exit_code != 0) {
      EXPECT_EQ(result.exit_code, 4) << result.err;
      EXPECT_NE(result.err.find("memory"), std::string::npos) << result.err;
      expect_error_line(result.err);
    }
  }
};

#if !defined(__SANITIZE_ADDRESS__)  // it takes terabytes of addresses
TEST_F(CliTightLimitsTest, ShortOfMemoryAtTheStartItSaysSo) {
  for (const Words& words : {Words{"--version"}, Words{"presets"}}) {
    for (const int mebibytes : {20, 80, 130, 150, 200, 250, 300, 350, 400, 500}) {
      SCOPED_TRACE(words.front() + " in " + std::to_string(mebibytes) + " MiB");
      const ProgramResult result = run_in_memory(mebibytes, words);
      if (result.exit_code == 127) {  // the system's loader could not even map the libraries
        EXPECT_NE(result.err.find("failed to map"), std::string::npos) << result.err;
        EXPECT_LT(mebibytes, 200);
      } else {
        expect_done_or_told(result);
      }
    }
    EXPECT_EQ(run_in_memory(250, words).exit_code, 4);
    EXPECT_EQ(run_in_memory(600, words).exit_code, 0);
  }
}

TEST_F(CliTightLimitsTest, ShortOfMemoryInARunItSaysSo) {
  for (const int mebibytes : {450, 550, 700, 900}) {
    for (const std::string threads : {"1", "16"}) {
      SCOPED_TRACE(threads + " threads in " + std::to_string(mebibytes) + " MiB");
      expect_done_or_told(
          run_in_memory(mebibytes, usual_transfer({"--threads", threads, "--device", "cpu"})));
    }
  }
}

// oneDNN's code for this network takes tens of mebibytes, in many places.
TEST_F(CliTightLimitsTest, ShortOfMemoryForGeneratedCodeItSaysSo) {
  for (const int mebibytes : {540, 570, 600, 640, 670, 680, 700, 720, 750, 760, 780, 790, 800}) {
    SCOPED_TRACE(std::to_string(mebibytes) + " MiB");
    const ProgramResult result = run_in_memory(mebibytes, oriented_transfer(64));
    expect_done_or_told(result);
    EXPECT_EQ(result.err.find("please report"), std::string::npos) << result.err;
    EXPECT_LT(size_named_in(result.err), 64) << result.err;
  }
}

TEST_F(CliTightLimitsTest, TheSizeThatIsSaidToFitFits) {
  constexpr int kMebibytes = 1400;
  for (const int size : {512, 1536}) {
    const ProgramResult result = run_in_memory(kMebibytes, oriented_transfer(size));
    EXPECT_EQ(result.exit_code, 4) << result.err;
    const int smaller = size_named_in(result.err);
    ASSERT_GT(smaller, 0) << result.err;
    ASSERT_LT(smaller, size) << result.err;
    const ProgramResult again = run_in_memory(kMebibytes, oriented_transfer(smaller));
    EXPECT_EQ(again.exit_code, 0) << again.err;
    remove("out.png");
  }
}

TEST_F(CliTightLimitsTest, WithFewAddressesItTakesFewerThreads) {
  const ProgramResult result =
      run_in_memory(900, usual_transfer({"--threads", "16", "--device", "cpu"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(load_image(path("out.png")).width, 40);
}
#endif

// Such a run would be ended by the system, after minutes of swapping.
TEST_F(CliTightLimitsTest, MoreThanTheMachineHasIsRefusedRatherThanTried) {
  if (machine_memory() > std::size_t{128} << 30U) {
    GTEST_SKIP() << "this machine has memory enough for the largest picture";
  }
  Words transfer = oriented_transfer(11008);
  Words explain = transfer;
  explain[0] = "explain";
  explain[4] = "out.html";
  Words sweep = transfer;
  sweep[0] = "sweep";
  sweep.insert(sweep.end(), {"--vary", "style-weight=1,2"});
  for (const Words& words : {transfer, explain, sweep, Words{"bench", "--size", "12000x9000"}}) {
    const ProgramResult result = run_under("true", words);
    EXPECT_EQ(result.exit_code, 4) << result.err;
    EXPECT_NE(result.err.find("the machine has"), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("is known to fit"), std::string::npos) << result.err;
    EXPECT_FALSE(exists("out.png") || exists("out.html"));
  }
}

TEST_F(CliTightLimitsTest, AFileThatMayNotGrowIsReported) {
  const ProgramResult result = run_under(
      "ulimit -f 1", {"convert", test_data() + "/checkpoints/zip.pth", "-o", "converted.h5"});
  EXPECT_EQ(result.signal, 0);
  EXPECT_EQ(result.exit_code, 3);
  expect_error_line(result.err);
  EXPECT_FALSE(exists("converted.h5"));
}

}  // namespace
}  // namespace impasto
