// What a run is said to need before it begins, against what it takes.
#include "transfer/memory_need.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "impasto/error.hpp"
#include "network/network.hpp"
#include "support/backends.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"
#include "transfer/taps.hpp"

namespace impasto {
namespace {

TransferOptions wide_options(OptimizerKind optimizer) {
  TransferOptions options = preset("gatys");
  options.size = 0;
  options.content_layers = {{"relu2_1"}};
  options.style_layers = {{"relu1_1"}, {"relu2_1"}};
  options.optimizer = optimizer;
  options.learning_rate = optimizer == OptimizerKind::kAdam ? 0.05 : 1;
  options.iterations = 3;
  return options;
}

/// Biases, scalars, the log of losses: far less than any feature map here.
constexpr std::size_t kSmallThings = std::size_t{16} << 10U;

class MemoryNeedOn : public testing::TestWithParam<BackendUnderTest> {
 protected:
  std::unique_ptr<Backend> backend_ = GetParam().make();
  NetworkWeights weights_ = small_network({{16, 16}, {24, 24}}, 1);
  Image content_ = test_picture(96, 80, 1);
  Image style_ = test_picture(70, 90, 2);

  /// What the convolutions chosen for the content's size take beside their maps.
  std::size_t workspace_bytes(const TransferOptions& options) {
    PreparedNetwork prepared(*backend_, weights_);
    WalkOptions walk;
    walk.picture = {3, content_.height, content_.width};
    walk.taps = plan_taps(options, prepared.layers()).taps;
    walk.pooling = options.pooling;
    walk.padding = options.padding;
    const Network network(prepared, walk);
    return network.bytes() - network.plan().arena_bytes;
  }
};

TEST_P(MemoryNeedOn, CoversWhatTheLoopHasAllocated) {
  const std::optional<std::size_t> before = backend_->allocated_bytes();
  if (!before) {
    GTEST_SKIP() << "this backend does not count what it allocates";
  }
  struct Peak : TransferObserver {
    Backend* backend = nullptr;
    std::size_t bytes = 0;
    void on_evaluation(const TraceRow&, std::int64_t) override {
      bytes = std::max(bytes, *backend->allocated_bytes());
    }
  };
  for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    const TransferOptions options = wide_options(optimizer);
    Peak peak;
    peak.backend = backend_.get();
    transfer_on(*backend_, content_, {style_}, weights_, options, peak);
    const MemoryNeed need = memory_need(*backend_, content_, {style_}, weights_, options);
    const std::size_t taken = peak.bytes - *before;
    const std::size_t on_top = need.workspace > 0 ? 0 : workspace_bytes(options);
    EXPECT_GE(need.total() + on_top + kSmallThings, taken);
    EXPECT_LE(static_cast<double>(need.total()), 1.5 * static_cast<double>(taken));
  }
}

TEST_P(MemoryNeedOn, GrowsWithThePicture) {
  TransferOptions options = wide_options(OptimizerKind::kAdam);
  const std::size_t whole = memory_need(*backend_, content_, {style_}, weights_, options).total();
  options.size = 48;
  const std::size_t half = memory_need(*backend_, content_, {style_}, weights_, options).total();
  EXPECT_GT(whole, 2 * half);
}

TEST_P(MemoryNeedOn, TheLargestSizeFitsAndTheNextDoesNot) {
  TransferOptions options = wide_options(OptimizerKind::kAdam);
  options.upscale = true;
  const std::size_t available = std::size_t{640} << 20U;
  const std::optional<std::int64_t> largest =
      largest_size(*backend_, content_, {style_}, weights_, options, available);
  ASSERT_TRUE(largest);
  const auto wanted = [&](std::int64_t size) {
    options.size = size;
    const MemoryNeed need = memory_need(*backend_, content_, {style_}, weights_, options);
    return need.total() + room_beside(*backend_, need);
  };
  EXPECT_LE(wanted(*largest), available);
  EXPECT_GT(wanted(*largest + 32), available);
  EXPECT_FALSE(largest_size(*backend_, content_, {style_}, weights_, options, 1000));
}

TEST_P(MemoryNeedOn, ASizeThatTheNetworkDoesNotTakeIsNotSaidToFit) {
  const TransferOptions options = wide_options(OptimizerKind::kAdam);
  const Image narrow = test_picture(96, 6, 1);  // of one row at size 16, which cannot be pooled
  EXPECT_FALSE(largest_size(*backend_, narrow, {style_}, weights_, options, 1000));
}

INSTANTIATE_TEST_SUITE_P(Backends, MemoryNeedOn, testing::ValuesIn(every_way_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

}  // namespace
}  // namespace impasto
