// The real trained networks on real pictures, where they are at hand: IMPASTO_TEST_WEIGHTS and
// IMPASTO_TEST_IMAGES name the folders.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/reference/reference_backend.hpp"
#include "transfer/session.hpp"
#include "weights/checkpoint.hpp"

namespace impasto {
namespace {

std::string folder(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

class RealPictures : public testing::Test {
 protected:
  void SetUp() override {
    weights_ = folder("IMPASTO_TEST_WEIGHTS");
    images_ = folder("IMPASTO_TEST_IMAGES");
    if (weights_.empty() || images_.empty()) {
      GTEST_SKIP()
          << "IMPASTO_TEST_WEIGHTS and IMPASTO_TEST_IMAGES do not name real weights and pictures";
    }
  }

  TransferResult run(Backend& backend, const std::string& file, const TransferOptions& options) {
    TransferObserver silent;
    return transfer_on(backend, load_image(images_ + "/tuebingen.jpg"),
                       {load_image(images_ + "/starry_night.jpg")},
                       read_checkpoint(weights_ + "/" + file, std::nullopt), options, silent);
  }

  static TransferOptions adam_options(std::int64_t size, std::int64_t iterations) {
    TransferOptions options = preset("gatys");
    options.size = size;
    options.iterations = iterations;
    options.optimizer = OptimizerKind::kAdam;
    options.learning_rate = 0.1;
    return options;
  }

  std::string weights_;
  std::string images_;
};

TEST_F(RealPictures, TheFirstThreeBlocksOfVgg19PaintTuebingen) {
  TransferOptions options = adam_options(96, 25);
  options.content_layers = {{"relu3_2"}};
  options.style_layers = {{"relu1_1"}, {"relu2_1"}, {"relu3_1"}};
  options.content_weight = 0.1;
  options.style_weight = 0.01;
  const TransferResult result = run(*make_cpu_backend(0), "vgg19-blocks1-3.pth", options);
  EXPECT_EQ(result.picture.width, 96);
  EXPECT_LT(result.trace.back().total, 0.1 * result.trace.front().total);
}

TEST_F(RealPictures, TheSlimNetworksTraceFollowsTheDoubleReferenceToItsDeepestLayer) {
  TransferOptions options = adam_options(40, 4);
  options.style_layers = {{"relu1_1"}, {"relu2_1"}, {"relu3_1"}, {"relu4_1"}, {"relu5_1"}};
  const TransferResult fast = run(*make_cpu_backend(0), "vgg19-slim16x.pth", options);
  const TransferResult exact = run(*make_reference_backend<double>(), "vgg19-slim16x.pth", options);
  for (std::size_t n = 0; n < exact.trace.size(); ++n) {
    EXPECT_NEAR(fast.trace[n].total, exact.trace[n].total, 1e-4 * exact.trace[n].total);
  }
}

}  // namespace
}  // namespace impasto
