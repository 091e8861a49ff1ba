// Weights that cannot be used.
#include <hdf5.h>

#include <array>
#include <cmath>

#include "cli/cli_fixture.hpp"
#include "support/paths.hpp"

namespace impasto {
namespace {

/// Writes one data set of a weights file anew, with check sums that hold: what a faulty program
/// would leave.
void replace_dataset(const std::string& path, const std::string& name,
                     const std::vector<hsize_t>& shape, float value) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t dataset =
      H5Dcreate2(file, name.c_str(), H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hsize_t elements = 1;
  for (const hsize_t side : shape) {
    elements *= side;
  }
  const std::vector<float> values(elements, value);
  EXPECT_GE(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  H5Dclose(dataset);
  H5Sclose(space);
  EXPECT_GE(H5Fclose(file), 0);
}

class CliBadWeightsTest : public CliTest {
 protected:
  void refused_weights(const std::string& weights, int code, const std::string& part) const {
    refused(usual_transfer({"--weights", weights}), code, part);
  }
};

TEST_F(CliBadWeightsTest, MissingWeightsNameAllThreeWaysToGetThem) {
  if (std::filesystem::exists(sample_pictures() + "/../../weights/vgg19.h5")) {
    GTEST_SKIP() << "weights are installed in the source tree";
  }
  const Words words{"transfer", "content.png", "style.png", "-o", "out.png", "--progress", "none"};
  for (const std::string way : {"--weights", "$IMPASTO_WEIGHTS", "oriented"}) {
    refused(words, 3, way);
  }
}

TEST_F(CliBadWeightsTest, EnvironmentVariableNamesTheWeights) {
  Words words = usual_transfer();
  const auto named = std::find(words.begin(), words.end(), "--weights");
  words.erase(named, named + 2);
  const auto run_with = [&](const std::string& weights) {
    return run_program(
        {.arguments = words, .folder = path(""), .environment = {{"IMPASTO_WEIGHTS", weights}}});
  };
  EXPECT_EQ(run_with("weights.h5").exit_code, 0);
  const ProgramResult missing = run_with("nowhere.h5");
  EXPECT_EQ(missing.exit_code, 3);
  expect_error_line(missing.err);
  EXPECT_NE(missing.err.find("IMPASTO_WEIGHTS"), std::string::npos) << missing.err;
}

TEST_F(CliBadWeightsTest, ThatAreThereButCannotBeReachedAreNotCalledMissing) {
  const std::string cause = "Too many levels of symbolic links";
  for (const std::string name : {"loop.h5", "oriente"}) {
    std::filesystem::create_symlink(name, path(name));
    refused_weights(name, 3, cause);
    refused({"transfer", "--print-config", "--weights", name}, 3, cause);
  }
  Words words = usual_transfer();
  const auto named = std::find(words.begin(), words.end(), "--weights");
  words.erase(named, named + 2);
  std::filesystem::create_directory(path("folder"));
  for (const auto& [value, reason] :
       {std::pair("loop.h5", cause.c_str()), std::pair("folder", "is no file")}) {
    for (const Words& command : {words, Words{"transfer", "--print-config"}}) {
      const ProgramResult result = run_program(
          {.arguments = command, .folder = path(""), .environment = {{"IMPASTO_WEIGHTS", value}}});
      EXPECT_EQ(result.exit_code, 3) << result.err;
      expect_error_line(result.err);
      EXPECT_NE(result.err.find(reason), std::string::npos) << result.err;
      EXPECT_NE(result.err.find("IMPASTO_WEIGHTS"), std::string::npos) << result.err;
    }
  }
}

// libhdf5 1.10.8 follows a wild pointer in H5F__accum_read.
TEST_F(CliBadWeightsTest, AFileThatCrashesLibhdf5IsAnErrorOfOneLine) {
  const std::string damaged = bytes_of(test_data() + "/checkpoints/crashes_libhdf5.h5");
  keep("damaged.h5", damaged);
  refused_weights("damaged.h5", 3, "damaged.h5");
  refused({"inspect", "damaged.h5"}, 3, "damaged.h5");
  refused({"convert", "damaged.h5", "-o", "out.h5"}, 3, "damaged.h5");
}

class CliDefaultWeightsTest : public CliTest {
 protected:
  /// A transfer that names no weights.
  static Words transfer_by_default(const std::string& content, const std::string& output) {
    return {"transfer", content,           "style.png", "-o",
            output,     "--iterations",    "1",         "--optimizer",
            "adam",     "--learning-rate", "1",         "--content-layers",
            "relu2_1",  "--style-layers",  "relu1_1",   "--threads",
            "1"};
  }
};

TEST_F(CliDefaultWeightsTest, AreThoseInTheCurrentFolderBeforeAllOthers) {
  std::filesystem::create_directory(path("weights"));
  std::filesystem::copy_file(path("weights.h5"), path("weights/vgg16.h5"));
  const auto used = [&] { return done(transfer_by_default("content.png", "out.png")).err; };
  EXPECT_NE(used().find("weights: weights/vgg16.h5,"), std::string::npos) << used();
  std::filesystem::copy_file(path("weights.h5"), path("weights/vgg19-caffe.h5"));
  EXPECT_NE(used().find("weights: weights/vgg19-caffe.h5,"), std::string::npos) << used();
}

TEST_F(CliDefaultWeightsTest, ThatAreMissingAreToldAfterWhatIsWrongWithTheFiles) {
  std::filesystem::create_directory(path("folder.png"));
  const auto told = [&](const std::string& content, const std::string& output) {
    const ProgramResult result = run_program({.arguments = transfer_by_default(content, output),
                                              .folder = path(""),
                                              .environment = {{"IMPASTO_WEIGHTS", "none.h5"}}});
    expect_error_line(result.err);
    return result.err;
  };
  for (const auto& [content, output, part] :
       std::vector<std::array<std::string, 3>>{{"content.png", "content.png", "the input"},
                                               {"content.png", "nowhere/out.png", "nowhere"},
                                               {"content.png", "out.gif", "out.gif"},
                                               {"contnet.png", "out.png", "contnet.png"},
                                               {"folder.png", "out.png", "folder.png"},
                                               {"content.png", "out.png", "IMPASTO_WEIGHTS"}}) {
    const std::string text = told(content, output);
    EXPECT_NE(text.find(part), std::string::npos) << text << "lacks " << part;
  }
}

TEST_F(CliBadWeightsTest, MissingFileIsNamed) {
  refused_weights("nowhere.h5", 3, "nowhere.h5");
}

TEST_F(CliBadWeightsTest, FolderIsRefused) {
  std::filesystem::create_directory(path("folder.h5"));
  refused_weights("folder.h5", 3, "folder.h5");
}

TEST_F(CliBadWeightsTest, TruncatedFileIsRefused) {
  const std::string whole = bytes_of(path("weights.h5"));
  for (const std::size_t part : {8U, 3U, 2U}) {
    keep("cut.h5", whole.substr(0, whole.size() - whole.size() / part));
    refused_weights("cut.h5", 3, "cut.h5");
  }
}

TEST_F(CliBadWeightsTest, TextIsRefused) {
  keep("notes.h5", "these are my notes about painting\n");
  refused_weights("notes.h5", 3, "notes.h5");
}

TEST_F(CliBadWeightsTest, EmptyFileIsRefused) {
  keep("empty.h5", "");
  refused_weights("empty.h5", 3, "empty.h5");
}

TEST_F(CliBadWeightsTest, PictureInPlaceOfWeightsIsToldWhatWeightsAre) {
  refused_weights("style.png", 3, "a PNG picture, not weights (style.png): name a .pth");
  keep("style.gif", "GIF89a" + std::string(100, '\0'));
  refused_weights("style.gif", 3, "name a .pth");
}

TEST_F(CliBadWeightsTest, CheckpointOfNoVggIsRefused) {
  refused_weights(checkpoint_file("batch_norm.pth"), 3, "batch normalisation");
}

TEST_F(CliBadWeightsTest, CheckpointIsConvertedInMemoryAndSaid) {
  Words words = usual_transfer({"--weights", checkpoint_file("zip.pth"), "--progress", "plain"});
  const ProgramResult result = done(words);
  EXPECT_NE(result.err.find("weights: " + checkpoint_file("zip.pth")), std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("family torchvision"), std::string::npos) << result.err;
}

// A file whose numbers are damaged on the disk: its check sums no longer hold.
TEST_F(CliBadWeightsTest, DamagedValuesAreRefused) {
  std::string bytes = bytes_of(path("weights.h5"));
  const float bias = 0.125F;
  const std::string pattern(reinterpret_cast<const char*>(&bias), sizeof bias);
  const std::size_t at = bytes.find(pattern + pattern);
  if (at == std::string::npos) {
    GTEST_SKIP() << "the values are packed; nothing to damage in a known place";
  }
  const float nan = std::nanf("");
  bytes.replace(at, sizeof nan, reinterpret_cast<const char*>(&nan), sizeof nan);
  keep("damaged.h5", bytes);
  refused_weights("damaged.h5", 3, "damaged.h5");
}

TEST_F(CliBadWeightsTest, ValuesThatAreNoNumbersAreRefused) {
  for (const float value : {std::nanf(""), INFINITY}) {
    write_weights_file(path("bad.h5"), caffe_network({{4, 4}, {6, 6}}));
    replace_dataset(path("bad.h5"), "conv2_1/bias", {6}, value);
    refused_weights("bad.h5", 3, "conv2_1");
  }
}

TEST_F(CliBadWeightsTest, ShapesThatDoNotFitAreRefused) {
  const std::vector<std::pair<std::string, std::vector<hsize_t>>> misfits{
      {"conv2_1/weight", {6, 5, 3, 3}},
      {"conv2_1/weight", {6, 4, 5, 5}},
      {"conv2_1/weight", {6, 36}},
      {"conv2_1/bias", {7}}};
  for (const auto& [name, shape] : misfits) {
    write_weights_file(path("bad.h5"), caffe_network({{4, 4}, {6, 6}}));
    replace_dataset(path("bad.h5"), name, shape, 0.5F);
    refused_weights("bad.h5", 3, "conv2_1");
  }
}

TEST_F(CliBadWeightsTest, SeedThatIsNoNumberIsWrongUsage) {
  for (const std::string weights :
       {"oriented:abc", "oriented:", "random:-1", "random:99999999999999999999"}) {
    refused_weights(weights, 2, "--weights");
  }
}

TEST_F(CliBadWeightsTest, UnknownTapIsWrongUsageAndListsTheTaps) {
  for (const std::string tap : {"relu9_9", "banana", "relu1_1 ", "Relu1_1"}) {
    refused(usual_transfer({"--content-layers", tap}), 2, "relu2_1");
    refused(usual_transfer({"--style-layers", tap}), 2, "relu2_1");
  }
}

TEST_F(CliBadWeightsTest, TapThatTheFileDoesNotReachIsRefusedAndTheTapsListed) {
  refused(usual_transfer({"--content-layers", "relu4_2"}), 3, "relu2_1");
  refused(usual_transfer({"--style-layers", "relu1_1,relu5_1"}), 3, "relu2_1");
}

}  // namespace
}  // namespace impasto
