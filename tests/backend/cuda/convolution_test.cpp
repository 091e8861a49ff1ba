// Every way to convolve that the CUDA backend may choose, forced, against the double reference.
#include <cmath>
#include <functional>

#include "backend/cuda/context.hpp"
#include "backend/cuda/convolution.hpp"
#include "backend/cuda/cuda_fixture.hpp"
#include "backend/owned_tensor.hpp"
#include "backend/reference/reference_backend.hpp"
#include "core/random.hpp"
#include "gradcheck/host_tensor.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

using cuda::PassChoice;
using cuda::PassKind;

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
    const std::unique_ptr<Memory> workspace = backend.allocate(made.workspace_bytes());
    backend.synchronize();
    made.forward(x.get(), y.get(), workspace->data());
    finish();
    Results results;
    results.y = y.download(backend);
    made.dforward(dy.get(), y.get(), dx.get(), workspace->data());
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

TEST_F(CudaConvolution, EveryWayGivesTheReferencesValuesAndGradients) {
  int ways = 0;
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kFp16}) {
    const double tolerance = precision == Precision::kFp32 ? 1e-5 : 2e-2;
    const std::unique_ptr<Backend> backend = make(precision);
    cuda::Context context({0, precision, true});
    const auto filters = cuda::prepare_filters(context, weights_);
    for (const bool pad : {true, false}) {
      for (const bool relu : {true, false}) {
        const ConvolutionSpec spec{{5, 9, 11}, 7, pad, relu, true};
        const Results reference = expected(spec);
        const cuda::PrecisionTypes types = cuda::PrecisionTypes::of(precision);
        for (const PassChoice& forward : cuda::forward_choices(types.feature, relu)) {
          for (const PassChoice& backward : cuda::backward_choices(types.dfeature)) {
            std::unique_ptr<Convolution> made;
            Results results;
            try {
              made = cuda::make_convolution(context, filters, spec, {forward, backward});
              results = run(*backend, *made, spec, [&] { context.synchronize(); });
            } catch (const DeviceError&) {
              continue;  // cuDNN does not offer this way for these types
            }
            ++ways;
            EXPECT_LE(relative_error(results.y, reference.y), tolerance)
                << forward.name() << (pad ? " padded" : "") << (relu ? " ReLU" : "");
            EXPECT_LE(relative_error(results.dx, reference.dx), tolerance)
                << backward.name() << (pad ? " padded" : "") << (relu ? " ReLU" : "");
          }
        }
      }
    }
  }
  EXPECT_GE(ways, 24) << "hardly any way was tried";
}

TEST_F(CudaConvolution, ChoicesHaveNamesThatCanBeReadBack) {
  for (const PassKind kind : {PassKind::kFused, PassKind::kPlain, PassKind::kBackwardData}) {
    const PassChoice choice{kind, 5};
    EXPECT_EQ(PassChoice::parse(choice.name()), choice);
  }
  EXPECT_THROW(PassChoice::parse("fused"), InputError);
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
