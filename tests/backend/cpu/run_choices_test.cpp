// A resumed run takes the algorithms of the run that was interrupted, whatever the clock says now.
#include "backend/run_choices.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/owned_tensor.hpp"
#include "support/small_network.hpp"

namespace impasto {
namespace {

class RunChoicesTest : public testing::Test {
 protected:
  ~RunChoicesTest() override {
    prefer_choices({});
    unsetenv("IMPASTO_CONVOLUTION");
  }

  /// A convolution of 16 × 40 × 40 to 16 maps, chosen as `mode` says.
  std::vector<float> convolve(const char* mode) {
    setenv("IMPASTO_CONVOLUTION", mode, 1);
    const NetworkWeights network = small_network({{16, 16}}, 3);
    const std::unique_ptr<Backend> backend = make_cpu_backend(1);
    ConvolutionSpec spec;
    spec.input = {16, 40, 40};
    spec.out_channels = 16;
    const auto filters = backend->prepare_filters(network.convolutions[1]);
    const auto convolution = backend->make_convolution(filters, spec);
    const auto workspace = backend->allocate(convolution->workspace_bytes());
    std::vector<double> values(16 * 40 * 40);
    for (std::size_t n = 0; n < values.size(); ++n) {
      values[n] = static_cast<double>((n * 37) % 101) / 101;
    }
    const OwnedTensor x(*backend, spec.input, Layout::kFeature, values);
    const OwnedTensor y(*backend, spec.output(), Layout::kFeature);
    convolution->forward(x.get(), y.get(), workspace->data());
    return y.download<float>(*backend);
  }
};

TEST_F(RunChoicesTest, AreTakenAgainWhateverWouldBeChosenNow) {
  const std::vector<float> direct = convolve("direct");
  const RunChoices noted = noted_choices();
  const std::vector<float> winograd = convolve("winograd6");
  ASSERT_NE(direct, winograd) << "the algorithms round differently";
  prefer_choices(noted);
  EXPECT_EQ(convolve("winograd6"), direct);
  prefer_choices({});
  EXPECT_EQ(convolve("winograd6"), winograd);
}

TEST_F(RunChoicesTest, ThatMakeNoSenseAreNotTaken) {
  const std::vector<float> expected = convolve("direct");
  RunChoices nonsense = noted_choices();
  for (auto& [key, choice] : nonsense) {
    choice = "winograd6 99999999 private kept";
  }
  prefer_choices(nonsense);
  EXPECT_EQ(convolve("direct"), expected);
}

// A file may ask for blocks so large that nobody would try them; only the tile decides the bytes.
TEST_F(RunChoicesTest, ThatNobodyWouldDivideSoAreDividedByRule) {
  const std::vector<float> expected = convolve("winograd6");
  RunChoices divided = noted_choices();
  for (auto& [key, choice] : divided) {
    choice = "winograd6 4096 shared anew";
  }
  prefer_choices(divided);
  EXPECT_EQ(convolve("direct"), expected);
  for (const auto& [key, choice] : divided) {
    EXPECT_EQ(noted_choices().at(key).find("4096"), std::string::npos) << noted_choices().at(key);
  }
}

}  // namespace
}  // namespace impasto
