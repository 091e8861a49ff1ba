// Going on with an interrupted run, as a user does it.
#include "cli/cli_fixture.hpp"
#include "cli/trace_rows.hpp"

namespace impasto {
namespace {

class CliResumeTest : public CliTest {
 protected:
  /// Interrupts a run of 400 slow evaluations somewhere; they are slow because each is snapshotted.
  void interrupt() const {
    const ProgramResult result =
        run_program({.arguments = usual_transfer({"--iterations", "400", "--progress", "plain",
                                                  "--save-every", "1", "--learning-rate", "0.5"}),
                     .folder = path(""),
                     .interrupt_after = "1/400  loss"});
    ASSERT_EQ(result.exit_code, 130) << result.err;
    EXPECT_NE(result.err.find("--resume out.checkpoint"), std::string::npos) << result.err;
    ASSERT_TRUE(exists("out.checkpoint"));
  }
  [[nodiscard]] ProgramResult resume(const Words& extra) const {
    Words words{"transfer", "content.png", "style.png", "-o",       "out.png",       "--threads",
                "1",        "--progress",  "none",      "--resume", "out.checkpoint"};
    words.insert(words.end(), extra.begin(), extra.end());
    return run_program({.arguments = words, .folder = path("")});
  }
};

TEST_F(CliResumeTest, GivesTheBytesThatAnUninterruptedRunGives) {
  interrupt();
  ASSERT_EQ(resume({"--trace", "trace.csv"}).exit_code, 0);
  const std::string resumed = bytes_of(path("out.png"));
  EXPECT_EQ(trace_rows(bytes_of(path("trace.csv"))).size(), 400U);
  const ProgramResult whole =
      run_program({.arguments = usual_transfer({"--iterations", "400", "--learning-rate", "0.5"}),
                   .folder = path("")});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_EQ(bytes_of(path("out.png")), resumed);
}

TEST_F(CliResumeTest, RefusesOptionsThatCannotChange) {
  interrupt();
  for (const Words& words :
       std::vector<Words>{{"--iterations", "5"}, {"--preset", "gatys"}, {"--style-weight", "3"}}) {
    const ProgramResult result = resume(words);
    EXPECT_EQ(result.exit_code, 2) << words.front();
    expect_error_line(result.err);
  }
}

TEST_F(CliResumeTest, RefusesOtherPicturesAndDamagedCheckpoints) {
  interrupt();
  save_image(path("content.png"), gradient_picture(40, 31));
  ProgramResult result = resume({});
  EXPECT_EQ(result.exit_code, 3);
  expect_error_line(result.err);
  keep("out.checkpoint", "nonsense");
  result = resume({});
  EXPECT_EQ(result.exit_code, 3);
  expect_error_line(result.err);
  remove("out.checkpoint");
  EXPECT_EQ(resume({}).exit_code, 3);
}

}  // namespace
}  // namespace impasto
