// Under a limit of addresses a direct convolution is made or refused; the process lives either way.
#include "backend/cpu/direct_convolution.hpp"

#include <gtest/gtest.h>

#include "backend/host_limits.hpp"
#include "impasto/error.hpp"
#include "support/shortage.hpp"

namespace impasto::cpu {
namespace {

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // terabytes of addresses

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

/// Leaves this process so many bytes of addresses beside those that it has.
void limit_addresses_to(std::size_t left) {
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? std::size_t{1} << 46U : limit.rlim_max;
  setrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur -= addresses_left() - left;
  setrlimit(RLIMIT_AS, &limit);
}

/// 0: all were made; 4: refused for lack of memory, and said so.
int make_passes_within(std::size_t left) {
  ConvolutionWeights weights;
  weights.in_channels = 128;
  weights.out_channels = 128;
  weights.weight.assign(9 * 128 * 128, 0.1F);
  weights.bias.assign(128, 0.0F);
  Filters filters(weights);
  ThreadPool pool(1);
  std::vector<std::unique_ptr<ConvolutionPass>> passes;
  limit_addresses_to(left);
  try {
    for (const std::int64_t side : {12, 20, 28, 44, 76, 112, 160}) {
      passes.push_back(
          make_direct_pass(pool, filters, Direction::kForward,
                           {{128, side, side}, {128, side, side}, 1, true, weights.bias.data()}));
    }
    return 0;
  } catch (const MemoryError&) {
    return 4;
  } catch (const std::bad_alloc&) {
    return 4;
  } catch (const std::exception&) {
    return 3;
  }
}

TEST(DirectConvolution, WithTooFewAddressesForItsCodeIsRefused) {
  for (std::size_t left = 0; left < 24 * kMebibyte; left += kMebibyte / 4) {
    const int result = in_child([&] { return make_passes_within(left); });
    EXPECT_TRUE(result == 0 || result == 4) << result << " with " << left;
  }
  EXPECT_EQ(in_child([] { return make_passes_within(0); }), 4);
  EXPECT_EQ(in_child([] { return make_passes_within(256 * kMebibyte); }), 0);
}

#endif

}  // namespace
}  // namespace impasto::cpu
