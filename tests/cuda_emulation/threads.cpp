#include "cuda_emulation/threads.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <utility>

#include "cuda_emulation/device.hpp"
#include "cuda_emulation/fiber.hpp"

namespace cuda_emulation {

ThreadIndices indices;

namespace {

enum class State { kUnstarted, kRunnable, kWaiting, kDone };

struct Thread {
  State state = State::kUnstarted;
  Fiber* fiber = nullptr;
  Place place{"", {}};  ///< where it waits
};

/// Lanes of one mask on their way to each other.
struct Meeting {
  unsigned mask = 0;
  unsigned arrived = 0;
  Place place{"", {}};
  /// Filled now, and read from the last time: nobody fills the latter again before all have read.
  std::array<Met, 2> values;
  std::size_t filling = 0;
};

struct Warp {
  unsigned gone = 0;  ///< lanes that have exited or never were
  std::vector<Meeting> meetings;
};

std::string describe(const Place& place) {
  return std::string(place.what) + " (" + place.where.file_name() + ":" +
         std::to_string(place.where.line()) + ")";
}

bool same_place(const Place& a, const Place& b) {
  const auto same = [](const char* first, const char* second) {
    return first == second || std::string_view(first) == second;
  };
  return a.where.line() == b.where.line() && same(a.what, b.what) &&
         same(a.where.file_name(), b.where.file_name());
}

/// Runs one kernel at a time.
class Executor {
 public:
  static Executor& instance() {
    static auto* executor = new Executor;
    return *executor;
  }

  /// Throws DeviceFailure.
  void run(const Launch& launch, ThreadOrder order, std::uint64_t seed);

  unsigned meet_block(bool predicate, const Place& place);
  const Met& meet_warp(unsigned mask, std::uint64_t value, const Place& place);
  [[nodiscard]] unsigned lane() const { return static_cast<unsigned>(current_) % kWarpSize; }
  [[nodiscard]] std::string name_of_thread() const;

 private:
  static void fiber_main() { instance().serve(); }
  void serve();
  void run_block();
  void prepare_block();
  bool next_thread();
  void draw_order();
  void set_current(std::size_t thread);
  void resume_current();
  void wait(const Place& place);
  void finish_current();
  void release_block_barrier();
  void try_meeting(std::size_t warp, Meeting& meeting);
  void abandon();
  std::string stuck() const;

  const Launch* launch_ = nullptr;
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::size_t current_ = 0;
  // Where next_thread looks: a warp runs until all its lanes wait, then the next one.
  std::size_t warp_cursor_ = 0;
  std::size_t lane_cursor_ = 0;
  bool warp_ran_ = false;  ///< a lane of this warp ran in this round over its lanes
  bool chosen_ = false;    ///< the current thread was chosen, but has to be resumed
  std::size_t done_ = 0;
  std::size_t at_barrier_ = 0;
  unsigned votes_ = 0;       ///< predicates at the barrier so far
  unsigned last_votes_ = 0;  ///< of the barrier passed last
  Place barrier_{"", {}};
  ThreadOrder order_ = ThreadOrder::kMixed;
  std::uint64_t random_ = 0;
  bool warps_backward_ = false;
  bool lanes_backward_ = false;
  std::string failure_;
  Fiber* fiber_ = nullptr;  ///< on whose stack we are
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
};

std::string Executor::name_of_thread() const {
  const auto text = [](const uint3& at) {
    return "(" + std::to_string(at.x) + ", " + std::to_string(at.y) + ", " + std::to_string(at.z) +
           ")";
  };
  return "thread " + text(indices.thread) + " of block " + text(indices.block);
}

void Executor::run(const Launch& launch, ThreadOrder order, std::uint64_t seed) {
  launch_ = &launch;
  order_ = order;
  random_ = seed;
  indices.grid_shape = launch.grid;
  indices.block_shape = launch.block;
  for (unsigned z = 0; z < launch.grid.z; ++z) {
    for (unsigned y = 0; y < launch.grid.y; ++y) {
      for (unsigned x = 0; x < launch.grid.x; ++x) {
        indices.block = {x, y, z};
        run_block();
      }
    }
  }
}

/// In which direction the warps, and the lanes of each, run until the next barrier: drawn anew each
/// time (splitmix64, so that every run of a program draws the same).
void Executor::draw_order() {
  if (order_ != ThreadOrder::kMixed) {
    warps_backward_ = lanes_backward_ = order_ == ThreadOrder::kBackward;
    return;
  }
  std::uint64_t bits = random_ += 0x9E3779B97F4A7C15U;
  bits = (bits ^ bits >> 30U) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ bits >> 27U) * 0x94D049BB133111EBU;
  warps_backward_ = (bits >> 62U & 1U) != 0;
  lanes_backward_ = (bits >> 63U & 1U) != 0;
}

void Executor::prepare_block() {
  const dim3& shape = launch_->block;
  const std::size_t count = std::size_t{shape.x} * shape.y * shape.z;
  threads_.assign(count, Thread{});
  warps_.resize((count + kWarpSize - 1) / kWarpSize);
  for (Warp& warp : warps_) {
    warp.gone = 0;
    warp.meetings.clear();
  }
  if (count % kWarpSize != 0) {
    warps_.back().gone = ~0U << (count % kWarpSize);
  }
  done_ = at_barrier_ = 0;
  votes_ = last_votes_ = 0;
  failure_.clear();
}

void Executor::run_block() {
  prepare_block();
  while (done_ < threads_.size()) {
    const std::size_t done_before = done_;
    bool progress = false;
    draw_order();
    warp_cursor_ = lane_cursor_ = 0;
    warp_ran_ = chosen_ = false;
    while (failure_.empty() && (std::exchange(chosen_, false) || next_thread())) {
      progress = true;
      resume_current();
    }
    if (failure_.empty() && !progress && done_ == done_before) {
      failure_ = stuck();
    }
    if (!failure_.empty()) {
      abandon();
      throw DeviceFailure(cudaErrorLaunchFailure, launch_->name + ": " + failure_);
    }
  }
}

/// Makes the next thread that can run the current one. Warps drift as far apart as barriers allow.
bool Executor::next_thread() {
  while (warp_cursor_ < warps_.size()) {
    const std::size_t warp = warps_backward_ ? warps_.size() - 1 - warp_cursor_ : warp_cursor_;
    const std::size_t lanes = std::min<std::size_t>(kWarpSize, threads_.size() - warp * kWarpSize);
    while (lane_cursor_ < lanes) {
      const std::size_t n = lanes_backward_ ? lanes - 1 - lane_cursor_ : lane_cursor_;
      ++lane_cursor_;
      const State state = threads_[warp * kWarpSize + n].state;
      if (state == State::kUnstarted || state == State::kRunnable) {
        warp_ran_ = true;
        set_current(warp * kWarpSize + n);
        return true;
      }
    }
    lane_cursor_ = 0;
    if (!std::exchange(warp_ran_, false)) {
      ++warp_cursor_;
    } else if (order_ == ThreadOrder::kMixed) {
      lanes_backward_ = !lanes_backward_;
    }
  }
  return false;
}

void Executor::set_current(std::size_t thread) {
  current_ = thread;
  const auto n = static_cast<unsigned>(thread);
  const dim3& shape = launch_->block;
  indices.thread = {n % shape.x, n / shape.x % shape.y, n / shape.x / shape.y};
}

void Executor::resume_current() {
  Thread& thread = threads_[current_];
  if (thread.state == State::kUnstarted) {
    if (idle_.empty()) {
      fibers_.push_back(std::make_unique<Fiber>(&Executor::fiber_main));
      idle_.push_back(fibers_.back().get());
    }
    thread.fiber = idle_.back();
    idle_.pop_back();
  }
  fiber_ = thread.fiber;
  fiber_->resume();
}

/// A fiber's whole life: plays threads. One that never waits costs no switch at all.
void Executor::serve() {
  for (;;) {
    Fiber* const self = fiber_;
    try {
      launch_->body();
    } catch (const std::exception& error) {
      failure_ = error.what();
    } catch (...) {
      failure_ = name_of_thread() + " threw";
    }
    finish_current();
    if (failure_.empty() && next_thread()) {
      if (threads_[current_].state == State::kUnstarted) {
        threads_[current_].fiber = self;
        continue;
      }
      chosen_ = true;  // has a fiber of its own
    }
    idle_.push_back(self);
    self->leave();
  }
}

void Executor::wait(const Place& place) {
  Thread& thread = threads_[current_];
  thread.place = place;
  thread.state = State::kWaiting;
  thread.fiber->leave();
  thread.place = {"", {}};
}

void Executor::finish_current() {
  threads_[current_].state = State::kDone;
  ++done_;
  const std::size_t warp = current_ / kWarpSize;
  warps_[warp].gone |= 1U << lane();
  for (Meeting& meeting : warps_[warp].meetings) {
    try_meeting(warp, meeting);
  }
}

unsigned Executor::meet_block(bool predicate, const Place& place) {
  if (at_barrier_ == 0) {
    barrier_ = place;
    votes_ = 0;
  } else if (!same_place(barrier_, place)) {
    undefined(place, "others of its block wait at " + describe(barrier_));
  }
  votes_ += predicate ? 1 : 0;
  if (++at_barrier_ == threads_.size()) {
    release_block_barrier();
  } else {
    wait(place);
  }
  return last_votes_;
}

void Executor::release_block_barrier() {
  at_barrier_ = 0;
  last_votes_ = votes_;
  for (Thread& thread : threads_) {
    if (thread.state == State::kWaiting) {
      thread.state = State::kRunnable;
    }
  }
}

const Met& Executor::meet_warp(unsigned mask, std::uint64_t value, const Place& place) {
  const unsigned own = 1U << lane();
  if ((mask & own) == 0) {
    undefined(place, "its lane " + std::to_string(lane()) + " is not in the mask");
  }
  const std::size_t warp = current_ / kWarpSize;
  auto& meetings = warps_[warp].meetings;
  auto found = std::find_if(meetings.begin(), meetings.end(),
                            [&](const Meeting& meeting) { return meeting.mask == mask; });
  if (found == meetings.end()) {
    meetings.reserve(kWarpSize);  // references into it stay valid
    if (meetings.size() == kWarpSize) {
      undefined(place, "more different masks in one block than the emulation keeps apart");
    }
    meetings.push_back({});
    found = meetings.end() - 1;
    found->mask = mask;
  }
  Meeting& meeting = *found;
  if (meeting.arrived == 0) {
    meeting.place = place;
  } else if (!same_place(meeting.place, place)) {
    undefined(place, "other lanes of its mask wait at " + describe(meeting.place));
  }
  meeting.arrived |= own;
  meeting.values[meeting.filling].values[lane()] = value;
  try_meeting(warp, meeting);
  if (meeting.arrived != 0) {
    wait(place);
  }
  return meeting.values[1 - meeting.filling];
}

/// All lanes of the mask that still live have come: they may go on.
void Executor::try_meeting(std::size_t warp, Meeting& meeting) {
  if (meeting.arrived == 0 || (meeting.mask & ~warps_[warp].gone & ~meeting.arrived) != 0) {
    return;
  }
  meeting.values[meeting.filling].lanes = meeting.arrived;
  meeting.filling = 1 - meeting.filling;
  for (unsigned n = 0; n < kWarpSize; ++n) {
    if ((meeting.arrived >> n & 1U) != 0) {
      Thread& thread = threads_[warp * kWarpSize + n];
      if (thread.state == State::kWaiting) {
        thread.state = State::kRunnable;
      }
    }
  }
  meeting.arrived = 0;
}

std::string Executor::stuck() const {
  const auto waiting = std::find_if(threads_.begin(), threads_.end(), [](const Thread& thread) {
    return thread.state == State::kWaiting;
  });
  std::string text = "block (" + std::to_string(indices.block.x) + ", " +
                     std::to_string(indices.block.y) + ", " + std::to_string(indices.block.z) +
                     ") hangs: thread " + std::to_string(waiting - threads_.begin()) +
                     " waits at " + describe(waiting->place) + ", ";
  const auto elsewhere = std::find_if(threads_.begin(), threads_.end(), [&](const Thread& thread) {
    return thread.state == State::kWaiting && !same_place(thread.place, waiting->place);
  });
  if (elsewhere != threads_.end()) {
    return text + "thread " + std::to_string(elsewhere - threads_.begin()) + " at " +
           describe(elsewhere->place);
  }
  return text + std::to_string(done_) + " of " + std::to_string(threads_.size()) +
         " threads have finished without coming there";
}

/// Throws the fibers of threads in the middle of something away.
void Executor::abandon() {
  for (const Thread& thread : threads_) {
    if (thread.state == State::kWaiting || thread.state == State::kRunnable) {
      fibers_.erase(std::remove_if(fibers_.begin(), fibers_.end(),
                                   [&](const auto& fiber) { return fiber.get() == thread.fiber; }),
                    fibers_.end());
    }
  }
}

void run_kernel(const Launch& launch) {
  Device& device = Device::instance();
  for (const void* pointer : launch.pointers) {
    if (pointer != nullptr && device.memory.containing(pointer) == nullptr) {
      throw DeviceFailure(cudaErrorIllegalAddress,
                          launch.name + ": an argument points to host or freed memory");
    }
  }
  Executor::instance().run(launch, device.order, device.counters.kernels++);
}

}  // namespace

cudaError_t enqueue_kernel(Launch launch, cudaStream_t stream) {
  const Locked lock;
  Device& device = Device::instance();
  if (const cudaError_t error = device.usable(); error != cudaSuccess) {
    return device.record(error);
  }
  const auto outside = [](unsigned value, unsigned most) { return value == 0 || value > most; };
  const dim3& grid = launch.grid;
  const dim3& block = launch.block;
  if (outside(grid.x, 2147483647) || outside(grid.y, 65535) || outside(grid.z, 65535) ||
      outside(block.x, 1024) || outside(block.y, 1024) || outside(block.z, 64) ||
      std::uint64_t{block.x} * block.y * block.z > 1024) {
    return device.record(cudaErrorInvalidConfiguration);
  }
  return device.enqueue(
      stream, [launch = std::move(launch)] { run_kernel(launch); }, WorkKind::kKernel);
}

unsigned meet_block(bool predicate, const Place& place) {
  return Executor::instance().meet_block(predicate, place);
}

const Met& meet_warp(unsigned mask, std::uint64_t value, const Place& place) {
  return Executor::instance().meet_warp(mask, value, place);
}

unsigned lane() {
  return Executor::instance().lane();
}

void undefined(const Place& place, const std::string& why) {
  throw DeviceFailure(cudaErrorLaunchFailure, Executor::instance().name_of_thread() + " at " +
                                                  describe(place) + ": " + why);
}

}  // namespace cuda_emulation
