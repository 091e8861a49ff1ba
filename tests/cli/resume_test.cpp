// Going on with an interrupted run, as a user does it.
#include <csignal>
#include <nlohmann/json.hpp>

#include "cli/cli_fixture.hpp"
#include "cli/trace_rows.hpp"
#include "core/text.hpp"
#include "support/paths.hpp"
#include "transfer/checkpoint_seal.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

class CliResumeTest : public CliTest {
 protected:
  static constexpr const char* kFirst = "1/400  loss";

  /// 400 slow evaluations; they are slow because each is snapshotted.
  static Words slow_run(const Words& extra = {}) {
    Words words{"--iterations", "400", "--progress", "plain", "--save-every", "1"};
    words.insert(words.end(), extra.begin(), extra.end());
    return words;
  }
  static Words lbfgs() { return {"--optimizer", "lbfgs", "--learning-rate", "1"}; }

  [[nodiscard]] ProgramResult interrupt(const Words& words, int signal = SIGINT) const {
    ProgramResult result = run_program(
        {.arguments = words, .folder = path(""), .interrupt_after = kFirst, .signal = signal});
    EXPECT_EQ(result.exit_code, 130) << result.err;
    return result;
  }
  /// The same with the usual inputs, leaving out.checkpoint.
  [[nodiscard]] ProgramResult interrupt_usual(const Words& extra = {}, int signal = SIGINT) const {
    ProgramResult result = interrupt(usual_transfer(slow_run(extra)), signal);
    EXPECT_TRUE(exists("out.checkpoint"));
    return result;
  }
  [[nodiscard]] ProgramResult resume(const Words& extra = {},
                                     const std::string& checkpoint = "out.checkpoint") const {
    Words words{"transfer", "--resume", checkpoint, "--progress", "none", "--save-every", "0"};
    words.insert(words.end(), extra.begin(), extra.end());
    return run_program({.arguments = words, .folder = path("")});
  }
  /// What stands behind "to go on: ".
  static std::string printed_command(const ProgramResult& result) {
    const std::string mark = "to go on: ";
    const std::size_t at = result.err.find(mark);
    EXPECT_NE(at, std::string::npos) << result.err;
    return at == std::string::npos ? "" : result.err.substr(at + mark.size());
  }
  [[nodiscard]] ProgramResult paste(const std::string& command) const {
    return run_program({.arguments = {"-c", command}, .program = "/bin/bash", .folder = path("")});
  }
};

TEST_F(CliResumeTest, GivesTheBytesAndLossesOfAnUninterruptedRunWithEveryOptimizer) {
  const std::vector<Words> optimizers{
      {"--optimizer", "adam", "--learning-rate", "0.5"},
      {"--optimizer", "adam", "--learning-rate", "0.5", "--style-loss", "w2"},
      {"--optimizer", "lbfgs", "--learning-rate", "1"},
      {"--optimizer", "lbfgs", "--learning-rate", "1", "--lbfgs-line-search", "none"}};
  for (Words options : optimizers) {
    SCOPED_TRACE(testing::PrintToString(options));
    options.insert(options.end(), {"--trace", "trace.csv"});
    (void)interrupt_usual(options);
    const ProgramResult resumed = resume();
    ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
    const std::string picture = bytes_of(path("out.png"));
    const std::string trace = bytes_of(path("trace.csv"));
    options.insert(options.end(), {"--iterations", "400"});
    done(usual_transfer(options));
    EXPECT_EQ(bytes_of(path("out.png")), picture);
    EXPECT_EQ(losses_of(bytes_of(path("trace.csv"))), losses_of(trace));
    EXPECT_GE(trace_rows(trace).size(), 10U);
    remove("out.checkpoint");
  }
}

// The preset of these weights shares out its evaluations among three scales.
TEST_F(CliResumeTest, ARunOfOtherScalesThanItsPresetsGoesOn) {
  keep("scales.toml", "scales = \"20,40\"\n");
  for (const Words& scales :
       std::vector<Words>{{"--scales", "40"},
                          {"--scales", "20,40"},
                          {"--scales", "20,24,32,40"},
                          {"--config", "scales.toml"},
                          {"--scales", "20,40", "--scale-iterations", "300,100"}}) {
    SCOPED_TRACE(testing::PrintToString(scales));
    Words words{"transfer",     "content.png", "style.png",    "--weights",   "oriented",   "-o",
                "out.png",      "--device",    "cpu",          "--overwrite", "--progress", "plain",
                "--save-every", "1",           "--iterations", "400"};
    if (std::find(scales.begin(), scales.end(), "--scale-iterations") != scales.end()) {
      words.resize(words.size() - 2);
    }
    words.insert(words.end(), scales.begin(), scales.end());
    (void)interrupt(words);
    const ProgramResult resumed = resume();
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    const std::string picture = bytes_of(path("out.png"));
    done(words);
    EXPECT_EQ(bytes_of(path("out.png")), picture);
    remove("out.checkpoint");
  }
}

// A memory stick that was pulled out, say.
TEST_F(CliResumeTest, WhatTheOutputsFolderTakesNoMoreIsKeptElsewhere) {
  fs::create_directory(path("stick"));
  Words words = usual_transfer(slow_run());
  *std::find(words.begin(), words.end(), "out.png") = "stick/out.png";
  Words shell{"-c",
              R"("$0" "$@" & until [ -e stick/out_0001.png ]; do sleep 0.02; done; )"
              "mv stick gone; kill -INT $!; wait $!",
              program_path()};
  shell.insert(shell.end(), words.begin(), words.end());
  const ProgramResult result =
      run_program({.arguments = shell, .program = "/bin/bash", .folder = path("")});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.err.find("the picture is in " + path("out-kept.png")), std::string::npos)
      << result.err;
  EXPECT_EQ(load_image(path("out-kept.png")).width, 40);
  const ProgramResult resumed = resume({"-o", "end.png"}, "out-kept.checkpoint");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
}

TEST_F(CliResumeTest, ThePrintedCommandCanBePasted) {
  const ProgramResult interrupted = interrupt_usual(lbfgs());
  const ProgramResult resumed = paste(printed_command(interrupted));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
}

TEST_F(CliResumeTest, NamesOfAnyBytesCanBeResumedFromAnotherFolder) {
  const std::string folder = "it's \"a\" folder \xFC $x";
  fs::create_directory(path(folder));
  fs::create_directory(path("elsewhere"));
  const std::string content = folder + "/-photo \xE9.png";
  fs::copy(path("content.png"), path(content));
  Words words = transfer_words(slow_run(lbfgs()));
  words.insert(words.begin() + 1, {content, "style.png"});
  *std::find(words.begin(), words.end(), "out.png") = folder + "/my picture.png";
  const ProgramResult interrupted = interrupt(words);
  const std::string command = printed_command(interrupted);
  const std::string checkpoint = bytes_of(path(folder + "/my picture.checkpoint"));
  const ProgramResult pasted = paste(command);
  EXPECT_EQ(pasted.exit_code, 0) << pasted.err << command;
  const std::string picture = bytes_of(path(folder + "/my picture.png"));
  keep(folder + "/my picture.checkpoint", checkpoint);
  remove(folder + "/my picture.png");
  const ProgramResult elsewhere =
      run_program({.arguments = {"transfer", "--resume", "../" + folder + "/my picture.checkpoint"},
                   .folder = path("elsewhere")});
  EXPECT_EQ(elsewhere.exit_code, 0) << elsewhere.err;
  EXPECT_EQ(bytes_of(path(folder + "/my picture.png")), picture);
  EXPECT_TRUE(fs::is_empty(path("elsewhere"))) << "OUT is where it was";
}

TEST_F(CliResumeTest, OutputMayGoElsewhereAndTheRunMayBecomeLonger) {
  (void)interrupt_usual(lbfgs());
  const std::string so_far = bytes_of(path("out.png"));
  const ProgramResult result =
      resume({"-o", "other.png", "--iterations", "420", "--trace", "trace.csv"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(bytes_of(path("out.png")), so_far);
  Words longer = lbfgs();
  longer.insert(longer.end(), {"--iterations", "420"});
  done(usual_transfer(longer));
  EXPECT_EQ(bytes_of(path("out.png")), bytes_of(path("other.png")));
}

TEST_F(CliResumeTest, RefusesOptionsThatCannotChange) {
  (void)interrupt_usual();
  for (const Words& words :
       std::vector<Words>{{"--iterations", "5"}, {"--preset", "gatys"}, {"--style-weight", "3"}}) {
    const ProgramResult result = resume(words);
    EXPECT_EQ(result.exit_code, 2) << words.front();
    expect_error_line(result.err);
  }
}

// Of so few evaluations the coarse scale gets none: the run would also have other scales.
TEST_F(CliResumeTest, AShorterRunIsToldThatItIsTooShort) {
  (void)interrupt_usual({"--scales", "20,40"});
  const ProgramResult result = resume({"--iterations", "1"});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  expect_error_line(result.err);
  EXPECT_NE(result.err.find("--iterations"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("a larger number"), std::string::npos) << result.err;
}

TEST_F(CliResumeTest, NamesAnInputThatIsGoneAndTakesItsNewPlace) {
  (void)interrupt_usual(lbfgs());
  const auto refused = [&](const std::string& file) {
    const ProgramResult result = resume();
    EXPECT_EQ(result.exit_code, 3) << result.err;
    expect_error_line(result.err);
    EXPECT_NE(result.err.find(file), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("not there any more"), std::string::npos) << result.err;
  };
  fs::rename(path("weights.h5"), path("moved.h5"));
  refused("weights.h5");
  EXPECT_EQ(resume({"--weights", "moved.h5", "-o", "other.png"}).exit_code, 0);
  fs::rename(path("moved.h5"), path("weights.h5"));
  fs::rename(path("style.png"), path("moved.png"));
  refused("style.png");
  EXPECT_EQ(resume({"content.png", "moved.png", "-o", "other.png"}).exit_code, 0);
  fs::rename(path("moved.png"), path("style.png"));
  fs::rename(path("content.png"), path("moved.png"));
  refused("content.png");
  EXPECT_EQ(resume({"moved.png", "-o", "other.png"}).exit_code, 0)
      << "the style picture is where it was";
}

TEST_F(CliResumeTest, SaysWhyAnInputThatIsThereCannotBeRead) {
  (void)interrupt_usual(lbfgs());
  for (const std::string file : {"weights.h5", "style.png", "content.png"}) {
    fs::rename(path(file), path("moved"));
    fs::create_symlink(file, path(file));  // leads to itself for ever
    const ProgramResult result = resume();
    EXPECT_EQ(result.exit_code, 3) << result.err;
    expect_error_line(result.err);
    EXPECT_NE(result.err.find("Too many levels of symbolic links"), std::string::npos)
        << result.err;
    EXPECT_NE(result.err.find(file), std::string::npos) << result.err;
    fs::rename(path("moved"), path(file));
  }
}

TEST_F(CliResumeTest, NamesAnInputThatWasChanged) {
  (void)interrupt_usual();
  const auto refused = [&](const std::string& file, const Words& extra = {}) {
    const auto before = contents_of(path(""));
    const ProgramResult result = resume(extra);
    EXPECT_EQ(result.exit_code, 3) << result.err;
    expect_error_line(result.err);
    EXPECT_NE(result.err.find(file), std::string::npos) << result.err;
    EXPECT_TRUE(contents_of(path("")) == before);
  };
  const std::string content = bytes_of(path("content.png"));
  save_image(path("content.png"), striped_picture(40, 30));
  refused("content.png");
  keep("content.png", content);
  refused("style pictures of the interrupted run: 1, here: 2",
          {"content.png", "style.png", "content.png"});
  save_image(path("style.png"), gradient_picture(36, 48));
  refused("style.png");
  save_image(path("style.png"), striped_picture(36, 48));
  NetworkWeights other = caffe_network({{4, 4}, {6, 6}});
  other.convolutions[2].weight[17] += 0.5F;
  write_weights_file(path("weights.h5"), other);
  refused("weights.h5");
}

class CliFinishedResumeTest : public CliResumeTest {
 protected:
  /// What a resumed run that ends well says.
  [[nodiscard]] std::string finish(const std::string& checkpoint, const Words& extra = {}) const {
    Words words{"transfer", "--resume", checkpoint, "--save-every", "0", "--progress", "plain"};
    words.insert(words.end(), extra.begin(), extra.end());
    return done(words).err;
  }
};

TEST_F(CliFinishedResumeTest, RemovesTheCheckpointThatItWentOnFromAndSaysSo) {
  (void)interrupt_usual(lbfgs());
  const std::string said = finish("./out.checkpoint");
  EXPECT_NE(said.find("removed ./out.checkpoint"), std::string::npos) << said;
  EXPECT_FALSE(exists("out.checkpoint"));
  keep("out.checkpoint", "somebody's");
  (void)interrupt(usual_transfer(slow_run(lbfgs())));
  (void)finish("out-2.checkpoint");
  EXPECT_FALSE(exists("out-2.checkpoint"));
  EXPECT_EQ(bytes_of(path("out.checkpoint")), "somebody's");
}

TEST_F(CliFinishedResumeTest, KeepsACheckpointThatIsNotOfItsOwnNaming) {
  (void)interrupt_usual(lbfgs());
  const std::string other = finish("out.checkpoint", {"-o", "other.png"});
  EXPECT_NE(other.find("kept out.checkpoint"), std::string::npos) << other;
  EXPECT_TRUE(exists("out.checkpoint")) << "it is out.png's";
  fs::rename(path("out.checkpoint"), path("out-copy.checkpoint"));
  const std::string copy = finish("out-copy.checkpoint");
  EXPECT_NE(copy.find("kept out-copy.checkpoint"), std::string::npos) << copy;
  EXPECT_TRUE(exists("out-copy.checkpoint"));
}

TEST_F(CliFinishedResumeTest, IsNotMadeAgainOverItsPictureUnlessAsked) {
  (void)interrupt_usual(lbfgs());
  fs::copy_file(path("out.checkpoint"), path("copy.checkpoint"));
  (void)finish("out.checkpoint");
  keep("out.png", bytes_of(path("out.png")) + "signed");
  const auto before = contents_of(path(""));
  const ProgramResult again = resume({}, "copy.checkpoint");
  EXPECT_EQ(again.exit_code, 2) << again.err;
  expect_error_line(again.err);
  EXPECT_NE(again.err.find("--overwrite"), std::string::npos) << again.err;
  EXPECT_TRUE(contents_of(path("")) == before);
  EXPECT_EQ(resume({"-o", "other.png"}, "copy.checkpoint").exit_code, 0);
  EXPECT_EQ(resume({"--overwrite"}, "copy.checkpoint").exit_code, 0);
  EXPECT_EQ(bytes_of(path("out.png")), bytes_of(path("other.png")));
}

TEST_F(CliResumeTest, RefusesDamagedCheckpoints) {
  (void)interrupt_usual();
  const std::string whole = bytes_of(path("out.checkpoint"));
  const auto expect_refused = [](const ProgramResult& result, const std::string& how) {
    EXPECT_EQ(result.exit_code, 3);
    expect_error_line(result.err);
    EXPECT_NE(result.err.find(how), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find('\x1B'), std::string::npos);
  };
  std::string flipped = whole;  // in the optimiser's state, where any number looks right
  flipped.back() = static_cast<char>(flipped.back() ^ 0x10);
  for (const std::string& bytes :
       {whole.substr(0, 500), whole.substr(0, whole.size() - 4), flipped}) {
    keep("out.checkpoint", bytes);
    expect_refused(resume(), "the checkpoint is damaged");
    expect_refused(run({"inspect", "out.checkpoint"}), "the checkpoint is damaged");
  }
  // A setting that no option is, with an escape sequence in its name.
  const std::size_t at = whole.find("content-weight");
  ASSERT_NE(at, std::string::npos);
  std::string unknown = whole;
  unknown.replace(at, 14, R"(cont\\\\u001b[)");
  seal(unknown);
  keep("out.checkpoint", unknown);
  expect_refused(resume(), R"(cont\x1B[)");
  keep("out.checkpoint", "nonsense");
  EXPECT_EQ(resume().exit_code, 3);
  remove("out.checkpoint");
  EXPECT_EQ(resume().exit_code, 3);
}

TEST_F(CliResumeTest, ATerminalThatClosesAndAShutdownLeaveWhatCtrlCLeaves) {
  for (const int signal : {SIGHUP, SIGTERM}) {
    (void)interrupt_usual(lbfgs(), signal);
    EXPECT_TRUE(exists("out.png"));
    remove("out.checkpoint");
  }
}

TEST_F(CliResumeTest, ALimitOfProcessorTimeLeavesWhatCtrlCLeaves) {
  Words shell{"-c", R"(ulimit -St 1 && exec "$0" "$@")", program_path()};
  const Words words = usual_transfer({"--iterations", "100000", "--progress", "none"});
  shell.insert(shell.end(), words.begin(), words.end());
  const ProgramResult result =
      run_program({.arguments = shell, .program = "/bin/sh", .folder = path("")});
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_TRUE(exists("out.checkpoint"));
  EXPECT_EQ(load_image(path("out.png")).width, 40);
}

TEST_F(CliResumeTest, ARunGoesOnWhenNobodyReadsItsProgressAnyMore) {
  for (const bool terminal : {false, true}) {  // EPIPE and EIO
    const Words words =
        usual_transfer({"--optimizer", "lbfgs", "--learning-rate", "1", "--iterations", "40",
                        "--save-every", "1", "--progress", terminal ? "auto" : "plain"});
    const ProgramResult result = run_program({.arguments = words,
                                              .folder = path(""),
                                              .interrupt_after = "scale 1",
                                              .signal = 0,
                                              .terminal = terminal});
    EXPECT_EQ(result.exit_code, 0) << "signal " << result.signal;
    EXPECT_TRUE(exists("out_0040.png"));
    EXPECT_TRUE(exists("out.png"));
    remove("out.png");
    remove("out_0040.png");
  }
}

TEST_F(CliResumeTest, ClosedStandardStreamsEndUpInNoPicture) {
  done(usual_transfer());
  const std::string expected = bytes_of(path("out.png"));
  std::string command = shell_word(program_path());
  for (const std::string& word : usual_transfer({"--progress", "plain"})) {
    command += " " + shell_word(word);
  }
  const ProgramResult result = paste(command + " <&- >&- 2>&-");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(bytes_of(path("out.png")), expected);
  EXPECT_EQ(paste(shell_word(program_path()) + " presets >&-").exit_code, 3)
      << "a closed output is still noticed";
}

TEST_F(CliResumeTest, NohupIsRespected) {
  Words words = usual_transfer({"--iterations", "40", "--progress", "plain", "--save-every", "1"});
  words.insert(words.begin(), program_path());
  const ProgramResult result = run_program({.arguments = words,
                                            .program = "/usr/bin/nohup",
                                            .folder = path(""),
                                            .standard_output = path("nohup.out"),
                                            .interrupt_after = "1/40  loss",
                                            .signal = SIGHUP});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(CliResumeTest, InspectDescribesACheckpoint) {
  (void)interrupt_usual(lbfgs());
  const ProgramResult table = done({"inspect", "out.checkpoint"});
  for (const std::string& part : {path("content.png"), path("style.png"), path("weights.h5"),
                                  path("out.png"), std::string("400"), std::string("40 x 30"),
                                  std::string("lbfgs"), std::string("--resume out.checkpoint")}) {
    EXPECT_NE(table.out.find(part), std::string::npos) << part << " is not in\n" << table.out;
  }
  const auto json = nlohmann::json::parse(done({"inspect", "--json", "out.checkpoint"}).out);
  EXPECT_EQ(json.at("kind"), "checkpoint of an interrupted transfer");
  EXPECT_EQ(json.at("content"), path("content.png"));
  EXPECT_EQ(json.at("planned"), 400);
  keep("cut.checkpoint", bytes_of(path("out.checkpoint")).substr(0, 2000));
  const ProgramResult cut = run({"inspect", "cut.checkpoint"});
  EXPECT_EQ(cut.exit_code, 3);
  expect_error_line(cut.err);
}

}  // namespace
}  // namespace impasto
