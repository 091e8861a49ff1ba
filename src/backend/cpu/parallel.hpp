// Loops shared by all threads, and sums that come out the same whatever the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/thread_pool.hpp"

namespace impasto::cpu {

/// Elements that one thread takes at a time: large enough to hide the overhead, small enough to
/// balance.
inline constexpr std::int64_t kChunk = 16384;

constexpr std::int64_t divide_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step;
}

/// Chunks that `count` elements make, and partial sums that sum_chunks needs.
inline std::int64_t chunk_count(std::int64_t count) {
  return divide_up(count, kChunk);
}

/// body(n) for n in [0, count), in parallel.
template <typename Body>
void for_each_index(ThreadPool& pool, std::int64_t count, const Body& body) {
  pool.for_each(count, [&](std::int64_t n, int /*thread*/) { body(n); });
}

/// body(begin, end) over chunks of [0, count), in parallel.
template <typename Body>
void for_each_chunk(ThreadPool& pool, std::int64_t count, const Body& body) {
  for_each_index(pool, chunk_count(count), [&](std::int64_t chunk) {
    body(chunk * kChunk, std::min(count, (chunk + 1) * kChunk));
  });
}

/// Σ body(begin, end) over chunks of [0, count). Each chunk's sum is kept apart in `partial` (grown
/// once, then reused) and they are added in order, so the result does not depend on the number of
/// threads.
template <typename Body>
double sum_chunks(ThreadPool& pool, std::int64_t count, std::vector<double>& partial,
                  const Body& body) {
  const std::int64_t chunks = chunk_count(count);
  if (partial.size() < static_cast<std::size_t>(chunks)) {
    partial.resize(static_cast<std::size_t>(chunks));
  }
  for_each_index(pool, chunks, [&](std::int64_t chunk) {
    partial[static_cast<std::size_t>(chunk)] =
        body(chunk * kChunk, std::min(count, (chunk + 1) * kChunk));
  });
  double sum = 0;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    sum += partial[static_cast<std::size_t>(chunk)];
  }
  return sum;
}

}  // namespace impasto::cpu
