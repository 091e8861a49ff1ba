// A function that can be left in the middle and resumed: how one host thread plays the many threads
// of a block.
#pragma once

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace cuda_emulation {

class Fiber {
 public:
  using Main = void (*)();

  /// `main` starts at the first resume() and must never return.
  explicit Fiber(Main main);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// From the host's own stack: runs the fiber until it calls leave().
  void resume();
  /// From within the fiber: back to where it was resumed.
  void leave();

 private:
  friend void enter_fiber();
  void arrive(void* fake_stack);

  Main main_;
  std::byte* mapping_ = nullptr;
  std::byte* stack_ = nullptr;  ///< lowest usable address
#if defined(__x86_64__)
  void* own_ = nullptr;  ///< saved stack pointers
  void* caller_ = nullptr;
#else
  ucontext_t own_{};
  ucontext_t caller_{};
#endif
  // AddressSanitizer's knowledge of the stacks.
  void* own_fake_ = nullptr;
  void* caller_fake_ = nullptr;
  const void* caller_bottom_ = nullptr;
  std::size_t caller_size_ = 0;
};

}  // namespace cuda_emulation
