// What the tests of the command line share: a folder with two pictures and small weights, and what
// a refusal looks like.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "image/picture_files.hpp"
#include "impasto/weights.hpp"
#include "support/run_program.hpp"
#include "weights/weights_fixture.hpp"

namespace impasto {

using Words = std::vector<std::string>;

/// A network of small blocks whose family is that of the default preset, so that nothing is warned
/// of.
inline NetworkWeights caffe_network(const std::vector<std::vector<int>>& blocks) {
  NetworkWeights network;
  network.family = WeightFamily::kCaffe;
  network.order = ChannelOrder::kBgr;
  network.mean = {103.939F, 116.779F, 123.68F};
  network.std = {1.0F, 1.0F, 1.0F};
  network.pool_after_last_block = true;
  network.source = "test.pth";
  network.source_sha256 = std::string(64, 'a');
  int in_channels = 3;
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    for (std::size_t index = 0; index < blocks[block].size(); ++index) {
      const int out_channels = blocks[block][index];
      ConvolutionWeights convolution{static_cast<int>(block) + 1,
                                     static_cast<int>(index) + 1,
                                     out_channels,
                                     in_channels,
                                     {},
                                     {}};
      // The first layer sees values up to 150, the later ones a few: activations stay of about
      // their size.
      const float divisor = in_channels == 3 ? 4096.0F : 128.0F;
      for (int i = 0; i < out_channels * in_channels * 9; ++i) {
        const int pseudo_random = (7 * i + 3 * out_channels) % 64 - 30;
        convolution.weight.push_back(static_cast<float>(pseudo_random) / divisor);
      }
      convolution.bias.assign(static_cast<std::size_t>(out_channels), 0.125F);
      network.convolutions.push_back(convolution);
      in_channels = out_channels;
    }
  }
  return network;
}

/// Diagonal stripes: a style that differs from the gradients of the content.
inline Image striped_picture(std::int64_t width, std::int64_t height) {
  Image image(width, height);
  for (std::int64_t index = 0; index < image.pixels(); ++index) {
    const bool light = (index % width + index / width) / 4 % 2 == 0;
    image.rgb[static_cast<std::size_t>(index)] = light ? 0.9F : 0.1F;
    image.rgb[static_cast<std::size_t>(index + image.pixels())] = light ? 0.2F : 0.6F;
    image.rgb[static_cast<std::size_t>(index + 2 * image.pixels())] = 0.4F;
  }
  return image;
}

/// Names and contents of every file in a folder; hidden ones and links too.
inline std::map<std::string, std::string> contents_of(const std::string& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::error_code ignored;  // a link may lead to itself
    const bool is_file = entry.is_regular_file(ignored);
    contents[entry.path().filename().string()] = is_file ? bytes_of(entry.path().string()) : "";
  }
  return contents;
}

inline std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

/// One line in the form that every error has.
inline void expect_error_line(const std::string& err) {
  static const std::regex form(R"(impasto: error: [^\n]+ \([^\n]+\): [^\n]+\n)");
  EXPECT_TRUE(std::regex_match(err, form)) << err;
}

/// The folder holds content.png (40 × 30), style.png (36 × 48), weights.h5 (taps to pool2).
class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    save_image(path("content.png"), gradient_picture(40, 30));
    save_image(path("style.png"), striped_picture(36, 48));
    write_weights_file(path("weights.h5"), caffe_network({{4, 4}, {6, 6}}));
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  std::string keep(const std::string& name, const std::string& bytes) const {
    return folder_.keep(name, bytes);
  }
  void remove(const std::string& name) const { std::filesystem::remove(path(name)); }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(path(name));
  }

  /// A quick transfer to out.png. Options in `extra` replace the ones here; its other words are
  /// added.
  static Words transfer_words(const Words& extra = {}) {
    Words words{"transfer"};
    const std::vector<Words> usual{{"-o", "out.png"},
                                   {"--weights", "weights.h5"},
                                   {"--content-layers", "relu2_1"},
                                   {"--style-layers", "relu1_1,relu2_1"},
                                   {"--optimizer", "adam"},
                                   {"--learning-rate", "1"},
                                   {"--iterations", "3"},
                                   {"--threads", "1"},
                                   {"--progress", "none"}};
    for (const Words& option : usual) {
      // The GPU has no use for threads.
      const std::string& unless = option.front() == "--threads" ? "--device" : option.front();
      if (std::find(extra.begin(), extra.end(), option.front()) == extra.end() &&
          std::find(extra.begin(), extra.end(), unless) == extra.end()) {
        words.insert(words.end(), option.begin(), option.end());
      }
    }
    words.insert(words.end(), extra.begin(), extra.end());
    return words;
  }
  /// The same with content.png and style.png.
  static Words usual_transfer(const Words& extra = {}) {
    Words words = transfer_words(extra);
    words.insert(words.begin() + 1, {"content.png", "style.png"});
    return words;
  }

  [[nodiscard]] ProgramResult run(const Words& words) const {
    return run_program({.arguments = words, .folder = path("")});
  }

  /// Runs and expects success; returns what was printed.
  ProgramResult done(const Words& words) const {
    ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }

  /// Expects this exit code and one error line that contains `part`, and the folder as it was
  /// before, with and without an out.png in it.
  void refused(const Words& words, int code, const std::string& part = "") const {
    SCOPED_TRACE(::testing::PrintToString(words));
    for (const bool output_exists : {false, true}) {
      if (output_exists && !exists("out.png")) {
        keep("out.png", "precious");
      }
      const auto before = contents_of(path(""));
      const ProgramResult result = run(words);
      EXPECT_EQ(result.exit_code, code) << result.err;
      EXPECT_EQ(result.out, "");
      expect_error_line(result.err);
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks " << part;
      EXPECT_TRUE(contents_of(path("")) == before) << "files were changed, left or lost";
      if (output_exists && bytes_of(path("out.png")) == "precious") {
        remove("out.png");
      }
    }
  }

 private:
  TempFolder folder_;
};

}  // namespace impasto
