#include "cli/time_left.hpp"

namespace impasto {

void TimeLeft::note(const TraceRow& row) {
  const bool begins =
      last_.iteration == 0 || row.scale != last_.scale || row.iteration <= last_.iteration;
  first_ = begins ? row : first_;
  last_ = row;
}

std::optional<double> TimeLeft::seconds_per_iteration() const {
  if (last_.iteration == first_.iteration) {
    return std::nullopt;
  }
  return (last_.seconds - first_.seconds) / static_cast<double>(last_.iteration - first_.iteration);
}

std::optional<double> TimeLeft::seconds(std::int64_t planned) const {
  if (last_.iteration == planned) {
    return 0;
  }
  const std::optional<double> pace = seconds_per_iteration();
  return pace ? std::optional(*pace * iterations_left(planned)) : std::nullopt;
}

/// In iterations of the current scale: one costs about as much as its picture has pixels.
double TimeLeft::iterations_left(std::int64_t planned) const {
  const auto scale = static_cast<std::size_t>(last_.scale);
  if (scale < 1 || scale > scales_.size()) {
    return static_cast<double>(planned - last_.iteration);
  }
  const auto pixels = [&](std::size_t n) {
    return static_cast<double>(scales_[n].size.width * scales_[n].size.height);
  };
  double left = -static_cast<double>(last_.iteration);
  for (std::size_t n = 0; n < scales_.size(); ++n) {
    const double cost = n < scale ? 1 : pixels(n) / pixels(scale - 1);
    left += cost * static_cast<double>(scales_[n].iterations);
  }
  return left;
}

}  // namespace impasto
