// A whole transfer in every precision against the double reference, on the emulated device.
#include "backend/cuda/cuda_fixture.hpp"
#include "backend/owned_tensor.hpp"
#include "backend/reference/reference_backend.hpp"
#include "gradcheck/host_tensor.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

struct PrecisionCase {
  const char* name;
  Precision precision;
};

// For GoogleTest's messages.
void PrintTo(const PrecisionCase& precision,
             std::ostream* stream) {  // NOLINT(readability-identifier-naming)
  *stream << precision.name;
}

class CudaPrecision : public EmulatedCuda, public testing::WithParamInterface<PrecisionCase> {
 protected:
  std::unique_ptr<Backend> reference_ = make_reference_backend<double>();
};

TEST_P(CudaPrecision, AShortTransferEndsNearTheReferences) {
  TransferOptions options = preset("gatys");
  options.size = 0;
  options.content_layers = {{"relu2_1"}};
  options.style_layers = {{"relu1_1"}, {"relu2_1"}};
  options.style_weight = 100;
  options.tv_weight = 1e-3;
  options.optimizer = OptimizerKind::kAdam;
  options.learning_rate = 0.05;
  options.iterations = 10;
  const NetworkWeights weights = small_network({{8, 8}, {12, 12}}, 4);
  const Image content = test_picture(26, 21, 1);
  const Image style = test_picture(22, 24, 2);
  TransferObserver silent;
  const double expected =
      transfer_on(*reference_, content, {style}, weights, options, silent).trace.back().total;
  const std::unique_ptr<Backend> backend = make(GetParam().precision);
  const TransferResult result = transfer_on(*backend, content, {style}, weights, options, silent);
  EXPECT_LT(result.trace.back().total, 0.9 * result.trace.front().total);
  EXPECT_NEAR(result.trace.back().total, expected, 0.02 * expected);
}

// Tensor cores cut values off before they multiply them. Means of the values as they were would
// leave a second moment less than the mean's square, and a covariance that has no root.
TEST_P(CudaPrecision, MeansAreThoseOfTheValuesThatSecondMomentsAreMadeOf) {
  const std::unique_ptr<Backend> backend = make(GetParam().precision);
  const Shape shape{8, 6, 5};
  // Seven eighths of the way from one value that TF32 has to the next: the same everywhere, so that
  // there is no variance.
  const double value = 1 + 7.0 / 8 / 1024;
  const OwnedTensor f(*backend, shape, Layout::kFeature,
                      HostValues(static_cast<std::size_t>(shape.elements()), value));
  const OwnedTensor mean(*backend, flat(8), Layout::kPlain);
  const OwnedTensor gram(*backend, square_matrix(8), Layout::kPlain);
  backend->channel_means(f.get(), mean.get());
  backend->gram(1.0 / 30, f.get(), gram.get());
  const double mu = mean.download(*backend)[0];
  EXPECT_NEAR(gram.download(*backend)[0], mu * mu, 1e-6);
}

// Maps are stored with more channels than they have, and what looks at whole packs relies on zeros.
TEST_P(CudaPrecision, WhatIsAddedToChannelsStaysOutOfTheirPadding) {
  const std::unique_ptr<Backend> backend = make(GetParam().precision);
  const OwnedTensor df(*backend, {7, 3, 4}, Layout::kDFeature);
  const OwnedTensor values(*backend, flat(7), Layout::kPlain, HostValues(7, 2));
  backend->add_to_channels(1.5, values.get(), df.get());
  Tensor with_padding = df.get();
  with_padding.shape.channels = 8;  // as stored in every precision
  HostValues all(96);
  backend->download(with_padding, std::span<double>(all));
  for (std::size_t n = 0; n < all.size(); ++n) {
    EXPECT_EQ(all[n], n < 84 ? 3 : 0) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, CudaPrecision,
                         testing::Values(PrecisionCase{"fp32", Precision::kFp32},
                                         PrecisionCase{"tf32", Precision::kTf32},
                                         PrecisionCase{"bf16", Precision::kBf16},
                                         PrecisionCase{"fp16", Precision::kFp16}),
                         [](const auto& suite) { return std::string(suite.param.name); });

}  // namespace
}  // namespace impasto
