// A picture fetched while the loop runs on: copied aside on the device in the loop's stream, then
// to the host in a stream of its own.
#pragma once

#include <memory>

#include "backend/backend.hpp"
#include "backend/cuda/context.hpp"

namespace impasto::cuda {

/// What one download after the other uses.
class SnapshotBuffers {
 public:
  SnapshotBuffers(Context& context, std::size_t bytes);
  [[nodiscard]] std::size_t bytes() const { return host_.bytes(); }

  /// Enqueues the copies; the loop's stream is held up by the first alone.
  void begin(const Context& context, const Tensor& picture);
  /// Waits for the second.
  [[nodiscard]] const float* finish() const;

 private:
  std::unique_ptr<DeviceMemory> aside_;
  PinnedMemory host_;
  Stream stream_;
  Event copied_aside_;
  Event arrived_;
};

class SnapshotDownload final : public PendingDownload {
 public:
  SnapshotDownload(const Context& context, std::shared_ptr<SnapshotBuffers> buffers,
                   const Tensor& picture);
  std::vector<float> values() override;

 private:
  std::shared_ptr<SnapshotBuffers> buffers_;
  std::size_t count_;
};

}  // namespace impasto::cuda
