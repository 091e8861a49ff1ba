#include "backend/host_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "impasto/error.hpp"

namespace impasto {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20U;

class HostMemory final : public Memory {
 public:
  explicit HostMemory(std::size_t bytes) : bytes_(bytes) {
    // Large arenas on huge pages: fewer TLB misses in the convolutions.
    const std::size_t alignment = bytes >= 4 * kHugePage ? kHugePage : 64;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    data_ = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded == 0 ? 64 : rounded));
    if (data_ == nullptr) {
      throw MemoryError("not enough memory for " + std::to_string((bytes >> 20U) + 1) + " MiB",
                        "host memory", "choose a smaller --size");
    }
    if (alignment == kHugePage) {
      madvise(data_, rounded, MADV_HUGEPAGE);
    }
    std::memset(data_, 0, bytes);
  }
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;
  HostMemory(HostMemory&&) = delete;
  HostMemory& operator=(HostMemory&&) = delete;
  ~HostMemory() override { std::free(data_); }

  [[nodiscard]] std::byte* data() const override { return data_; }
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }

 private:
  std::size_t bytes_;
  std::byte* data_ = nullptr;
};

}  // namespace

std::unique_ptr<Memory> allocate_host_memory(std::size_t bytes) {
  return std::make_unique<HostMemory>(bytes);
}

void append_on_host(Scalar first, std::int64_t count, Scalar log, Scalar rows) {
  std::copy_n(first.data, count, log.data + static_cast<std::int64_t>(*rows.data) * count);
  *rows.data += 1;
}

}  // namespace impasto
