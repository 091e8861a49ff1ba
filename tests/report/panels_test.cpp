// Panels of a figure: what is shared, what is found again, what failure does.
#include "report/panels.hpp"

#include <algorithm>

#include "impasto/transfer.hpp"
#include "report/figure_fixture.hpp"

namespace impasto {
namespace {

class PanelsTest : public FigureTest {
 protected:
  [[nodiscard]] std::string file(const std::string& name) const { return panels() + "/" + name; }

  /// The PNG that the same transfer gives by itself.
  [[nodiscard]] std::string alone(const PanelJob& job) const {
    const TransferResult result = transfer(load_image(job.content), {load_image(job.styles[0])},
                                           load_weights(job.weights), job.options);
    save_image(path("alone.png"), result.picture);
    return bytes_of(path("alone.png"));
  }

  [[nodiscard]] std::vector<PanelJob> three_rates() const {
    std::vector<PanelJob> jobs{job("slow"), job("middle"), job("fast")};
    jobs[0].options.learning_rate = 0.01;
    jobs[2].options.learning_rate = 0.3;
    return jobs;
  }
};

TEST_F(PanelsTest, AreTheBytesOfTheSameTransfersAlone) {
  std::vector<PanelJob> jobs = three_rates();
  jobs[1].options.pooling = Pooling::kAverage;  // shares filters but no targets with the others
  jobs[2].options.gram = GramForm::kRaw;
  const FigureResult result = make(jobs);
  for (const PanelJob& panel : jobs) {
    EXPECT_TRUE(bytes_of(file(panel.file)) == alone(panel)) << panel.label;
  }
}

TEST_F(PanelsTest, OfACalibratedNetworkAreTheBytesOfTheSameTransfersAlone) {
  std::vector<PanelJob> jobs = three_rates();
  for (PanelJob& panel : jobs) {
    panel.weights = "oriented";
    panel.options.content_layers = {{"relu1_2"}};
    panel.options.style_layers = {{"relu1_1"}};
    panel.options.iterations = 2;
  }
  jobs[1].options.padding = Padding::kReflect;
  const FigureResult result = make(jobs);
  for (const PanelJob& panel : jobs) {
    EXPECT_TRUE(bytes_of(file(panel.file)) == alone(panel)) << panel.label;
  }
  EXPECT_EQ(result.work.networks, 2);  // calibrated for each padding
}

TEST_F(PanelsTest, ShareBackendWeightsNetworkAndTargets) {
  const FigureResult result = make(three_rates());
  EXPECT_EQ(result.work.runs, 3);
  EXPECT_EQ(result.work.backends, 1);
  EXPECT_EQ(result.work.weights, 1);
  EXPECT_EQ(result.work.networks, 1);
  EXPECT_EQ(result.work.targets, 2);  // content and style, once each
}

TEST_F(PanelsTest, ShareNoBackendWhereOneIsToChooseWithoutAClock) {
  std::vector<PanelJob> jobs = three_rates();
  jobs[1].options.deterministic = true;
  EXPECT_EQ(make(jobs).work.backends, 2);
}

TEST_F(PanelsTest, MakeTargetsAnewWhereTheyDiffer) {
  std::vector<PanelJob> jobs = three_rates();
  jobs[1].options.style_scale = 0.5;               // other style targets
  jobs[2].options.content_layers = {{"relu2_2"}};  // another content target
  EXPECT_EQ(make(jobs).work.targets, 4);
}

TEST_F(PanelsTest, OfGrowingLengthComeFromOneRunWithTheLossesOfTheirOwn) {
  std::vector<PanelJob> jobs{job("4"), job("9"), job("1"), job("0")};
  for (std::size_t n = 0; n < 3; ++n) {
    jobs[n].options.iterations = std::stoi(jobs[n].label);
  }
  jobs[3].initial = true;
  CountingObserver observer;
  const FigureResult result = make(jobs, observer);
  EXPECT_EQ(result.work.runs, 1);
  EXPECT_EQ(observer.evaluations, 9);
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_TRUE(bytes_of(file(jobs[n].file)) == alone(jobs[n])) << jobs[n].label;
    EXPECT_EQ(result.panels[n].last.iteration, jobs[n].options.iterations);
    const TransferResult own =
        transfer(load_image(jobs[n].content), {load_image(jobs[n].styles[0])},
                 load_weights(jobs[n].weights), jobs[n].options);
    EXPECT_EQ(result.panels[n].last.total, own.trace.back().total) << jobs[n].label;
  }
  // The initial image is the content.
  save_image(path("initial.png"), load_image(path("content.png")));
  EXPECT_TRUE(bytes_of(file("0.png")) == bytes_of(path("initial.png")));
}

TEST_F(PanelsTest, OfGrowingLengthAreRunApartWhereALineSearchKnowsItsEnd) {
  std::vector<PanelJob> jobs{job("4"), job("9")};
  for (PanelJob& panel : jobs) {
    panel.options.optimizer = OptimizerKind::kLbfgs;
    panel.options.learning_rate = 1;
    panel.options.iterations = std::stoi(panel.label);
  }
  EXPECT_EQ(make(jobs).work.runs, 2);
  for (const PanelJob& panel : jobs) {
    EXPECT_TRUE(bytes_of(file(panel.file)) == alone(panel)) << panel.label;
  }
}

TEST_F(PanelsTest, WithoutALineSearchLbfgsGivesGrowingLengthsInOneRun) {
  std::vector<PanelJob> jobs{job("4"), job("9")};
  for (PanelJob& panel : jobs) {
    panel.options.optimizer = OptimizerKind::kLbfgs;
    panel.options.line_search = LineSearch::kNone;
    panel.options.learning_rate = 1;
    panel.options.iterations = std::stoi(panel.label);
  }
  EXPECT_EQ(make(jobs).work.runs, 1);
  for (const PanelJob& panel : jobs) {
    EXPECT_TRUE(bytes_of(file(panel.file)) == alone(panel)) << panel.label;
  }
}

TEST_F(PanelsTest, ThatDifferInNothingAreMadeOnce) {
  std::vector<PanelJob> jobs{job("one"), job("two")};
  jobs[1].options.adam_beta1 = jobs[0].options.adam_beta1;
  jobs[1].options.noise_std = 7;  // has no effect: the start is the content
  EXPECT_EQ(make(jobs).work.runs, 1);
  EXPECT_TRUE(bytes_of(file("one.png")) == bytes_of(file("two.png")));
}

TEST_F(PanelsTest, AreFoundAgainWhenNothingHasChanged) {
  make(three_rates());
  CountingObserver observer;
  const FigureResult again = make(three_rates(), observer);
  EXPECT_EQ(observer.found(), 3U);
  EXPECT_EQ(observer.evaluations, 0);
  EXPECT_EQ(again.panels[2].last.iteration, 5);
  EXPECT_GT(again.panels[2].last.total, 0);
  EXPECT_EQ(again.panels[2].picture.rgb, load_image(file("fast.png")).rgb);
}

TEST_F(PanelsTest, InterruptedGoOnWithoutTheFinishedOnes) {
  CountingObserver first;
  first.stop_after = 7;  // in the middle of the second panel
  const FigureResult stopped = make(three_rates(), first);
  EXPECT_TRUE(stopped.interrupted);
  EXPECT_EQ(stopped.panels[0].status, PanelStatus::kDone);
  EXPECT_EQ(stopped.panels[1].status, PanelStatus::kMissing);
  CountingObserver second;
  const FigureResult whole = make(three_rates(), second);
  EXPECT_FALSE(whole.interrupted);
  EXPECT_EQ(second.found(), 1U);
  EXPECT_EQ(second.evaluations, 10);  // two panels of five
  for (const PanelJob& panel : three_rates()) {
    EXPECT_TRUE(bytes_of(file(panel.file)) == alone(panel)) << panel.label;
  }
}

TEST_F(PanelsTest, InterruptedInACommonRunKeepThoseThatItHadPassed) {
  std::vector<PanelJob> jobs{job("2"), job("4"), job("30")};
  for (PanelJob& panel : jobs) {
    panel.options.iterations = std::stoi(panel.label);
  }
  CountingObserver first;
  first.stop_after = 10;
  const FigureResult stopped = make(jobs, first);
  EXPECT_TRUE(stopped.interrupted);
  EXPECT_EQ(stopped.panels[1].status, PanelStatus::kDone);
  EXPECT_EQ(stopped.panels[2].status, PanelStatus::kMissing);
  CountingObserver second;
  make(jobs, second);
  EXPECT_EQ(second.found(), 2U);
  EXPECT_EQ(second.evaluations, 30);
}

TEST_F(PanelsTest, AreMadeAnewWhenWhatTheyWereMadeFromChanges) {
  const auto remade = [&](const std::vector<PanelJob>& jobs) {
    CountingObserver observer;
    make(jobs, observer);
    return 3 - static_cast<int>(observer.found());
  };
  make(three_rates());
  std::vector<PanelJob> jobs = three_rates();
  jobs[1].options.tv_weight = 0.5;
  EXPECT_EQ(remade(jobs), 1) << "an option";
  save_image(path("content.png"), test_picture(24, 20, 9));
  EXPECT_EQ(remade(jobs), 3) << "a picture of the same name";
  NetworkWeights weights = small_network({{4, 4}, {6, 6}}, 4);
  write_weights_file(path("weights.h5"), weights);
  EXPECT_EQ(remade(jobs), 3) << "weights of the same name";
  CountingObserver observer;
  make_panels(jobs, panels(), "test 2", observer);
  EXPECT_EQ(observer.found(), 0U) << "the program";
}

TEST_F(PanelsTest, WhoseFileWasChangedOrLostAreMadeAnew) {
  make(three_rates());
  const std::string good = bytes_of(file("slow.png"));
  save_image(file("slow.png"), test_picture(24, 20, 5));
  std::filesystem::remove(file("fast.png"));
  CountingObserver observer;
  make(three_rates(), observer);
  EXPECT_EQ(observer.found(), 1U);
  EXPECT_TRUE(bytes_of(file("slow.png")) == good);
}

TEST_F(PanelsTest, WithADamagedJournalAreMadeAnew) {
  make(three_rates());
  for (const std::string damage : {"", "nonsense", "{\"panels\": [{\"file\": 3}]}", "[]"}) {
    std::ofstream(file("finished.json")) << damage;
    CountingObserver observer;
    const FigureResult result = make(three_rates(), observer);
    EXPECT_EQ(observer.found(), 0U) << damage;
    EXPECT_EQ(result.panels[0].status, PanelStatus::kDone);
  }
}

TEST_F(PanelsTest, OfAnExtendedFigureAreOnlyMadeWhereNew) {
  make(three_rates());
  std::vector<PanelJob> jobs = three_rates();
  jobs.insert(jobs.begin(), job("new"));
  jobs[0].options.learning_rate = 0.05;
  jobs[1].file = "renamed.png";
  CountingObserver observer;
  make(jobs, observer);
  EXPECT_EQ(observer.found(), 3U);
  EXPECT_TRUE(bytes_of(file("renamed.png")) == bytes_of(file("slow.png")));
}

TEST_F(PanelsTest, ThatFailAreNotedAndTheOthersMade) {
  std::vector<PanelJob> jobs = three_rates();
  jobs[1].options.content_layers = {{"relu7_1"}};
  const FigureResult result = make(jobs);
  EXPECT_EQ(result.panels[0].status, PanelStatus::kDone);
  EXPECT_EQ(result.panels[1].status, PanelStatus::kFailed);
  EXPECT_NE(result.panels[1].message.find("relu7_1"), std::string::npos);
  EXPECT_NE(result.panels[1].code, ExitCode::kDone);
  EXPECT_EQ(result.panels[2].status, PanelStatus::kDone);
  EXPECT_FALSE(std::filesystem::exists(file("middle.png")));
}

TEST_F(PanelsTest, ThatDivergeKeepTheLastGoodPictureButAreTriedAgain) {
  std::vector<PanelJob> jobs = three_rates();
  jobs[1].options.learning_rate = 1e38;
  const FigureResult result = make(jobs);
  EXPECT_EQ(result.panels[1].status, PanelStatus::kDiverged);
  EXPECT_EQ(result.panels[1].code, ExitCode::kDiverged);
  EXPECT_EQ(result.panels[1].picture.width, 24);
  CountingObserver observer;
  make(jobs, observer);
  EXPECT_EQ(observer.found(), 2U);
}

// A run that diverges at last may be whole after its first evaluation, or not.
TEST_F(PanelsTest, ShorterThanOneThatDivergesAreRunsOfTheirOwn) {
  std::vector<PanelJob> jobs = three_rates();
  jobs.resize(2);
  for (PanelJob& job : jobs) {
    job.options.learning_rate = 1000;
    job.options.init = InitialImage::kContent;
  }
  jobs[0].options.iterations = 1;
  jobs[1].options.iterations = 12;
  const FigureResult together = make(jobs);
  EXPECT_EQ(together.panels[1].status, PanelStatus::kDiverged) << together.panels[1].message;
  EXPECT_EQ(together.work.runs, 2U);
}

TEST_F(PanelsTest, NeedTheirPicturesBeforeAnyWork) {
  std::vector<PanelJob> jobs = three_rates();
  jobs[2].styles = {path("none.png")};
  CountingObserver observer;
  EXPECT_THROW(make(jobs, observer), InputError);
  EXPECT_EQ(observer.evaluations, 0);
  EXPECT_FALSE(std::filesystem::exists(panels()));
}

}  // namespace
}  // namespace impasto
