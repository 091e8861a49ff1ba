// Outputs that cannot or must not be written: found out before any work, and nothing is lost.
#include <sys/stat.h>

#include "cli/cli_fixture.hpp"

namespace impasto {
namespace {

class CliBadOutputTest : public CliTest {
 protected:
  void refused_output(const std::string& output, int code, const std::string& part) const {
    refused(usual_transfer({"-o", output}), code, part);
  }
};

TEST_F(CliBadOutputTest, FolderThatDoesNotExist) {
  refused_output("nowhere/out.png", 3, "nowhere/out.png");
}

TEST_F(CliBadOutputTest, FolderThatCannotBeWritten) {
  std::filesystem::create_directory(path("locked"));
  std::filesystem::permissions(
      path("locked"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  if (access(path("locked").c_str(), W_OK) != 0) {
    refused_output("locked/out.png", 3, "locked/out.png");
  }
  // Root may write everywhere, but not below a file.
  refused_output("style.png/out.png", 3, "style.png/out.png");
}

TEST_F(CliBadOutputTest, OtherPictureFormatsAreWrongUsage) {
  for (const std::string output :
       {"out.gif", "out", "out.png.bak", ".png", "out.png/", ".", "/dev/null", "/dev/stdout"}) {
    refused_output(output, 2, ".jpg");
  }
}

TEST_F(CliBadOutputTest, FolderInPlaceOfTheOutput) {
  std::filesystem::create_directory(path("folder.png"));
  refused_output("folder.png", 3, "folder");
}

TEST_F(CliBadOutputTest, FullDiskIsReportedAndThePictureKeptElsewhere) {
  std::filesystem::create_symlink("/dev/full", path("full.png"));
  const ProgramResult result = run(usual_transfer({"-o", "full.png"}));
  EXPECT_EQ(result.exit_code, 3);
  expect_error_line(result.err);
  EXPECT_NE(result.err.find("(full.png)"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("; the picture is in " + path("full-kept.png")), std::string::npos)
      << result.err;
  EXPECT_EQ(load_image(path("full-kept.png")).width, 40);
}

TEST_F(CliBadOutputTest, OutputThatWouldReplaceAnInputIsRefused) {
  refused_output("content.png", 2, "content.png");
  refused_output("style.png", 2, "style.png");
  refused_output("./content.png", 2, "content.png");
  std::filesystem::create_symlink(path("style.png"), path("link.png"));
  refused_output("link.png", 2, "style.png");
}

// That it is an input is what is wrong: made writable it would be refused all the same.
TEST_F(CliBadOutputTest, AWriteProtectedInputAsTheOutputIsNamedAsAnInput) {
  ASSERT_EQ(chmod(path("content.png").c_str(), 0444), 0);
  refused_output("content.png", 2, "would replace the input content.png");
}

TEST_F(CliBadOutputTest, OutputThatWouldReplaceTheInitialPictureIsRefused) {
  save_image(path("start.png"), gradient_picture(40, 30));
  refused(usual_transfer({"--init", "start.png", "-o", "start.png"}), 2, "start.png");
}

TEST_F(CliBadOutputTest, TraceThatCannotBeWrittenIsRefusedBeforeTheWork) {
  refused(usual_transfer({"--trace", "nowhere/trace.csv"}), 3, "nowhere/trace.csv");
  refused(usual_transfer({"--trace", "style.png/trace.csv"}), 3, "style.png/trace.csv");
}

TEST_F(CliBadOutputTest, TraceThatWouldReplaceAnotherFileOfTheRunIsRefused) {
  keep("run.toml", "iterations = 2\n");
  for (const std::string trace :
       {"content.png", "style.png", "out.png", "./out.png", "weights.h5", "run.toml"}) {
    Words words = usual_transfer({"--trace", trace, "--config", "run.toml"});
    refused(words, 2, "--trace");
  }
}

// The picture is what hours were spent on: it is there, although the trace could not be written.
TEST_F(CliBadOutputTest, FullDiskUnderTheTraceKeepsThePicture) {
  const ProgramResult result = run(usual_transfer({"--trace", "/dev/full"}));
  EXPECT_EQ(result.exit_code, 3);
  expect_error_line(result.err);
  EXPECT_NE(result.err.find("/dev/full"), std::string::npos) << result.err;
  EXPECT_EQ(load_image(path("out.png")).width, 40);
}

TEST_F(CliBadOutputTest, FullDiskUnderStandardOutputIsReported) {
  for (const Words& words : {Words{"presets"}, Words{"--help"}, Words{"gradcheck"},
                             Words{"transfer", "--print-config"}, Words{"inspect", "weights.h5"}}) {
    const ProgramResult result =
        run_program({.arguments = words, .folder = path(""), .standard_output = "/dev/full"});
    EXPECT_EQ(result.exit_code, 3) << ::testing::PrintToString(words);
    expect_error_line(result.err);
  }
}

TEST_F(CliBadOutputTest, LinkToTheOutputStaysALink) {
  keep("real.png", "old");
  std::filesystem::create_symlink("real.png", path("link.png"));
  done(usual_transfer({"-o", "link.png"}));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link.png")));
  EXPECT_EQ(load_image(path("real.png")).width, 40);
}

TEST_F(CliBadOutputTest, ExistingOutputIsReplacedAfterSuccess) {
  keep("out.png", "old");
  done(usual_transfer());
  EXPECT_EQ(load_image(path("out.png")).width, 40);
}

}  // namespace
}  // namespace impasto
