#include "core/thread_pool.hpp"

#include <chrono>
#include <new>
#include <system_error>
#include <utility>

namespace impasto {
namespace {

/// Added to the number of workers inside while no more may enter.
constexpr int kClosed = 1 << 30;
/// How long a waiting thread looks before it sleeps: longer than the serial code between two loops,
/// and than waking a sleeping thread takes; shorter than what another program would miss.
constexpr std::chrono::microseconds kPatience{100};

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Returns once value is no longer `old`.
void wait_for_change(const std::atomic<int>& value, int old) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int n = 0; n < 16; ++n) {
      if (value.load(std::memory_order_acquire) != old) {
        return;
      }
      pause();
    }
  } while (std::chrono::steady_clock::now() < deadline);
  value.wait(old, std::memory_order_acquire);
}

/// Applies a mask while it lives, and then the one before.
class Kept {
 public:
  Kept(const ProcessorMask* mask, const ProcessorMask& before) : mask_(mask), before_(before) {
    if (mask_ != nullptr) {
      mask_->apply();
    }
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  Kept(Kept&&) = delete;
  Kept& operator=(Kept&&) = delete;
  ~Kept() {
    if (mask_ != nullptr) {
      before_.apply();
    }
  }

 private:
  const ProcessorMask* mask_;
  const ProcessorMask& before_;
};

}  // namespace

ThreadPool::ThreadPool(int threads)
    : everywhere_(ProcessorMask::of_this_thread()), of_caller_(everywhere_), inside_(kClosed) {
  const std::vector<int> processors = everywhere_.processors();
  if (static_cast<int>(processors.size()) == threads && threads > 1) {
    for (const int processor : processors) {
      own_.push_back(everywhere_.only(processor));
    }
  }
  workers_.reserve(threads > 1 ? static_cast<std::size_t>(threads - 1) : 0);
  for (int thread = 1; thread < threads && start_worker(thread); ++thread) {
  }
}

/// False where the system allows no more threads, or there is no memory for one: those that there
/// are do the work. Nothing is thrown, as threads that run would be left behind.
bool ThreadPool::start_worker(int thread) noexcept {
  try {
    workers_.emplace_back(&ThreadPool::work_until_stopped, this, thread);
    return true;
  } catch (const std::system_error&) {
    return false;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  ++posted_;
  posted_.notify_all();
  for (std::thread& worker : workers_) {
    worker.join();
  }
}

void ThreadPool::run(const Loop& loop) {
  if (workers_.empty() || loop.count <= 1 || in_use_.exchange(true)) {
    for (std::int64_t n = 0; n < loop.count; ++n) {
      loop.call(loop.body, n, 0);
    }
    return;
  }
  // A caller that may not run everywhere, or elsewhere, is left alone.
  const bool keeps = !own_.empty() && of_caller_.read() && of_caller_ == everywhere_;
  const Kept kept(keeps ? &own_.front() : nullptr, everywhere_);
  loop_ = loop;
  next_ = 0;
  inside_ = 0;
  ++posted_;
  posted_.notify_all();
  share(0);
  close_and_wait();
  const std::exception_ptr error = std::exchange(error_, nullptr);
  failed_ = false;
  in_use_ = false;
  if (error) {
    std::rethrow_exception(error);
  }
}

/// Does what is left of the loop, index by index.
void ThreadPool::share(int thread) {
  try {
    for (std::int64_t n = next_++; n < loop_.count; n = next_++) {
      loop_.call(loop_.body, n, thread);
    }
  } catch (...) {
    next_ = loop_.count;
    if (!failed_.exchange(true)) {
      error_ = std::current_exception();
    }
  }
}

void ThreadPool::close_and_wait() {
  for (int now = inside_ += kClosed; now != kClosed; now = inside_) {
    wait_for_change(inside_, now);
  }
}

void ThreadPool::work_until_stopped(int thread) {
  if (!own_.empty()) {
    own_[static_cast<std::size_t>(thread)].apply();
  }
  int seen = 0;
  while (true) {
    wait_for_change(posted_, seen);
    // In this order: stopping_ is set before the last post, which must not be taken for a loop's.
    seen = posted_;
    if (stopping_) {
      return;
    }
    if (enter()) {
      share(thread);
      leave();
    }
  }
}

/// Whether the loop may still be entered.
bool ThreadPool::enter() {
  int now = inside_;
  while (now < kClosed) {
    if (inside_.compare_exchange_weak(now, now + 1)) {
      return true;
    }
  }
  return false;
}

void ThreadPool::leave() {
  if (--inside_ == kClosed) {
    inside_.notify_one();
  }
}

}  // namespace impasto
