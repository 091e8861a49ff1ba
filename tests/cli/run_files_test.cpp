// Nothing that the user had is replaced by a name that the program derives itself.
#include <sys/stat.h>

#include "cli/cli_fixture.hpp"
#include "image/encode.hpp"
#include "image/note.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

class CliRunFilesTest : public CliTest {
 protected:
  /// A run of three evaluations that snapshots every one: frame_0001.png to frame_0003.png.
  static Words snapshots(const Words& extra = {}) {
    Words words = transfer_words({"-o", "frame.png", "--save-every", "1"});
    words.insert(words.begin() + 1, {"content.png", "style.png"});
    words.insert(words.end(), extra.begin(), extra.end());
    return words;
  }
  static Words sweep(const Words& extra = {}) {
    Words words = transfer_words({"-o", "grid.png", "--learning-rate", "1"});
    words[0] = "sweep";
    words.insert(words.begin() + 1, {"content.png", "style.png"});
    words.insert(words.end(), {"--vary", "tv-weight=0,1"});
    words.insert(words.end(), extra.begin(), extra.end());
    return words;
  }
  static Words replaced(Words words, const std::string& from, const std::string& to) {
    std::replace(words.begin(), words.end(), from, to);
    return words;
  }
  void copy(const std::string& from, const std::string& to) const {
    fs::copy_file(path(from), path(to), fs::copy_options::overwrite_existing);
  }
};

TEST_F(CliRunFilesTest, ASnapshotNeverReplacesAnInputNotEvenWithOverwrite) {
  for (const std::string input : {"content.png", "style.png", "weights.h5"}) {
    const std::string name = input == "weights.h5" ? "frame_0002.png" : "frame_0001.png";
    copy(input, name);
    for (const Words& flag : {Words{}, Words{"--overwrite"}}) {
      refused(replaced(snapshots(flag), input, name), 2, name);
      refused(replaced(snapshots(flag), input, "./" + name), 2, name);
    }
    remove(name);
  }
  copy("content.png", "frame_0003.png");
  refused(snapshots({"--init", "frame_0003.png", "--overwrite"}), 2, "frame_0003.png");
}

TEST_F(CliRunFilesTest, AnInputIsKnownUnderItsOtherNames) {
  fs::create_symlink("content.png", path("frame_0001.png"));
  refused(snapshots({"--overwrite"}), 2, "content.png");
  remove("frame_0001.png");
  fs::create_hard_link(path("style.png"), path("frame_0002.png"));
  refused(snapshots({"--overwrite"}), 2, "style.png");
  remove("frame_0002.png");
  fs::create_directory_symlink(".", path("here"));
  copy("content.png", "frame_0001.png");
  refused(replaced(snapshots({"--overwrite"}), "content.png", "here/./here/frame_0001.png"), 2,
          "frame_0001.png");
}

TEST_F(CliRunFilesTest, ASnapshotDoesNotReplaceAnotherOutput) {
  refused(snapshots({"--trace", "frame_0002.png"}), 2, "frame_0002.png");
  refused(snapshots({"--trace", "FRAME.png"}), 2, "--trace");
}

TEST_F(CliRunFilesTest, ASnapshotDoesNotReplaceAFileOfSomebodyElse) {
  save_image(path("frame_0002.png"), striped_picture(40, 30));
  refused(snapshots(), 2, "--overwrite");
  refused(snapshots(), 2, "frame_0002.png");
  fs::remove(path("frame_0002.png"));
  fs::create_symlink("nowhere.png", path("frame_0002.png"));
  refused(snapshots(), 2, "frame_0002.png");
  fs::remove(path("frame_0002.png"));
  // Names that this run will not write are nobody's concern.
  for (const std::string name : {"frame_0004.png", "frame_02.png", "frame_0001.jpg"}) {
    keep(name, "precious");
  }
  done(snapshots());
  EXPECT_EQ(bytes_of(path("frame_0004.png")), "precious");
}

TEST_F(CliRunFilesTest, OverwriteAllowsItForWhatIsNoInput) {
  keep("frame_0002.png", "precious");
  done(snapshots({"--overwrite"}));
  EXPECT_EQ(load_image(path("frame_0002.png")).width, 40);
}

TEST_F(CliRunFilesTest, TheSameCommandReplacesItsOwnSnapshots) {
  for (const std::string output : {"frame.png", "frame.jpg"}) {
    const std::string snapshot = fs::path(output).replace_extension().string() + "_0002" +
                                 fs::path(output).extension().string();
    const Words words = replaced(snapshots(), "frame.png", output);
    done(words);
    const std::string first = bytes_of(path(snapshot));
    done(replaced(words, "relu1_1,relu2_1", "relu1_1"));  // another picture
    EXPECT_NE(bytes_of(path(snapshot)), first) << output;
  }
}

TEST_F(CliRunFilesTest, ASnapshotThatWasPaintedOverIsKept) {
  done(snapshots());
  const auto noted = take_note(bytes_of(path("frame_0002.png")));
  ASSERT_TRUE(noted);
  // An editor that keeps the file's texts.
  keep("frame_0002.png",
       with_note(encode_picture(striped_picture(40, 30), PictureFormat::kPng), noted->note));
  refused(snapshots(), 2, "frame_0002.png");
  // A snapshot that got the name of another run's.
  copy("frame_0001.png", "other_0001.png");
  refused(replaced(snapshots(), "frame.png", "other.png"), 2, "other_0001.png");
}

TEST_F(CliRunFilesTest, SweepDoesNotReplaceATableOfSomebodyElse) {
  keep("grid.csv", "my,notes\n");
  refused(sweep(), 2, "grid.csv");
  done(sweep({"--overwrite"}));
  EXPECT_NE(bytes_of(path("grid.csv")), "my,notes\n");
}

TEST_F(CliRunFilesTest, SweepReplacesItsOwnTableUnlessItWasChanged) {
  done(sweep());
  const std::string table = bytes_of(path("grid.csv"));
  done(replaced(sweep(), "3", "4"));  // evaluations
  EXPECT_NE(bytes_of(path("grid.csv")), table);
  keep("grid.csv", table + "my notes\n");
  refused(sweep(), 2, "grid.csv");
}

TEST_F(CliRunFilesTest, SweepDoesNotReplaceAnInput) {
  copy("weights.h5", "grid.csv");
  refused(replaced(sweep({"--overwrite"}), "weights.h5", "grid.csv"), 2, "grid.csv");
  remove("grid.csv");
  keep("grid.csv", "tv-weight = 0.5\n");
  refused(sweep({"--overwrite", "--config", "grid.csv"}), 2, "grid.csv");
  remove("grid.csv");
  done(sweep());
  refused(replaced(sweep({"--overwrite"}), "content.png", "grid_panels/tv-weight_0.png"), 2,
          "grid_panels/tv-weight_0.png");
}

TEST_F(CliRunFilesTest, SweepDoesNotReplaceSomebodysFilesInTheFolderOfItsPanels) {
  fs::create_directory(path("grid_panels"));
  for (const std::string name : {"tv-weight_1.png", "finished.json"}) {
    keep("grid_panels/" + name, "precious");
    refused(sweep(), 2, name);
    EXPECT_EQ(bytes_of(path("grid_panels/" + name)), "precious");
    remove("grid_panels/" + name);
  }
  keep("grid_panels/other.png", "precious");
  done(sweep());
  EXPECT_EQ(bytes_of(path("grid_panels/other.png")), "precious");
  keep("grid_panels/tv-weight_1.png", "painted over");
  refused(sweep(), 2, "tv-weight_1.png");
  done(sweep({"--overwrite"}));
  EXPECT_EQ(load_image(path("grid_panels/tv-weight_1.png")).width, 40);
}

TEST_F(CliRunFilesTest, APanelThatDivergedIsMadeAgainByTheSameCommand) {
  Words words = replaced(replaced(sweep(), "tv-weight=0,1", "learning-rate=1,1e30"), "3", "50");
  words.erase(std::find(words.begin(), words.end(), "--learning-rate"),
              std::find(words.begin(), words.end(), "--learning-rate") + 2);
  EXPECT_EQ(run(words).exit_code, 5);
  const ProgramResult again = run(words);
  EXPECT_EQ(again.exit_code, 5) << again.err;
}

TEST_F(CliRunFilesTest, ReconstructChecksItsTableToo) {
  keep("out.csv", "my,notes\n");
  refused({"reconstruct", "content.png", "--content-layers", "relu1_1", "--weights", "weights.h5",
           "--iterations", "2", "-o", "out.png", "--progress", "none"},
          2, "out.csv");
}

TEST_F(CliRunFilesTest, CommandsWithOneOutputDoNotReplaceTheirInput) {
  done(usual_transfer({"--trace", "trace.csv"}));
  fs::create_symlink("trace.csv", path("trace.svg"));
  refused({"plot", "trace.csv", "-o", "trace.svg"}, 2, "trace.csv");
  refused({"bench", "--weights", "weights.h5", "--json", "weights.h5"}, 2, "weights.h5");
  refused({"explain", "content.png", "style.png", "--weights", "weights.h5", "-o", "weights.h5"}, 2,
          "weights.h5");
  refused({"explain", "content.png", "style.png", "--weights", "weights.h5", "-o", "report.html",
           "--json", "./report.html"},
          2, "report.html");
}

TEST_F(CliRunFilesTest, TheWeightsOfTheEnvironmentAreAnInput) {
  Words words = usual_transfer({"--trace", "weights.h5"});
  words.erase(std::find(words.begin(), words.end(), "--weights"),
              std::find(words.begin(), words.end(), "--weights") + 2);
  const std::string before = bytes_of(path("weights.h5"));
  const ProgramResult result = run_program(
      {.arguments = words, .folder = path(""), .environment = {{"IMPASTO_WEIGHTS", "weights.h5"}}});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_EQ(bytes_of(path("weights.h5")), before);
}

class CliCheckpointNameTest : public CliRunFilesTest {
 protected:
  /// What Ctrl-C says.
  std::string interrupted(const Words& options = {}) const {
    Words words{"--iterations", "100000000", "--progress", "plain"};
    words.insert(words.end(), options.begin(), options.end());
    const ProgramResult result = run_program({.arguments = usual_transfer(words),
                                              .folder = path(""),
                                              .interrupt_after = "1/100000000  loss"});
    EXPECT_EQ(result.exit_code, 130) << result.err;
    return result.err;
  }
};

TEST_F(CliCheckpointNameTest, ACheckpointTakesAFreeName) {
  keep("out.checkpoint", "somebody's");
  keep("out-2.checkpoint", "somebody's");
  const std::string said = interrupted();
  EXPECT_NE(said.find("out-3.checkpoint"), std::string::npos) << said;
  EXPECT_EQ(bytes_of(path("out.checkpoint")), "somebody's");
  EXPECT_EQ(bytes_of(path("out-2.checkpoint")), "somebody's");
  EXPECT_TRUE(exists("out-3.checkpoint"));
}

TEST_F(CliCheckpointNameTest, TheHoursOfAnEarlierRunAreKept) {
  interrupted();
  const std::string first = bytes_of(path("out.checkpoint"));
  interrupted({"--overwrite"});
  EXPECT_EQ(bytes_of(path("out.checkpoint")), first);
  EXPECT_TRUE(exists("out-2.checkpoint"));
}

TEST_F(CliCheckpointNameTest, TextGetsNoPicturesName) {
  keep("holiday.jpg", "a photograph");
  refused(usual_transfer({"--trace", "holiday.jpg"}), 2, "--trace holiday.csv");
  refused(usual_transfer({"--trace", "weights2.H5"}), 2, "--trace weights2.csv");
  EXPECT_EQ(bytes_of(path("holiday.jpg")), "a photograph");
  done(usual_transfer({"--trace", "losses.txt"}));
}

TEST_F(CliCheckpointNameTest, AResumedRunReplacesTheCheckpointThatItWentOnFrom) {
  interrupted();
  const std::string first = bytes_of(path("out.checkpoint"));
  const ProgramResult result =
      run_program({.arguments = {"transfer", "content.png", "style.png", "-o", "out.png",
                                 "--resume", "out.checkpoint", "--progress", "plain"},
                   .folder = path(""),
                   .interrupt_after = "/100000000  loss"});
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_NE(bytes_of(path("out.checkpoint")), first);
  EXPECT_FALSE(exists("out-2.checkpoint"));
}

class CliLongNamesTest : public CliRunFilesTest {};

TEST_F(CliLongNamesTest, NamesAsLongAsAFileSystemTakesAreWritten) {
  const std::string name = std::string(251, 'n') + ".png";  // 255 bytes
  done(usual_transfer({"-o", name, "--trace", std::string(251, 't') + ".csv"}));
  EXPECT_EQ(load_image(path(name)).width, 40);
}

TEST_F(CliLongNamesTest, LongerNamesAreRefusedBeforeTheWork) {
  refused(usual_transfer({"-o", std::string(252, 'n') + ".png"}), 2, "256 bytes");
  refused(usual_transfer({"--trace", std::string(300, 't') + ".csv"}), 2, "304 bytes");
  refused(replaced(snapshots(), "frame.png", std::string(247, 'n') + ".png"), 2, "shorter -o");
  refused(replaced(sweep(), "grid.png", std::string(250, 'n') + ".png"), 2, "257 bytes");
  refused({"explain", "content.png", "style.png", "--weights", "weights.h5", "-o",
           std::string(251, 'n') + ".html"},
          2, "256 bytes");
}

TEST_F(CliLongNamesTest, ACheckpointsNameIsCut) {
  // 4 characters of two bytes each would be torn in the middle by a cut at any odd place.
  std::string name;
  for (int n = 0; n < 125; ++n) {
    name += "\xC3\xA4";
  }
  Words words = usual_transfer({"--iterations", "100000000", "--progress", "plain"});
  std::replace(words.begin(), words.end(), std::string("out.png"), name + ".png");
  const ProgramResult result =
      run_program({.arguments = words, .folder = path(""), .interrupt_after = "1/100000000  loss"});
  EXPECT_EQ(result.exit_code, 130) << result.err;
  bool found = false;
  for (const auto& [file, bytes] : contents_of(path(""))) {
    if (file.ends_with(".checkpoint")) {
      found = true;
      EXPECT_EQ((file.size() - std::string(".checkpoint").size()) % 2, 0U) << file;
      EXPECT_NE(result.err.find(file), std::string::npos) << result.err;
    }
  }
  EXPECT_TRUE(found);
}

class CliPermissionsTest : public CliTest {
 protected:
  [[nodiscard]] mode_t mode_of(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(stat(path(name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }
};

TEST_F(CliPermissionsTest, AnOutputKeepsThePermissionsThatItHad) {
  for (const mode_t mode : {0600, 0664}) {
    keep("out.png", "old");
    keep("trace.csv", "old");
    ASSERT_EQ(chmod(path("out.png").c_str(), mode), 0);
    ASSERT_EQ(chmod(path("trace.csv").c_str(), mode), 0);
    done(usual_transfer({"--trace", "trace.csv"}));
    EXPECT_EQ(mode_of("out.png"), mode);
    EXPECT_EQ(mode_of("trace.csv"), mode);
    EXPECT_EQ(load_image(path("out.png")).width, 40);
  }
}

TEST_F(CliPermissionsTest, AWriteProtectedOutputIsRefusedBeforeTheWork) {
  keep("out.png", "precious");
  ASSERT_EQ(chmod(path("out.png").c_str(), 0444), 0);
  refused(usual_transfer(), 3, "write-protected");
}

}  // namespace
}  // namespace impasto
