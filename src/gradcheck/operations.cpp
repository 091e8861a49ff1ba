#include "gradcheck/operations.hpp"

#include <memory>

#include "losses/content.hpp"
#include "losses/gram_style.hpp"
#include "losses/wasserstein.hpp"

namespace impasto {
namespace {

/// The layout of a tensor's gradient.
Layout d(Layout layout) {
  return layout == Layout::kFeature ? Layout::kDFeature : layout;
}

/// Runs y = op(x) and dx = dop(dy) on a backend; `op` and `dop` are written with the backend's
/// operations.
struct MapOperation {
  std::string key;
  std::string name;
  Shape in;
  Shape out;
  std::function<void(Backend&, const Tensor& x, const Tensor& y)> op;
  std::function<void(Backend&, const Tensor& dy, const Tensor& x, const Tensor& y,
                     const Tensor& dx)>
      dop;
  Layout in_layout = Layout::kFeature;
};

DifferentiableOperation of_map(const MapOperation& map, Random& random) {
  const HostValues r = random_values(random, map.out.elements());
  DifferentiableOperation result;
  result.key = map.key;
  result.name = map.name;
  result.shape = map.in;
  result.x = random_values(random, map.in.elements(), 0.05);
  result.value = [map, r](Backend& backend, const HostValues& values) {
    const OwnedTensor x(backend, map.in, map.in_layout, values);
    const OwnedTensor y(backend, map.out, Layout::kFeature);
    map.op(backend, x.get(), y.get());
    return inner_product(y.download(backend), r);
  };
  result.gradient = [map, r](Backend& backend, const HostValues& values) {
    const OwnedTensor x(backend, map.in, map.in_layout, values);
    const OwnedTensor y(backend, map.out, Layout::kFeature);
    const OwnedTensor dy(backend, map.out, Layout::kDFeature, r);
    // Poisoned, to show that dx is overwritten and not added to.
    const OwnedTensor dx(backend, map.in, d(map.in_layout),
                         HostValues(static_cast<std::size_t>(map.in.elements()), 1e30));
    map.op(backend, x.get(), y.get());
    map.dop(backend, dy.get(), x.get(), y.get(), dx.get());
    return dx.download(backend);
  };
  return result;
}

/// A loss of a feature map or picture: value and gradient come together.
using LossCall = std::function<double(Backend&, const Tensor& x, const Tensor& dx)>;

DifferentiableOperation of_loss(const std::string& key, const std::string& name, const Shape& shape,
                                Layout layout, const LossCall& call, Random& random) {
  DifferentiableOperation result;
  result.key = key;
  result.name = name;
  result.shape = shape;
  result.x = random_values(random, shape.elements());
  const auto run = [shape, layout, call](Backend& backend, const HostValues& values,
                                         HostValues* gradient) {
    const OwnedTensor x(backend, shape, layout, values);
    const OwnedTensor dx(backend, shape, d(layout));
    const double value = call(backend, x.get(), dx.get());
    if (gradient != nullptr) {
      *gradient = dx.download(backend);
    }
    return value;
  };
  result.value = [run](Backend& backend, const HostValues& values) {
    return run(backend, values, nullptr);
  };
  result.gradient = [run](Backend& backend, const HostValues& values) {
    HostValues gradient;
    run(backend, values, &gradient);
    return gradient;
  };
  return result;
}

/// Runs `call` with a scalar slot and reads it.
double with_scalar(Backend& backend, const std::function<void(Scalar)>& call) {
  const std::unique_ptr<Memory> memory = backend.allocate(sizeof(double));
  const Scalar slot{reinterpret_cast<double*>(memory->data())};
  call(slot);
  double value = 0;
  backend.read_scalars(slot, {&value, 1});
  return value;
}

MapOperation convolution(const std::string& name, const Shape& in, std::int64_t out_channels,
                         bool pad, bool relu, Random& random) {
  const auto weights = std::make_shared<ConvolutionWeights>();
  weights->in_channels = in.channels;
  weights->out_channels = out_channels;
  for (std::int64_t n = 0; n < out_channels * in.channels * 9; ++n) {
    weights->weight.push_back(static_cast<float>(0.3 * random.normal()));
  }
  for (std::int64_t n = 0; n < out_channels; ++n) {
    weights->bias.push_back(static_cast<float>(random.normal()));
  }
  ConvolutionSpec spec;
  spec.input = in;
  spec.out_channels = out_channels;
  spec.pad = pad;
  spec.relu = relu;
  const auto run = [weights, spec](Backend& backend, const auto& call) {
    const auto made = backend.make_convolution(backend.prepare_filters(*weights), spec);
    const std::unique_ptr<Memory> workspace = backend.allocate(made->workspace_bytes());
    call(*made, workspace->data());
  };
  return {relu ? "conv-relu" : "conv",
          name,
          in,
          spec.output(),
          [run](Backend& backend, const Tensor& x, const Tensor& y) {
            run(backend, [&](Convolution& c, std::byte* w) { c.forward(x, y, w); });
          },
          [run](Backend& backend, const Tensor& dy, const Tensor& x, const Tensor& y,
                const Tensor& dx) {
            run(backend, [&](Convolution& c, std::byte* w) { c.dforward(dy, x, y, {}, dx, w); });
          }};
}

std::vector<MapOperation> map_operations(const Shape& s, Random& random) {
  const Shape picture{3, s.height, s.width};
  const Shape pooled{s.channels, s.height / 2, s.width / 2};
  const Shape padded{s.channels, s.height + 2, s.width + 2};
  std::vector<MapOperation> maps{
      {"image-in", "picture to features", picture, picture,
       [](Backend& b, const Tensor& x, const Tensor& y) { b.image_in(x, y); },
       [](Backend& b, const Tensor& dy, const Tensor&, const Tensor&, const Tensor& dx) {
         b.dimage_in(dy, dx);
       },
       Layout::kPlain},
      convolution("convolution, zero padding", s, s.channels + 2, true, false, random),
      convolution("convolution, padded input", padded, s.channels + 1, false, false, random),
      convolution("convolution, zero padding, ReLU", s, s.channels + 2, true, true, random),
      convolution("convolution, padded input, ReLU", padded, s.channels + 1, false, true, random),
      {"relu", "ReLU", s, s, [](Backend& b, const Tensor& x, const Tensor& y) { b.relu(x, y); },
       [](Backend& b, const Tensor& dy, const Tensor&, const Tensor& y, const Tensor& dx) {
         b.drelu(dy, y, dx);
       }},
      {"max-pool", "max pooling", s, pooled,
       [](Backend& b, const Tensor& x, const Tensor& y) { b.max_pool(x, y); },
       [](Backend& b, const Tensor& dy, const Tensor& x, const Tensor&, const Tensor& dx) {
         b.dmax_pool(dy, x, dx, false);
       }},
      {"average-pool", "average pooling", s, pooled,
       [](Backend& b, const Tensor& x, const Tensor& y) { b.average_pool(x, y); },
       [](Backend& b, const Tensor& dy, const Tensor&, const Tensor&, const Tensor& dx) {
         b.daverage_pool(dy, dx);
       }}};
  for (const Padding mode : {Padding::kReflect, Padding::kReplicate}) {
    maps.push_back({"pad", mode == Padding::kReflect ? "reflect padding" : "replicate padding", s,
                    padded,
                    [mode](Backend& b, const Tensor& x, const Tensor& y) { b.pad(mode, x, y); },
                    [mode](Backend& b, const Tensor& dy, const Tensor&, const Tensor&,
                           const Tensor& dx) { b.dpad(mode, dy, dx); }});
  }
  return maps;
}

DifferentiableOperation content_operation(const std::string& name, ContentLoss form,
                                          const Shape& shape, Random& random) {
  const HostValues target = random_values(random, shape.elements());
  return of_loss(
      "content", "content loss, " + name, shape, Layout::kFeature,
      [=](Backend& backend, const Tensor& x, const Tensor& dx) {
        const OwnedTensor p(backend, shape, Layout::kFeature, target);
        return with_scalar(backend, [&](Scalar value) {
          content_statistic(form)->compare(backend, 1.5, x, p.get(), {}, value, dx, false);
        });
      },
      random);
}

DifferentiableOperation style_operation(const std::string& name, GramForm gram, StyleLoss form,
                                        const Shape& shape, Random& random) {
  // A symmetric target, as every Gram matrix is.
  const std::int64_t n = shape.channels;
  HostValues target(static_cast<std::size_t>(n * n));
  for (std::int64_t a = 0; a < n; ++a) {
    for (std::int64_t b = 0; b <= a; ++b) {
      target[static_cast<std::size_t>(a * n + b)] = random.normal();
      target[static_cast<std::size_t>(b * n + a)] = target[static_cast<std::size_t>(a * n + b)];
    }
  }
  return of_loss(
      "style", "style loss, " + name, shape, Layout::kFeature,
      [=](Backend& backend, const Tensor& x, const Tensor& dx) {
        const OwnedTensor a(backend, square_matrix(n), Layout::kPlain, target);
        const OwnedTensor g(backend, square_matrix(n), Layout::kPlain);
        return with_scalar(backend, [&](Scalar value) {
          gram_statistic(gram, form)->compare(backend, 1.5, x, a.get(), g.get(), value, dx, false);
        });
      },
      random);
}

DifferentiableOperation wasserstein_operation(const Shape& shape, Random& random) {
  const Shape style{shape.channels, shape.height + 1, shape.width + 2};
  HostValues features = random_values(random, style.elements());
  for (double& value : features) {
    value = 2 * value + 0.7;  // a distance that is not small beside what it is a difference of
  }
  return of_loss(
      "w2", "style loss, w2", shape, Layout::kFeature,
      [=](Backend& backend, const Tensor& x, const Tensor& dx) {
        const auto statistic = wasserstein_statistic();
        const auto made = [&](const TensorForm& form) {
          return OwnedTensor(backend, form.shape, form.layout);
        };
        const OwnedTensor painting(backend, style, Layout::kFeature, features);
        const OwnedTensor target = made(statistic->form(style));
        const OwnedTensor workspace = made(statistic->workspace(shape));
        statistic->measure(backend, painting.get(), target.get());
        statistic->prepare(backend, target.get());
        return with_scalar(backend, [&](Scalar value) {
          statistic->compare(backend, 1.5, x, target.get(), workspace.get(), value, dx, false);
        });
      },
      random);
}

}  // namespace

std::vector<DifferentiableOperation> differentiable_operations(const Shape& shape,
                                                               std::uint64_t seed) {
  Random random(seed);
  std::vector<DifferentiableOperation> operations;
  for (const MapOperation& map : map_operations(shape, random)) {
    operations.push_back(of_map(map, random));
  }
  operations.push_back(content_operation("sum", ContentLoss::kSum, shape, random));
  operations.push_back(content_operation("half-sum", ContentLoss::kHalfSum, shape, random));
  operations.push_back(content_operation("mean", ContentLoss::kMean, shape, random));
  const std::vector<std::pair<std::string, GramForm>> grams{{"raw", GramForm::kRaw},
                                                            {"positions", GramForm::kPositions},
                                                            {"elements", GramForm::kElements}};
  const std::vector<std::pair<std::string, StyleLoss>> styles{
      {"sum", StyleLoss::kSum},
      {"mean", StyleLoss::kMean},
      {"mean-per-element", StyleLoss::kMeanPerElement}};
  for (const auto& [gram_name, gram] : grams) {
    for (const auto& [style_name, style] : styles) {
      std::string name = style_name;
      name.append(" of ").append(gram_name);
      operations.push_back(style_operation(name, gram, style, shape, random));
    }
  }
  operations.push_back(style_operation("gatys", GramForm::kRaw, StyleLoss::kGatys, shape, random));
  operations.push_back(of_loss(
      "tv", "total variation", {3, shape.height, shape.width}, Layout::kPlain,
      [](Backend& backend, const Tensor& x, const Tensor& dx) {
        return with_scalar(backend,
                           [&](Scalar value) { backend.total_variation(0.7, x, value, dx); });
      },
      random));
  operations.push_back(wasserstein_operation(shape, random));
  return operations;
}

}  // namespace impasto
