// What an iteration costs in things that can be counted without a clock: nodes of the captured
// graph, work enqueued outside of it, waits of the host. The counts do not depend on the picture's
// size or on the widths of the layers, so a narrow VGG-19 on a small picture has the real ones.
#include <cstdio>
#include <map>
#include <string>

#include "backend/cuda/cuda_fixture.hpp"
#include "support/small_network.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

using cuda_emulation::Counters;
using cuda_emulation::GraphNodes;

struct Ledger {
  GraphNodes graph;
  double others = 0;  ///< operations per evaluation that are no nodes of a graph, its launch too
  double waits = 0;   ///< per evaluation
};

/// What the counters say `kCounted` evaluations before the last, and at the last.
struct LedgerWatch : TransferObserver {
  void on_evaluation(const TraceRow& row, std::int64_t planned) override {
    if (row.iteration == planned - kCounted) {
      before = cuda_emulation::counters();
    }
    if (row.iteration == planned) {
      after = cuda_emulation::counters();
    }
  }
  static constexpr std::int64_t kCounted = 16;  // two of Adam's batches where no clock is asked
  Counters before;
  Counters after;
};

class CudaLedger : public EmulatedCuda {
 protected:
  /// Style at relu1_1 to relu5_1, content at relu4_2. Counted is when graphs are captured and
  /// L-BFGS's history is full.
  static Ledger ledger_of(Precision precision, OptimizerKind optimizer, int history,
                          StyleLoss style_loss = StyleLoss::kMean) {
    const std::int64_t evaluations = (history / 8 + 4) * 8;
    TransferOptions options = every_loss_options(optimizer, evaluations);
    options.style_layers = {{"relu1_1"}, {"relu2_1"}, {"relu3_1"}, {"relu4_1"}, {"relu5_1"}};
    options.content_layers = {{"relu4_2"}};
    options.tv_weight = 0;
    options.lbfgs_history = history;
    options.style_loss = style_loss;
    const NetworkWeights weights =
        small_network({{8, 8}, {8, 8}, {8, 8, 8, 8}, {8, 8, 8, 8}, {8, 8, 8, 8}}, 1);
    LedgerWatch watch;
    const auto backend = cuda::make_backend({0, precision, true, "", "", Choosing::kByRule});
    const TransferResult result = transfer_on(*backend, test_picture(16, 16, 1),
                                              {test_picture(16, 16, 2)}, weights, options, watch);
    EXPECT_EQ(result.trace.size(), static_cast<std::size_t>(evaluations));
    const auto counted = static_cast<double>(LedgerWatch::kCounted);
    Ledger ledger;
    ledger.graph = watch.after.last_graph;
    ledger.others =
        static_cast<double>(watch.after.operations - watch.before.operations) / counted -
        static_cast<double>(ledger.graph.total());
    ledger.waits =
        static_cast<double>(watch.after.synchronizations - watch.before.synchronizations) / counted;
    return ledger;
  }

  static void print(const std::string& name, const Ledger& ledger) {
    std::printf("%-22s %8llu %8llu %8llu %8llu %8.1f %8.2f\n", name.c_str(),
                static_cast<unsigned long long>(ledger.graph.kernels),
                static_cast<unsigned long long>(ledger.graph.library_calls),
                static_cast<unsigned long long>(ledger.graph.copies),
                static_cast<unsigned long long>(ledger.graph.total()), ledger.others, ledger.waits);
  }
};

// Twelve Newton-Schulz steps at each of five taps.
TEST_F(CudaLedger, HoldsWhatAnIterationOfMeansAndCovariancesEnqueues) {
  const Ledger gram = ledger_of(Precision::kBf16, OptimizerKind::kAdam, 10);
  const Ledger ledger =
      ledger_of(Precision::kBf16, OptimizerKind::kAdam, 10, StyleLoss::kWasserstein);
  print("bf16, Adam, w2", ledger);
  EXPECT_LE((ledger.graph.total() - gram.graph.total()) / 5, 97U) << "more for each tap";
  EXPECT_LE(ledger.others, 2);
  EXPECT_LE(ledger.waits, 0.5);
}

TEST_F(CudaLedger, HoldsWhatAnIterationEnqueuesAndWaitsFor) {
  struct Row {
    const char* name;
    Precision precision;
    OptimizerKind optimizer;
    int history;
    std::uint64_t most_nodes;
    double most_others;
  };
  // In half precision L-BFGS converges before a history of 100 is full.
  const Row rows[] = {{"fp32, Adam", Precision::kFp32, OptimizerKind::kAdam, 10, 62, 2},
                      {"tf32, Adam", Precision::kTf32, OptimizerKind::kAdam, 10, 55, 2},
                      {"bf16, Adam", Precision::kBf16, OptimizerKind::kAdam, 10, 55, 2},
                      {"fp16, Adam", Precision::kFp16, OptimizerKind::kAdam, 10, 68, 2},
                      {"bf16, L-BFGS, 10", Precision::kBf16, OptimizerKind::kLbfgs, 10, 54, 16},
                      {"fp32, L-BFGS, 10", Precision::kFp32, OptimizerKind::kLbfgs, 10, 61, 16},
                      {"fp32, L-BFGS, 100", Precision::kFp32, OptimizerKind::kLbfgs, 100, 61, 34}};
  std::printf("%-22s %8s %8s %8s %8s %8s %8s\n", "", "kernels", "library", "copies", "nodes",
              "others", "waits");
  for (const Row& row : rows) {
    const Ledger ledger = ledger_of(row.precision, row.optimizer, row.history);
    print(row.name, ledger);
    EXPECT_LE(ledger.graph.total(), row.most_nodes) << row.name;
    EXPECT_LE(ledger.others, row.most_others) << row.name;
    EXPECT_LE(ledger.waits, row.optimizer == OptimizerKind::kAdam ? 0.5 : 1) << row.name;
  }
}

}  // namespace
}  // namespace impasto
