// Runs before anything of the libraries that the program is linked to.
//
// OpenBLAS takes buffers of addresses as it is loaded, one for each processor, and where it is
// refused one it asks again for ever (as of 0.3.21). So this asks first. Where there is room for
// one thread's buffers alone, the program begins anew with OpenBLAS told so: it is called on one
// thread at a time anyway. Where there is not even that, the program says so.
//
// Neither constructors nor most of the C library may be relied on here: system calls alone.
#if !defined(__SANITIZE_ADDRESS__)  // it needs far more addresses itself

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <climits>
#include <cstddef>
#include <cstring>

#include "impasto/error.hpp"

namespace {

constexpr std::size_t kBuffer = std::size_t{128} << 20U;
/// What the other libraries take when they are loaded.
constexpr std::size_t kOthers = std::size_t{32} << 20U;
constexpr std::size_t kMostVariables = 4096;
char one_thread[] = "OPENBLAS_NUM_THREADS=1";

bool can_be_had(std::size_t bytes) {
  void* const place =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) {
    return false;
  }
  munmap(place, bytes);
  return true;
}

std::size_t processors() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<std::size_t>(CPU_COUNT(&set))
                                                     : 1;
}

bool is_told(char** environment) {
  while (*environment != nullptr && std::strcmp(*environment, one_thread) != 0) {
    ++environment;
  }
  return *environment != nullptr;
}

/// Returns only where that cannot be done.
void begin_anew(char** arguments, char** environment) {
  static char* variables[kMostVariables + 2];
  static char program[PATH_MAX];
  const std::size_t name = std::strlen("OPENBLAS_NUM_THREADS=");
  std::size_t count = 0;
  for (; *environment != nullptr && count < kMostVariables; ++environment) {
    if (std::strncmp(*environment, one_thread, name) != 0) {
      variables[count++] = *environment;
    }
  }
  variables[count] = one_thread;
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length > 0 && *environment == nullptr) {
    execve(program, arguments, variables);
  }
}

void require_room_for_openblas(int /*count*/, char** arguments, char** environment) {
  if (can_be_had((processors() + 1) * kBuffer + kOthers)) {
    return;
  }
  if (can_be_had(2 * kBuffer + kOthers)) {
    if (!is_told(environment)) {
      begin_anew(arguments, environment);
    }
    return;
  }
  constexpr char kMessage[] =
      "impasto: error: not enough memory to begin with (288 MiB for OpenBLAS): raise the limit "
      "(ulimit -v), or end other programs\n";
  (void)!write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(static_cast<int>(impasto::ExitCode::kDevice));
}

using Initialiser = void (*)(int count, char** arguments, char** environment);
[[gnu::section(".preinit_array"), gnu::used]] const Initialiser before_all_libraries =
    require_room_for_openblas;

}  // namespace

#endif
