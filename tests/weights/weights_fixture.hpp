// What the tests of the weights room share: the small network of tests/data/checkpoints, scratch
// files, and errors.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "impasto/error.hpp"
#include "impasto/weights.hpp"
#include "support/paths.hpp"

namespace impasto {

/// 3 → 4 4 | 6 6 with the values that tools/reference/make_checkpoints.py writes.
inline NetworkWeights tiny_network() {
  NetworkWeights network;
  network.pool_after_last_block = true;
  network.source = "tiny.pth";
  network.convolutions = {
      {1, 1, 4, 3, {}, {}}, {1, 2, 4, 4, {}, {}}, {2, 1, 6, 4, {}, {}}, {2, 2, 6, 6, {}, {}}};
  int layer = 0;
  for (auto& convolution : network.convolutions) {
    const auto weights = convolution.out_channels * convolution.in_channels * 9;
    for (int i = 0; i < weights; ++i) {
      convolution.weight.push_back(static_cast<float>((7 * i + 3 * layer) % 64 - 32) / 64.0F);
    }
    for (int i = 0; i < convolution.out_channels; ++i) {
      convolution.bias.push_back(static_cast<float>(i - layer) / 8.0F);
    }
    ++layer;
  }
  return network;
}

inline void expect_same_convolutions(const NetworkWeights& actual, const NetworkWeights& expected) {
  ASSERT_EQ(actual.convolutions.size(), expected.convolutions.size());
  for (std::size_t i = 0; i < expected.convolutions.size(); ++i) {
    const auto& a = actual.convolutions[i];
    const auto& b = expected.convolutions[i];
    EXPECT_EQ(a.name(), b.name());
    EXPECT_EQ(a.out_channels, b.out_channels);
    EXPECT_EQ(a.in_channels, b.in_channels);
    EXPECT_EQ(a.weight, b.weight) << b.name();
    EXPECT_EQ(a.bias, b.bias) << b.name();
  }
}

/// Runs `act` and expects an InputError whose text contains `part`.
template <typename Act>
void expect_input_error(Act act, const std::string& part) {
  try {
    act();
    ADD_FAILURE() << "no error; expected one with: " << part;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
  }
}

inline std::string checkpoint_file(const std::string& name) {
  return test_data() + "/checkpoints/" + name;
}

inline std::string read_bytes(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A folder of its own for each test, removed afterwards.
class WeightsTest : public ::testing::Test {
 protected:
  WeightsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "impasto-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~WeightsTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

  [[nodiscard]] std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

 private:
  std::string folder_;
};

}  // namespace impasto
