#include "network/plan.hpp"

#include <algorithm>
#include <numeric>

#include "impasto/error.hpp"

namespace impasto {
namespace {

/// Builds the steps, then the lifetimes, then the addresses.
class Planner {
 public:
  Planner(const std::vector<Layer>& layers, const WalkOptions& options,
          const FeatureStorage& storage)
      : layers_(layers), options_(options), storage_(storage) {}

  Plan make() {
    add_steps();
    let_gradients_reach_the_picture();
    if (options_.backward && storage_.masks_when_written) {
      move_masks();
    }
    set_lifetimes();
    place_in_arena();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] std::optional<std::size_t> tap_at(std::size_t layer) const {
    const auto found = std::find(options_.taps.begin(), options_.taps.end(), layer);
    if (found == options_.taps.end()) {
      return std::nullopt;
    }
    return static_cast<std::size_t>(found - options_.taps.begin());
  }

  std::size_t add_value(const std::string& name, const Shape& shape) {
    plan_.values.push_back({name, shape, storage_.bytes(shape), 0, 0, 0});
    return plan_.values.size() - 1;
  }

  /// Appends a step that makes value `name` of `shape` from the last step's output.
  void add_step(StepKind kind, std::size_t layer, const std::string& name, const Shape& shape) {
    Step step;
    step.kind = kind;
    step.layer = layer;
    step.x = plan_.steps.empty() ? 0 : plan_.steps.back().y;
    step.dx = plan_.steps.empty() ? 0 : plan_.steps.back().dy;
    step.y = add_value(name, shape);
    step.dy = options_.backward ? add_value("d " + name, shape) : 0;
    plan_.steps.push_back(step);
  }

  /// Where the first convolution's data gradient is the picture's, and no loss at the picture joins
  /// it on the way.
  void let_gradients_reach_the_picture() {
    if (options_.backward && storage_.gradients_reach_pictures && plan_.steps.size() > 1 &&
        !plan_.steps.front().tap) {
      plan_.steps[1].to_picture = plan_.steps[1].kind == StepKind::kConvolution;
    }
  }

  [[nodiscard]] Shape last_shape() const { return plan_.values[plan_.steps.back().y].shape; }

  void add_steps() {
    const std::optional<std::size_t> deepest = deepest_layer(options_.taps);
    add_step(StepKind::kImageIn, 0, "picture", options_.picture);
    plan_.steps.back().tap = tap_at(kPixels);
    for (std::size_t n = 0; deepest && n <= *deepest; ++n) {
      switch (layers_[n].kind) {
        case LayerKind::kConvolution:
          add_convolution(n);
          break;
        case LayerKind::kRelu:
          add_relu(n);
          break;
        case LayerKind::kPool:
          add_pool(n);
          break;
      }
      plan_.steps.back().tap = tap_at(n);
    }
  }

  void add_convolution(std::size_t n) {
    const Shape x = last_shape();
    if (options_.padding != Padding::kZero) {
      if (options_.padding == Padding::kReflect && std::min(x.height, x.width) < 2) {
        throw InputError("reflect padding needs at least 2 pixels each way; " + layers_[n].tap +
                             " sees " + std::to_string(x.width) + " x " + std::to_string(x.height),
                         "--padding", "use --padding replicate, or a larger --size");
      }
      add_step(StepKind::kPad, n, "padded " + layers_[n].tap,
               {x.channels, x.height + 2, x.width + 2});
    }
    add_step(StepKind::kConvolution, n, layers_[n].tap, {layers_[n].channels, x.height, x.width});
  }

  /// ReLU works in place, inside the convolution, unless the value before it is tapped.
  void add_relu(std::size_t n) {
    Step& convolution = plan_.steps.back();
    if (convolution.tap) {
      add_step(StepKind::kRelu, n, layers_[n].tap, last_shape());
      return;
    }
    convolution.relu = true;
    convolution.layer = n;
    plan_.values[convolution.y].name = layers_[n].tap;
    if (options_.backward) {
      plan_.values[convolution.dy].name = "d " + layers_[n].tap;
    }
  }

  void add_pool(std::size_t n) {
    const Shape x = last_shape();
    if (x.height < 2 || x.width < 2) {
      const std::string size = std::to_string(options_.picture.width) + " x " +
                               std::to_string(options_.picture.height) + " pixels";
      const std::string too_small = "too small to reach " + layers_[n].tap;
      if (options_.picture_name.empty()) {
        throw InputError("a picture of " + size + " is " + too_small, "size",
                         "use a larger picture or --size, or shallower layers");
      }
      throw InputError("scaled to " + size + ", as this run needs it, the picture is " + too_small,
                       options_.picture_name,
                       "use a larger or less narrow picture, a larger --size, or shallower layers");
    }
    add_step(StepKind::kPool, n, layers_[n].tap, {x.channels, x.height / 2, x.width / 2});
  }

  /// A ReLU's mask goes to the step that writes the gradient of its output, where that step can
  /// apply it. At a tap that must be the last one to write: a convolution, which adds the losses'
  /// gradient; but the one that reaches the picture masks what it reads as well, and needs none.
  void move_masks() {
    for (std::size_t s = 0; s + 1 < plan_.steps.size(); ++s) {
      Step& step = plan_.steps[s];
      Step& next = plan_.steps[s + 1];
      const bool can_mask = next.kind == StepKind::kConvolution ||
                            (next.kind == StepKind::kPool && options_.pooling == Pooling::kMax);
      const bool can_add = next.kind == StepKind::kConvolution && !step.to_picture;
      step.masked_dy = next.mask_dx = step.relu && can_mask && (!step.tap || can_add);
      next.add_dx = next.mask_dx && step.tap;
      if (next.add_dx) {
        const Value& dy = plan_.values[step.dy];
        next.addend = add_value(dy.name + " of its losses", dy.shape);
      }
    }
  }

  // Ticks: forward step s runs at tick s. Its backward has two ticks: at the first, the losses at y
  // join dy, or those at x write `addend`; at the second, dx is computed, from dy and, with a fused
  // ReLU, y as its mask. By then the deeper activations are dead and leave room for both gradients.
  [[nodiscard]] int step_count() const { return static_cast<int>(plan_.steps.size()); }
  [[nodiscard]] int backward_tick(int s) const { return step_count() + 2 * (step_count() - 1 - s); }

  void live(std::size_t value, int first, int last) {
    plan_.values[value].first = first;
    plan_.values[value].last = last;
  }

  void set_lifetimes() {
    const int end = options_.backward ? backward_tick(0) + 1 : step_count();
    for (int s = 0; s < step_count(); ++s) {
      const Step& step = plan_.steps[static_cast<std::size_t>(s)];
      const Step* next =
          s + 1 < step_count() ? &plan_.steps[static_cast<std::size_t>(s) + 1] : nullptr;
      int last_read = next != nullptr ? s + 1 : s;
      if (!options_.backward) {
        live(step.y, s, step.tap ? end : last_read);
        continue;
      }
      // Max pooling finds its maximum again in the pooled value.
      const bool is_max_pooled =
          next != nullptr && next->kind == StepKind::kPool && options_.pooling == Pooling::kMax;
      if (is_max_pooled || (next != nullptr && next->mask_dx)) {
        last_read = backward_tick(s + 1) + 1;
      }
      if (step.tap && !(next != nullptr && next->add_dx)) {
        last_read = std::max(last_read, backward_tick(s));
      }
      if ((step.relu && !step.masked_dy) || step.kind == StepKind::kRelu) {
        last_read = backward_tick(s) + 1;
      }
      live(step.y, s, last_read);
      const int born = next != nullptr ? backward_tick(s + 1) + 1 : backward_tick(s);
      live(step.dy, born, backward_tick(s) + 1);
      if (step.add_dx) {
        live(step.addend, backward_tick(s), backward_tick(s) + 1);
      }
    }
  }

  /// Largest first, each at the lowest address where nothing that lives at the same time lies.
  void place_in_arena() {
    std::vector<std::size_t> order(plan_.values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return plan_.values[a].bytes > plan_.values[b].bytes;
    });
    std::vector<std::size_t> placed;
    for (const std::size_t n : order) {
      Value& value = plan_.values[n];
      std::vector<std::size_t> neighbours;
      std::copy_if(
          placed.begin(), placed.end(), std::back_inserter(neighbours), [&](std::size_t m) {
            return plan_.values[m].first <= value.last && value.first <= plan_.values[m].last;
          });
      std::sort(neighbours.begin(), neighbours.end(), [&](std::size_t a, std::size_t b) {
        return plan_.values[a].offset < plan_.values[b].offset;
      });
      for (const std::size_t m : neighbours) {
        const Value& neighbour = plan_.values[m];
        if (value.offset + value.bytes <= neighbour.offset) {
          break;
        }
        value.offset = std::max(value.offset, neighbour.offset + neighbour.bytes);
      }
      placed.push_back(n);
      plan_.arena_bytes = std::max(plan_.arena_bytes, value.offset + value.bytes);
    }
  }

  const std::vector<Layer>& layers_;
  const WalkOptions& options_;
  FeatureStorage storage_;
  Plan plan_;
};

}  // namespace

std::vector<Shape> tap_shapes(const Plan& plan) {
  std::vector<Shape> shapes;
  for (const Step& step : plan.steps) {
    if (step.tap) {
      shapes.resize(std::max(shapes.size(), *step.tap + 1));
      shapes[*step.tap] = plan.values[step.y].shape;
    }
  }
  return shapes;
}

Plan make_plan(const std::vector<Layer>& layers, const WalkOptions& options,
               const FeatureStorage& storage) {
  if (options.taps.empty()) {
    throw UsageError("no layer is named", "network plan", "name at least one tap");
  }
  return Planner(layers, options, storage).make();
}

}  // namespace impasto
