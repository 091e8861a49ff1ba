// What the tests of figures share: pictures and weights in a folder, and panels that are quick.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "image/picture_files.hpp"
#include "impasto/options.hpp"
#include "impasto/weights.hpp"
#include "report/panels.hpp"
#include "support/small_network.hpp"

namespace impasto {

/// Counts what it is told, and stops the figure after `stop_after` evaluations.
class CountingObserver final : public FigureObserver {
 public:
  void on_start(std::size_t found, std::size_t /*all*/) override { found_ = found; }
  void on_run(const std::vector<std::size_t>& panels) override { runs.push_back(panels); }
  void on_evaluation(const TraceRow& /*row*/, std::int64_t /*planned*/) override { ++evaluations; }
  bool stop_requested() override { return stop_after >= 0 && evaluations >= stop_after; }
  [[nodiscard]] std::size_t found() const { return found_; }

  int evaluations = 0;
  int stop_after = -1;
  std::vector<std::vector<std::size_t>> runs;

 private:
  std::size_t found_ = 0;
};

/// The folder holds content.png (24 × 20), style.png (20 × 24), weights.h5 (taps to pool2).
class FigureTest : public ::testing::Test {
 protected:
  FigureTest() {
    save_image(path("content.png"), test_picture(24, 20, 1));
    save_image(path("style.png"), test_picture(20, 24, 2));
    NetworkWeights weights = small_network({{4, 4}, {6, 6}}, 3);
    weights.source_sha256 = std::string(64, 'a');
    write_weights_file(path("weights.h5"), weights);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::string panels() const { return path("panels"); }

  /// Five Adam steps; `name` tells it from the other panels.
  [[nodiscard]] PanelJob job(const std::string& name) const {
    PanelJob job;
    job.label = name;
    job.file = name + ".png";
    job.content = path("content.png");
    job.styles = {path("style.png")};
    job.weights = path("weights.h5");
    job.options.threads = 1;
    job.options.content_layers = {{"relu2_1"}};
    job.options.style_layers = {{"relu1_1"}, {"relu2_1"}};
    job.options.optimizer = OptimizerKind::kAdam;
    job.options.learning_rate = 0.1;
    job.options.iterations = 5;
    return job;
  }
  FigureResult make(const std::vector<PanelJob>& jobs, FigureObserver& observer) const {
    return make_panels(jobs, panels(), "test 1", observer);
  }
  FigureResult make(const std::vector<PanelJob>& jobs) const {
    CountingObserver observer;
    return make(jobs, observer);
  }

 private:
  TempFolder folder_;
};

}  // namespace impasto
