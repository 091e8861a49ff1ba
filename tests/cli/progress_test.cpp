// What stands on stderr while it runs, and Ctrl-C.
#include <csignal>

#include "cli/cli_fixture.hpp"
#include "cli/trace_rows.hpp"

namespace impasto {
namespace {

class CliProgressTest : public CliTest {};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

TEST_F(CliProgressTest, NoneIsSilent) {
  const ProgramResult result = done(usual_transfer({"--progress", "none"}));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, "");
}

TEST_F(CliProgressTest, PlainPrintsLinesWithLossPaceAndTimeLeft) {
  const ProgramResult result = done(usual_transfer({"--progress", "plain"}));
  const std::regex first(R"(\n1/3  loss \S+  ~ ms/iteration  ~ left\n)");
  EXPECT_TRUE(std::regex_search(result.err, first)) << result.err;
  const std::regex last(R"(\n3/3  loss \S+  \d+ ms/iteration  0:00 left\n)");
  EXPECT_TRUE(std::regex_search(result.err, last)) << result.err;
  EXPECT_EQ(result.err.find('\r'), std::string::npos);
  EXPECT_EQ(result.err.find('\033'), std::string::npos);
  EXPECT_EQ(result.out, "");
}

TEST_F(CliProgressTest, AutoIsPlainWithoutATerminal) {
  const ProgramResult result = done(usual_transfer({"--progress", "auto"}));
  EXPECT_NE(result.err.find("\n1/3  loss"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find('\r'), std::string::npos);
}

TEST_F(CliProgressTest, DeviceLineComesFirst) {
  const ProgramResult chosen = done(usual_transfer({"--progress", "plain", "--device", "cpu"}));
  EXPECT_EQ(first_line(chosen.err).rfind("device: cpu, ", 0), 0U) << chosen.err;
  const ProgramResult automatic = done(usual_transfer({"--progress", "plain"}));
  EXPECT_EQ(first_line(automatic.err).rfind("device: ", 0), 0U) << automatic.err;
  const ProgramResult one =
      done(usual_transfer({"--progress", "plain", "--device", "cpu", "--threads", "1"}));
  EXPECT_EQ(first_line(one.err), "device: cpu, 1 thread");
}

TEST_F(CliProgressTest, EveryScaleIsAnnounced) {
  const ProgramResult result =
      done(usual_transfer({"--progress", "plain", "--scales", "16,32", "--iterations", "4"}));
  EXPECT_NE(result.err.find("scale 1: 16 x 12 pixels"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("scale 2: 32 x 24 pixels"), std::string::npos) << result.err;
}

TEST_F(CliProgressTest, LastLineNamesTheOutput) {
  const ProgramResult result = done(usual_transfer({"--progress", "plain"}));
  EXPECT_NE(result.err.find("\nwrote out.png: 40 x 30 pixels"), std::string::npos) << result.err;
}

TEST_F(CliProgressTest, TerminalShowsABarThatEndsItsLine) {
  const ProgramResult result =
      run_program({.arguments = usual_transfer({"--progress", "auto", "--iterations", "40"}),
                   .folder = path(""),
                   .terminal = true});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::regex bar(R"(\r\x1b\[K\[[#.]{24}\] 1/40  loss \S+  ~ ms/iteration  ~ left)");
  EXPECT_TRUE(std::regex_search(result.err, bar)) << result.err;
  const std::regex last(
      R"(\[#{24}\] 40/40  loss \S+  \d+ ms/iteration  0:00 left\nwrote out\.png[^\n]*\n$)");
  EXPECT_TRUE(std::regex_search(result.err, last)) << result.err;
}

TEST_F(CliProgressTest, TerminalKeepsAnErrorOnItsOwnLine) {
  const ProgramResult result =
      run_program({.arguments = usual_transfer(
                       {"--progress", "auto", "--learning-rate", "1e30", "--iterations", "50"}),
                   .folder = path(""),
                   .terminal = true});
  EXPECT_EQ(result.exit_code, 5) << result.err;
  EXPECT_NE(result.err.find("\nimpasto: error: "), std::string::npos) << result.err;
  EXPECT_EQ(result.err.back(), '\n');
}

TEST_F(CliProgressTest, ASnapshotThatCannotBeKeptIsAWarningOnALineOfItsOwn) {
  std::filesystem::create_directory(path("out_0002.png"));
  const ProgramResult result = run_program(
      {.arguments = usual_transfer({"--progress", "auto", "--save-every", "2", "--overwrite"}),
       .folder = path(""),
       .terminal = true});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("left\nimpasto: warning: no snapshot: "), std::string::npos)
      << result.err;
  EXPECT_TRUE(std::filesystem::exists(path("out.png"))) << "the run goes on";
}

TEST_F(CliProgressTest, PlainOnATerminalHasNoControlCharacters) {
  const ProgramResult result = run_program(
      {.arguments = usual_transfer({"--progress", "plain"}), .folder = path(""), .terminal = true});
  EXPECT_EQ(result.err.find('\033'), std::string::npos) << result.err;
}

class CliInterruptTest : public CliTest {
 protected:
  [[nodiscard]] ProgramResult interrupted(const Words& options, bool terminal = false) const {
    Words words{"--iterations", "100000000", "--progress", "auto", "--trace", "trace.csv"};
    words.insert(words.end(), options.begin(), options.end());
    return run_program({.arguments = usual_transfer(words),
                        .folder = path(""),
                        .interrupt_after = "1/100000000  loss",
                        .terminal = terminal});
  }
  void expect_picture_and_trace(const ProgramResult& result) const {
    EXPECT_EQ(result.exit_code, 130) << result.err;
    EXPECT_EQ(result.signal, 0);
    EXPECT_FALSE(result.timed_out);
    EXPECT_EQ(load_image(path("out.png")).width, 40);
    EXPECT_FALSE(trace_rows(bytes_of(path("trace.csv"))).empty());
    for (const auto& [name, bytes] : contents_of(path(""))) {
      EXPECT_EQ(name.find(".part"), std::string::npos) << name;
    }
  }
};

TEST_F(CliInterruptTest, CtrlCWritesThePictureSoFarAndTheTrace) {
  expect_picture_and_trace(interrupted({}));
}

TEST_F(CliInterruptTest, CtrlCEndsLbfgsToo) {
  expect_picture_and_trace(interrupted(
      {"--optimizer", "lbfgs", "--lbfgs-line-search", "none", "--learning-rate", "0.01"}));
}

TEST_F(CliInterruptTest, CtrlCAtAnEarlyScaleGivesThePictureItsFullSize) {
  expect_picture_and_trace(interrupted({"--scales", "16,40"}));
}

TEST_F(CliInterruptTest, CtrlCOnATerminalEndsTheBarsLine) {
  const ProgramResult result = interrupted({}, true);
  expect_picture_and_trace(result);
  EXPECT_NE(result.err.find("left\nwrote out.png"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.back(), '\n');
}

}  // namespace
}  // namespace impasto
