// Threads that share loops. The next index of a loop goes to whoever is free: a thread that another
// program has pushed off its processor holds up one index and not its whole share, and one that
// comes late finds the work done and nobody waiting. Threads that wait look for work for a moment,
// then sleep and leave their processor to others. Where there is a thread for every processor, each
// stays on its own while it works: left alone, the system may put two on one processor and leave it
// at that, because another program's thread has the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "core/processors.hpp"

namespace impasto {

class ThreadPool {
 public:
  /// `threads` share a loop: the one that calls for_each and threads − 1 of the pool's own, or as
  /// many as the system allows and there is memory for. Throws std::bad_alloc where there is none
  /// for the pool itself.
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ThreadPool(ThreadPool&&) = delete;
  ThreadPool& operator=(ThreadPool&&) = delete;
  ~ThreadPool();

  /// Threads that share a loop, at least 1.
  [[nodiscard]] int threads() const { return 1 + static_cast<int>(workers_.size()); }

  /// body(n, thread) once for every n in [0, count), in any order; thread in [0, threads()) is
  /// never two calls' at the same time. Returns when all are done. If a call throws, indices that
  /// nobody has begun are left out and the exception is thrown here. Within another loop of this
  /// pool, or beside one of another thread, the caller does everything by itself, as thread 0.
  template <typename Body>
  void for_each(std::int64_t count, const Body& body) {
    run({count, &body, [](const void* context, std::int64_t n, int thread) {
           (*static_cast<const Body*>(context))(n, thread);
         }});
  }

 private:
  struct Loop {
    std::int64_t count = 0;
    const void* body = nullptr;
    void (*call)(const void* body, std::int64_t n, int thread) = nullptr;
  };

  bool start_worker(int thread) noexcept;
  void run(const Loop& loop);
  void share(int thread);
  void close_and_wait();
  void work_until_stopped(int thread);
  bool enter();
  void leave();

  ProcessorMask everywhere_;        ///< what the pool was made with
  std::vector<ProcessorMask> own_;  ///< thread n's; none where threads may run anywhere
  ProcessorMask of_caller_;         ///< of the thread that calls for_each
  std::vector<std::thread> workers_;
  std::atomic<bool> in_use_{false};
  Loop loop_;
  std::atomic<std::int64_t> next_{0};  ///< the first index of loop_ that nobody has begun
  std::atomic<int> inside_;            ///< workers in loop_, plus kClosed when no more may enter
  std::atomic<int> posted_{0};         ///< loops so far: what workers wait for to change
  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  std::exception_ptr error_;  ///< of the call that set failed_
};

}  // namespace impasto
