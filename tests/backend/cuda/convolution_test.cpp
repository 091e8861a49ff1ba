// Every way to convolve that the CUDA backend may choose, forced, against the double reference.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <regex>

#include "backend/cuda/classic_pass.hpp"
#include "backend/cuda/context.hpp"
#include "backend/cuda/convolution.hpp"
#include "backend/cuda/cuda_fixture.hpp"
#include "backend/cuda/graph_pass.hpp"
#include "backend/owned_tensor.hpp"
#include "backend/reference/reference_backend.hpp"
#include "backend/run_choices.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "gradcheck/host_tensor.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

using cuda::PassChoice;
using cuda::PassKind;
using cuda::PassWeights;

/// Relative, of whole feature maps.
const std::map<Precision, double> kTolerances{{Precision::kFp32, 1e-5},
                                              {Precision::kTf32, 3e-3},
                                              {Precision::kBf16, 2e-2},
                                              {Precision::kFp16, 2e-2}};

class CudaConvolution : public EmulatedCuda {
 protected:
  void SetUp() override {
    EmulatedCuda::SetUp();
    Random random(3);
    weights_.in_channels = 5;
    weights_.out_channels = 7;
    for (int n = 0; n < 5 * 7 * 9; ++n) {
      weights_.weight.push_back(static_cast<float>(0.2 * random.normal()));
    }
    for (int n = 0; n < 7; ++n) {
      weights_.bias.push_back(static_cast<float>(random.normal()));
    }
  }

  struct Results {
    HostValues y;
    HostValues dx;
  };

  /// Forward and backward through `made`, which may run on a stream of its own: `finish` waits.
  static Results run(Backend& backend, Convolution& made, const ConvolutionSpec& spec,
                     const std::function<void()>& finish) {
    Random random(4);
    const OwnedTensor x(backend, spec.input, Layout::kFeature,
                        random_values(random, spec.input.elements()));
    const OwnedTensor y(backend, spec.output(), Layout::kFeature);
    const OwnedTensor dy(backend, spec.output(), Layout::kDFeature,
                         random_values(random, spec.output().elements()));
    const OwnedTensor dx(backend, spec.input, Layout::kDFeature);
    const OwnedTensor addend(backend, spec.input, Layout::kDFeature,
                             random_values(random, spec.input.elements()));
    const std::unique_ptr<Memory> workspace = backend.allocate(made.workspace_bytes());
    backend.synchronize();
    made.forward(x.get(), y.get(), workspace->data());
    finish();
    Results results;
    results.y = y.download(backend);
    made.dforward(dy.get(), x.get(), y.get(), spec.add_dx ? addend.get() : Tensor{}, dx.get(),
                  workspace->data());
    finish();
    results.dx = dx.download(backend);
    return results;
  }

  Results expected(const ConvolutionSpec& spec) const {
    const std::unique_ptr<Backend> reference = make_reference_backend<double>();
    const auto made = reference->make_convolution(reference->prepare_filters(weights_), spec);
    return run(*reference, *made, spec, [] {});
  }

  ConvolutionWeights weights_;
};

/// The kinds of cuDNN's calls that ran between two looks at the counters.
std::vector<PassKind> kinds_between(const cuda_emulation::Counters& before,
                                    const cuda_emulation::Counters& after) {
  std::vector<PassKind> kinds;
  if (after.fused_convolutions > before.fused_convolutions) {
    kinds.push_back(PassKind::kFused);
  }
  if (after.plain_convolutions > before.plain_convolutions) {
    kinds.push_back(PassKind::kPlain);
  }
  if (after.data_convolutions > before.data_convolutions) {
    kinds.push_back(PassKind::kBackwardData);
  }
  return kinds;
}

TEST_F(CudaConvolution, EveryWayRunsAndGivesTheReferencesValuesAndGradients) {
  // With NHWC filters cuDNN has these: its reference, "supported algorithms for 2D convolutions".
  const PassChoice fused{PassKind::kFused, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM};
  const PassChoice plain{PassKind::kPlain, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM};
  const PassChoice data{PassKind::kBackwardData, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1};
  for (const Precision precision :
       {Precision::kFp32, Precision::kTf32, Precision::kBf16, Precision::kFp16}) {
    const double tolerance = kTolerances.at(precision);
    const std::unique_ptr<Backend> backend = make(precision);
    cuda::Context context({0, precision, true});
    const auto filters = cuda::prepare_filters(context, weights_);
    for (const bool pad : {true, false}) {
      for (const bool relu : {true, false}) {
        const ConvolutionSpec spec{{5, 9, 11}, 7, pad, relu, true};
        const Results reference = expected(spec);
        for (const PassChoice& forward : {fused, plain}) {
          for (const PassChoice& backward : {plain, data}) {
            SCOPED_TRACE(forward.name() + " and " + backward.name() + (pad ? " padded" : "") +
                         (relu ? " ReLU, " : ", ") + context.precision_name());
            const cuda_emulation::Counters before = cuda_emulation::counters();
            const auto made =
                cuda::make_convolution(context, filters, spec, {forward.name(), backward.name()});
            const Results results = run(*backend, *made, spec, [&] { context.synchronize(); });
            std::vector<PassKind> kinds{forward.kind};
            if (backward.kind != forward.kind) {
              kinds.push_back(backward.kind);
            }
            EXPECT_THAT(kinds_between(before, cuda_emulation::counters()),
                        testing::UnorderedElementsAreArray(kinds));
            EXPECT_LE(relative_error(results.y, reference.y), tolerance);
            EXPECT_LE(relative_error(results.dx, reference.dx), tolerance);
          }
        }
      }
    }
  }
}

TEST_F(CudaConvolution, PlansGiveTheReferencesValuesAndGradients) {
  for (const Precision precision :
       {Precision::kFp32, Precision::kTf32, Precision::kBf16, Precision::kFp16}) {
    const double tolerance = kTolerances.at(precision);
    const std::unique_ptr<Backend> backend = make(precision);
    cuda::Context context({0, precision, true});
    const auto filters = cuda::prepare_filters(context, weights_);
    for (const bool pad : {true, false}) {
      for (const bool relu : {true, false}) {
        SCOPED_TRACE(std::string(context.precision_name()) + (pad ? " padded" : "") +
                     (relu ? " ReLU" : ""));
        const ConvolutionSpec spec{{5, 9, 11}, 7, pad, relu, true};
        const Results reference = expected(spec);
        const cuda_emulation::Counters before = cuda_emulation::counters();
        const auto made = cuda::make_convolution(context, filters, spec, {"graph", "graph"});
        const Results results = run(*backend, *made, spec, [&] { context.synchronize(); });
        EXPECT_THAT(kinds_between(before, cuda_emulation::counters()), testing::IsEmpty());
        EXPECT_EQ(cuda_emulation::counters().graph_plans, before.graph_plans + 2);
        EXPECT_LE(relative_error(results.y, reference.y), tolerance);
        EXPECT_LE(relative_error(results.dx, reference.dx), tolerance);
      }
    }
  }
}

TEST_F(CudaConvolution, EveryWayAddsAndMasksTheDataGradientAndHalvesNeverByCudnn) {
  for (const Precision precision :
       {Precision::kFp32, Precision::kTf32, Precision::kBf16, Precision::kFp16}) {
    const std::unique_ptr<Backend> backend = make(precision);
    cuda::Context context({0, precision, true});
    const auto filters = cuda::prepare_filters(context, weights_);
    for (const auto& [pad, adds] : {std::pair{true, false}, {false, false}, {true, true}}) {
      ConvolutionSpec spec{{5, 9, 11}, 7, pad, true, true};
      spec.mask_dx = true;
      spec.add_dx = adds;
      const Results reference = expected(spec);
      for (const char* way : {"graph", "data/1", "plain/1"}) {
        SCOPED_TRACE(std::string(context.precision_name()) + (pad ? " padded " : " ") +
                     (adds ? "adding " : "") + way);
        const cuda_emulation::Counters before = cuda_emulation::counters();
        const auto made = cuda::make_convolution(context, filters, spec, {"plain/1", way});
        const Results results = run(*backend, *made, spec, [&] { context.synchronize(); });
        EXPECT_LE(relative_error(results.dx, reference.dx), kTolerances.at(precision));
        const bool fuses = std::string(way) == "graph" &&
                           (precision == Precision::kTf32 || precision == Precision::kBf16);
        const cuda_emulation::Counters after = cuda_emulation::counters();
        EXPECT_EQ(after.masked_plans - before.masked_plans, fuses ? 1U : 0U);
        EXPECT_EQ(after.added_plans - before.added_plans, fuses && adds ? 1U : 0U);
      }
    }
  }
}

TEST_F(CudaConvolution, AMaskTellsOfAHalfThatOverflowed) {
  const std::unique_ptr<Backend> backend = make(Precision::kFp16);
  ConvolutionSpec spec{{5, 4, 4}, 7, true, true, true};
  spec.mask_dx = true;
  const auto made = backend->make_convolution(backend->prepare_filters(weights_), spec);
  HostValues values(80, 1);
  values[7] = 1e6;  // beyond a half
  const OwnedTensor x(*backend, spec.input, Layout::kFeature, values);
  const OwnedTensor y(*backend, spec.output(), Layout::kFeature, HostValues(112, 1));
  const OwnedTensor dy(*backend, spec.output(), Layout::kDFeature, HostValues(112, 1));
  const OwnedTensor dx(*backend, spec.input, Layout::kDFeature);
  const std::unique_ptr<Memory> workspace = backend->allocate(made->workspace_bytes());
  made->dforward(dy.get(), x.get(), y.get(), {}, dx.get(), workspace->data());
  const HostValues gradient = dx.download(*backend);
  EXPECT_TRUE(std::isnan(gradient[7]));
  EXPECT_TRUE(std::isfinite(gradient[8]));
  const OwnedTensor pooled(*backend, {5, 2, 2}, Layout::kDFeature, HostValues(20, 1));
  backend->dmax_pool(pooled.get(), x.get(), dx.get(), true);
  EXPECT_TRUE(std::isnan(dx.download(*backend)[7]));
}

TEST_F(CudaConvolution, PlansAndClassicCallsAgree) {
  // Both sum in float; they differ by the order of the sums and by one rounding.
  const std::map<Precision, double> tolerances{{Precision::kFp32, 1e-6},
                                               {Precision::kTf32, 1e-6},
                                               {Precision::kBf16, 8e-3},
                                               {Precision::kFp16, 8e-3}};
  for (const auto& [precision, tolerance] : tolerances) {
    const std::unique_ptr<Backend> backend = make(precision);
    cuda::Context context({0, precision, true});
    const auto filters = cuda::prepare_filters(context, weights_);
    const ConvolutionSpec spec{{5, 9, 11}, 7, true, true, true};
    const auto through = [&](const char* forward, const char* backward) {
      const auto made = cuda::make_convolution(context, filters, spec, {forward, backward});
      return run(*backend, *made, spec, [&] { context.synchronize(); });
    };
    const Results plans = through("graph", "graph");
    for (const auto& [forward, backward] :
         {std::pair("fused/1", "data/1"), std::pair("plain/1", "plain/1")}) {
      const Results classic = through(forward, backward);
      EXPECT_LE(relative_error(plans.y, classic.y), tolerance) << context.precision_name();
      EXPECT_LE(relative_error(plans.dx, classic.dx), tolerance) << context.precision_name();
    }
  }
}

TEST_F(CudaConvolution, PlansInFp32UseNoTensorCoresAndNoneAddsInNoFixedOrder) {
  // The emulated engine 2 adds in no fixed order; 41 and 67 use tensor cores, 0 does not.
  for (const Precision precision : {Precision::kFp32, Precision::kTf32}) {
    cuda::Context context({0, precision, true});
    cuda::GraphGeometry geometry;
    geometry.x = {8, 9, 11};
    geometry.y = {8, 9, 11};
    std::vector<std::string> names;
    for (const cuda::Way& way : cuda::graph_ways(
             context, geometry, [] { return PassWeights{}; }, std::size_t{1} << 30U)) {
      names.push_back(way.name.substr(0, way.name.find(' ')));
    }
    if (precision == Precision::kFp32) {
      EXPECT_THAT(names, testing::ElementsAre("graph/0"));
    } else {
      EXPECT_THAT(names, testing::ElementsAre("graph/45", "graph/41", "graph/41", "graph/0"));
    }
  }
}

TEST_F(CudaConvolution, ALibraryWithoutTheGraphApiConvolvesByClassicCallsAndSaysSoOnce) {
  cuda_emulation::set_graph_api(false);
  const std::unique_ptr<Backend> backend = make(Precision::kBf16);
  const auto filters = backend->prepare_filters(weights_);
  backend->make_convolution(filters, {{5, 9, 11}, 7, true, true, true});
  backend->make_convolution(filters, {{5, 10, 11}, 7, true, true, true});
  const std::vector<std::string> notes = backend->take_notes();
  ASSERT_EQ(notes.size(), 5U);
  EXPECT_THAT(notes[0], testing::HasSubstr("classic calls"));
  EXPECT_THAT(notes[1], testing::HasSubstr(": fused/1, "));
  EXPECT_THAT(notes[2], testing::HasSubstr(": plain/1, "));
  EXPECT_EQ(cuda_emulation::counters().graph_plans, 0U);
}

TEST_F(CudaConvolution, NoMemoryInTheMiddleOfPlanningIsAMemoryErrorAndTheBackendStillWorks) {
  const std::unique_ptr<Backend> backend = make(Precision::kBf16);
  const auto filters = backend->prepare_filters(weights_);
  const ConvolutionSpec spec{{5, 9, 11}, 7, true, true, true};
  for (const std::uint64_t n : {1U, 2U, 4U}) {
    cuda_emulation::fail_plan(n);
    try {
      backend->make_convolution(filters, spec);
      ADD_FAILURE() << "plan " << n << " found memory";
    } catch (const MemoryError& error) {
      EXPECT_NE(std::string(error.what()).find("not enough memory for cuDNN"), std::string::npos)
          << error.what();
      EXPECT_EQ(static_cast<int>(error.exit_code()), 4);
    }
  }
  EXPECT_NO_THROW(backend->make_convolution(filters, spec));
}

TEST_F(CudaConvolution, WithoutAClockTheFirstPlanThatWorksIsTakenAndNothingIsTimed) {
  const std::uint64_t before = cuda_emulation::counters().graph_plans;
  const std::unique_ptr<Backend> backend =
      cuda::make_backend({0, Precision::kBf16, true, "", "", Choosing::kByRule});
  backend->make_convolution(backend->prepare_filters(weights_), {{5, 9, 15}, 7, true, true, true});
  EXPECT_EQ(cuda_emulation::counters().graph_plans, before + 2) << "each direction once";
  EXPECT_THAT(backend->take_notes(),
              testing::AllOf(testing::SizeIs(2),
                             testing::Each(testing::EndsWith(", the first that works"))));
}

TEST_F(CudaConvolution, EveryWayThatRunsIsAmongThoseThatAreTimed) {
  for (const bool relu : {true, false}) {
    for (const ElementType type : {ElementType::kFloat32, ElementType::kFloat16}) {
      const PassChoice fused{PassKind::kFused, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM};
      EXPECT_THAT(cuda::forward_choices(type, relu, true), testing::Contains(fused));
      for (const PassChoice& choice : cuda::forward_choices(type, relu, false)) {
        EXPECT_NE(choice.kind, PassKind::kFused) << "without a way back nobody looks for overflow";
      }
    }
  }
}

TEST_F(CudaConvolution, Tf32RoundsFiltersToNearestBeforeTensorCoresCutThemOff) {
  ConvolutionWeights one;
  one.in_channels = 1;
  one.out_channels = 1;
  one.weight.assign(9, 0.0F);
  one.weight[4] = 1.0F + std::ldexp(3.0F, -12);
  one.bias = {0};
  const double nearest = 1.0 + std::ldexp(1.0, -10);
  for (const auto& [forward, backward] :
       {std::pair("fused/1", "plain/1"), std::pair("plain/1", "data/1")}) {
    const auto backend = cuda::make_backend({0, Precision::kTf32, true, forward, backward});
    const ConvolutionSpec spec{{1, 1, 1}, 1, true, false, true};
    const auto made = backend->make_convolution(backend->prepare_filters(one), spec);
    const OwnedTensor x(*backend, spec.input, Layout::kFeature, {1});
    const OwnedTensor y(*backend, spec.output(), Layout::kFeature);
    const OwnedTensor dx(*backend, spec.input, Layout::kDFeature);
    const std::unique_ptr<Memory> workspace = backend->allocate(made->workspace_bytes());
    made->forward(x.get(), y.get(), workspace->data());
    EXPECT_EQ(y.download(*backend)[0], nearest) << forward;
    made->dforward(x.get(), x.get(), y.get(), {}, dx.get(), workspace->data());
    EXPECT_EQ(dx.download(*backend)[0], nearest) << backward;
  }
}

TEST_F(CudaConvolution, ChoicesHaveNamesThatCanBeReadBack) {
  for (const PassKind kind : {PassKind::kFused, PassKind::kPlain, PassKind::kBackwardData}) {
    const PassChoice choice{kind, 5};
    EXPECT_EQ(PassChoice::parse(choice.name()), choice);
  }
  EXPECT_THROW(PassChoice::parse("fused"), InputError);
}

TEST_F(CudaConvolution, TheWayOfFewestOperationsIsChosenOnADeviceThatTakesAsLongForEach) {
  // A plan has no kernel for the bias; among equal ways the first one stays.
  for (const bool graph : {true, false}) {
    const std::unique_ptr<Backend> backend = make(Precision::kBf16, graph);
    backend->make_convolution(backend->prepare_filters(weights_),
                              {{5, 9, 11}, 7, true, true, true});
    const std::vector<std::string> notes = backend->take_notes();
    ASSERT_EQ(notes.size(), 2U);
    EXPECT_THAT(notes[0], testing::HasSubstr(": graph/41 k"));
    EXPECT_THAT(notes[1], testing::HasSubstr(": graph/67 k"));
  }
}

TEST_F(CudaConvolution, AResumedRunTakesTheWaysOfTheInterruptedOneAgain) {
  const ConvolutionSpec spec{{5, 9, 13}, 7, true, true, true};
  RunChoices interrupted;
  const RunChoices before = noted_choices();
  const std::unique_ptr<Backend> first = make();
  first->make_convolution(first->prepare_filters(weights_), spec);
  for (const auto& [key, choice] : noted_choices()) {
    if (before.count(key) == 0) {
      interrupted[key] = key.find("forward") != std::string::npos ? "plain/1" : "data/1";
    }
  }
  ASSERT_EQ(interrupted.size(), 2U) << "one for each direction";
  prefer_choices(interrupted);
  const std::unique_ptr<Backend> backend = make();
  backend->make_convolution(backend->prepare_filters(weights_), spec);
  prefer_choices({});
  EXPECT_TRUE(backend->take_notes().empty()) << "nothing was timed";
  for (const auto& [key, choice] : interrupted) {
    EXPECT_EQ(noted_choices().at(key), choice) << key;
  }
}

TEST_F(CudaConvolution, TheDeviceIsKeptBusyBeforeTheFirstWaysAreTimed) {
  const std::unique_ptr<Backend> backend = make();
  const auto filters = backend->prepare_filters(weights_);
  const auto runs_for = [&](std::int64_t width) {
    const std::uint64_t before = cuda_emulation::counters().plain_convolutions;
    backend->make_convolution(filters, {{5, 9, width}, 7, true, true, false});
    return cuda_emulation::counters().plain_convolutions - before;
  };
  const std::uint64_t cold = runs_for(11);
  EXPECT_GT(cold, runs_for(12)) << "it is warm by then";
}

TEST_F(CudaConvolution, PlansInFloatMayConvertLayoutsAtEverySize) {
  for (const std::size_t side : {512, 1024, 4096}) {
    const std::size_t map = 64 * side * side * sizeof(float);
    const std::size_t wanted = map / 10 * 21;
    EXPECT_GE(cuda::most_workspace(cuda::PrecisionTypes::of(Precision::kFp32), map), wanted);
    EXPECT_GE(make(Precision::kFp32)->likely_workspace(map), wanted) << "it is to be foreseen";
  }
  EXPECT_EQ(make(Precision::kBf16)->likely_workspace(1 << 20), 0U);
}

TEST_F(CudaConvolution, GarbageInTheCacheIsIgnoredAndRewritten) {
  const std::string folder = testing::TempDir() + "impasto_cuda_garbage";
  const std::string path = folder + "/cuda-choices.txt";
  setenv("IMPASTO_CACHE", folder.c_str(), 1);
  const auto make_one = [&] {
    const std::unique_ptr<Backend> backend = make(Precision::kBf16);
    backend->make_convolution(backend->prepare_filters(weights_),
                              {{5, 9, 11}, 7, true, true, true});
    return backend->take_notes().size();
  };
  EXPECT_EQ(make_one(), 2U);
  const std::string good = read_file(path, 1 << 20);
  EXPECT_THAT(good, testing::HasSubstr("driver "));
  EXPECT_THAT(good, testing::HasSubstr("\tgraph/41 k"));
  EXPECT_EQ(make_one(), 0U) << "both are remembered";
  write_file(path, "\x01garbage\n" + std::regex_replace(good, std::regex("graph/[^;]*"), "none/9"));
  EXPECT_EQ(make_one(), 2U) << "timed anew";
  EXPECT_EQ(read_file(path, 1 << 20), good);
  setenv("IMPASTO_CACHE", "off", 1);
  std::filesystem::remove_all(folder);
}

TEST_F(CudaConvolution, TheChoiceIsTimedOnceAndNoted) {
  const std::unique_ptr<Backend> backend = make();
  const auto filters = backend->prepare_filters(weights_);
  const ConvolutionSpec spec{{5, 9, 11}, 7, true, true, true};
  backend->make_convolution(filters, spec);
  const std::vector<std::string> notes = backend->take_notes();
  ASSERT_EQ(notes.size(), 2U) << "one for forward, one for backward";
  EXPECT_NE(notes[0].find("Emulated"), std::string::npos) << notes[0];
  EXPECT_NE(notes[0].find("forward with ReLU"), std::string::npos) << notes[0];
  EXPECT_NE(notes[1].find("ms"), std::string::npos) << notes[1];
  backend->make_convolution(filters, spec);
  EXPECT_TRUE(backend->take_notes().empty()) << "the second time the choice is known";
}

}  // namespace
}  // namespace impasto
