#include "backend/backend.hpp"

#include <chrono>
#include <utility>

namespace impasto {
namespace {

/// For backends that compute at once: the values are there already.
class FinishedDownload final : public PendingDownload {
 public:
  explicit FinishedDownload(std::vector<float> values) : values_(std::move(values)) {}
  std::vector<float> values() override { return std::move(values_); }

 private:
  std::vector<float> values_;
};

/// For backends without anything to prepare: the operations are called each time.
class DirectRecording final : public Recording {
 public:
  explicit DirectRecording(std::function<void()> operations) : operations_(std::move(operations)) {}
  void replay() override { operations_(); }

 private:
  std::function<void()> operations_;
};

}  // namespace

ElementType Backend::element_type(Layout layout) const {
  switch (layout) {
    case Layout::kFeature:
      return feature_type();
    case Layout::kDFeature:
      return dfeature_type();
    case Layout::kPlain:
      break;
  }
  return pixel_type();
}

std::size_t Backend::bytes_of(const Shape& shape, Layout layout) const {
  return layout == Layout::kPlain ? storage_bytes(shape.elements(), pixel_type())
                                  : feature_storage().bytes(shape);
}

void Backend::gram_difference(double s, const Tensor& f, double c, const Tensor& a, Scalar value,
                              const Tensor& dg) {
  gram(s, f, dg);
  matrix_difference(c, dg, a, value, dg);
}

void Backend::read_all(std::span<const ScalarRange> ranges) {
  for (const ScalarRange& range : ranges) {
    read_scalars(range.first, range.values);
  }
}

std::unique_ptr<PendingDownload> Backend::download_later(const Tensor& x) {
  std::vector<float> values(static_cast<std::size_t>(x.elements()));
  download(x, std::span<float>(values));
  return std::make_unique<FinishedDownload>(std::move(values));
}

std::vector<double> Backend::time_replays(Recording& recording, int count) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> milliseconds;
  for (int n = 0; n < count; ++n) {
    synchronize();
    const Clock::time_point start = Clock::now();
    recording.replay();
    synchronize();
    milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  return milliseconds;
}

std::unique_ptr<Recording> Backend::record(std::function<void()> operations) {
  return std::make_unique<DirectRecording>(std::move(operations));
}

}  // namespace impasto
