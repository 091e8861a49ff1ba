#include "backend/cuda/snapshot.hpp"

#include <utility>

namespace impasto::cuda {

SnapshotBuffers::SnapshotBuffers(Context& context, std::size_t bytes)
    : aside_(context.allocate(bytes)),
      host_(bytes),
      stream_(make_stream()),
      copied_aside_(make_event()),
      arrived_(make_event()) {}

void SnapshotBuffers::begin(const Context& context, const Tensor& picture) {
  const std::size_t bytes = static_cast<std::size_t>(picture.elements()) * sizeof(float);
  check(cudaMemcpyAsync(aside_->data(), picture.data, bytes, cudaMemcpyDeviceToDevice,
                        context.stream()),
        "cudaMemcpyAsync aside");
  check(cudaEventRecord(copied_aside_.get(), context.stream()), "cudaEventRecord");
  check(cudaStreamWaitEvent(stream_.get(), copied_aside_.get(), 0), "cudaStreamWaitEvent");
  check(cudaMemcpyAsync(host_.as<float>(), aside_->data(), bytes, cudaMemcpyDeviceToHost,
                        stream_.get()),
        "cudaMemcpyAsync to the host");
  check(cudaEventRecord(arrived_.get(), stream_.get()), "cudaEventRecord");
}

const float* SnapshotBuffers::finish() const {
  check(cudaEventSynchronize(arrived_.get()), "cudaEventSynchronize");
  return host_.as<float>();
}

SnapshotDownload::SnapshotDownload(const Context& context, std::shared_ptr<SnapshotBuffers> buffers,
                                   const Tensor& picture)
    : buffers_(std::move(buffers)), count_(static_cast<std::size_t>(picture.elements())) {
  buffers_->begin(context, picture);
}

std::vector<float> SnapshotDownload::values() {
  const float* values = buffers_->finish();
  return {values, values + count_};
}

}  // namespace impasto::cuda
