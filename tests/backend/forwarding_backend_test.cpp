// A backend in front of another sees every operation and changes none.
#include "backend/forwarding_backend.hpp"

#include <gmock/gmock.h>

#include <map>

#include "backend/reference/reference_backend.hpp"
#include "gradcheck/operations.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

class CountingBackend final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  std::map<std::string, int> calls;
  int all = 0;

 protected:
  void around(const OperationCall& operation, const std::function<void()>& call) override {
    ++calls[operation.name];
    ++all;
    EXPECT_GE(operation.flop, 0) << operation.name;
    EXPECT_GE(operation.bytes, 0) << operation.name;
    call();
  }
};

TEST(ForwardingBackend, SeesEveryOperationAndChangesNone) {
  const std::unique_ptr<Backend> reference = make_reference_backend<double>();
  CountingBackend counting(*reference);
  for (const DifferentiableOperation& operation : differentiable_operations({3, 6, 8}, 1)) {
    const int before = counting.all;
    EXPECT_EQ(operation.value(counting, operation.x), operation.value(*reference, operation.x));
    EXPECT_EQ(operation.gradient(counting, operation.x),
              operation.gradient(*reference, operation.x))
        << operation.name;
    EXPECT_GT(counting.all, before) << operation.name;
  }
}

TEST(ForwardingBackend, SeesWhatATransferDoes) {
  const std::unique_ptr<Backend> reference = make_reference_backend<double>();
  CountingBackend counting(*reference);
  const NetworkWeights weights = small_network({{4, 4}, {6, 6}}, 1);
  TransferObserver observer;
  const auto run = [&](Backend& backend, OptimizerKind optimizer) {
    return transfer_on(backend, test_picture(16, 12, 1), {test_picture(16, 12, 2)}, weights,
                       every_loss_options(optimizer, 5), observer);
  };
  for (const OptimizerKind optimizer : {OptimizerKind::kAdam, OptimizerKind::kLbfgs}) {
    const TransferResult seen = run(counting, optimizer);
    EXPECT_EQ(seen.trace.back().total, run(*reference, optimizer).trace.back().total);
  }
  EXPECT_EQ(counting.calls["Adam"], 5);
  EXPECT_GE(counting.calls["d convolution 3 to 4 at 16 x 12"], 10);
  for (const char* name : {"picture to features", "d picture to features", "max pooling",
                           "d max pooling", "content loss", "total variation", "dots", "combine"}) {
    EXPECT_GT(counting.calls[name], 0) << name;
  }
}

}  // namespace
}  // namespace impasto
