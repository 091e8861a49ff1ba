#include "cuda_emulation/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(__x86_64__)
// Saves the registers that a call must preserve, changes stacks, restores them from there. A signal
// mask, which swapcontext would change with two system calls, is not needed.
extern "C" void cuda_emulation_switch(void** save, void* load);
asm(R"(
.text
.type cuda_emulation_switch, @function
cuda_emulation_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size cuda_emulation_switch, . - cuda_emulation_switch
)");
#endif

namespace cuda_emulation {
namespace {

constexpr std::size_t kStackBytes = 256U << 10U;

Fiber* entering = nullptr;

std::size_t page() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void enter_fiber() {
  Fiber* self = entering;
  self->arrive(nullptr);
  self->main_();
  std::terminate();  // main never returns
}

Fiber::Fiber(Main main) : main_(main) {
  // A page that nobody may touch lies below the stack.
  void* mapping = mmap(nullptr, page() + kStackBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) {
    throw std::bad_alloc();
  }
  mapping_ = static_cast<std::byte*>(mapping);
  mprotect(mapping_, page(), PROT_NONE);
  stack_ = mapping_ + page();
#if defined(__x86_64__)
  // What cuda_emulation_switch pops: six registers, then where to go. At a function's entry the
  // stack pointer is 8 below a multiple of 16.
  auto** top = reinterpret_cast<void**>(stack_ + kStackBytes) - 1;
  *--top = reinterpret_cast<void*>(&enter_fiber);
  for (int n = 0; n < 6; ++n) {
    *--top = nullptr;
  }
  own_ = top;
#else
  getcontext(&own_);
  own_.uc_stack.ss_sp = stack_;
  own_.uc_stack.ss_size = kStackBytes;
  own_.uc_link = nullptr;
  makecontext(&own_, &enter_fiber, 0);
#endif
}

Fiber::~Fiber() {
#if defined(__SANITIZE_ADDRESS__)
  // Whatever frames were abandoned there.
  __asan_unpoison_memory_region(stack_, kStackBytes);
#endif
  munmap(mapping_, page() + kStackBytes);
}

void Fiber::resume() {
  entering = this;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&caller_fake_, stack_, kStackBytes);
#endif
#if defined(__x86_64__)
  cuda_emulation_switch(&caller_, own_);
#else
  swapcontext(&caller_, &own_);
#endif
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(caller_fake_, nullptr, nullptr);
#endif
}

void Fiber::arrive([[maybe_unused]] void* fake_stack) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_stack, &caller_bottom_, &caller_size_);
#endif
}

void Fiber::leave() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&own_fake_, caller_bottom_, caller_size_);
#endif
#if defined(__x86_64__)
  cuda_emulation_switch(&own_, caller_);
#else
  swapcontext(&own_, &caller_);
#endif
  arrive(own_fake_);
}

}  // namespace cuda_emulation
