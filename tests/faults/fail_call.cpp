// A library for LD_PRELOAD: the Nth call of one kind fails in the program that it is loaded into,
// as the system would let it fail.
//
//   IMPASTO_FAULT=KIND:N       which call; with N = 0 calls are only counted
//   IMPASTO_FAULT=clock:SEED   nothing fails, but the monotonic clock leaps ahead at random
//   IMPASTO_FAULT_REPORT=FILE  "failed" when the call came, and "failed at rename" at one that
//   gives
//                              a file another name ("left alone" where a library made it that
//                              cannot live with it), then "calls COUNT" when main returned
//
// Calls count from the beginning of main to its end: what the loader and libraries do before and
// after is not the program's own work, and differs between systems. Calls on pipes, terminals and
// devices do not count either, or an error could not be told on stderr. `memory` counts every
// allocation, `new` too, which asks malloc.
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier): the C library's names

extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* old, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
}

namespace {

enum class Kind {
  kNone,
  kMemory,
  kCreate,  ///< opening a file to write it
  kRead,
  kWrite,
  kFull,  ///< the Nth write and every later one
  kClose,
  kSync,
  kRename,
  kLink,         ///< fails and counts with kRename
  kNoMoreLinks,  ///< the Nth link and every later one, as some rules of security have it
  kNoNameless,   ///< the Nth O_TMPFILE and every later one, as on file systems without
  kMap,
  kThread,
  kKillAtFile,       ///< SIGKILL at the Nth call on a file
  kKillAtMemory,     ///< SIGKILL at the Nth allocation
  kInterruptAtFile,  ///< SIGINT at the Nth call on a file, which itself does not fail
  kClock,
};

struct Named {
  const char* name;
  Kind kind;
};
constexpr std::array<Named, 16> kKinds{{{"memory", Kind::kMemory},
                                        {"create", Kind::kCreate},
                                        {"read", Kind::kRead},
                                        {"write", Kind::kWrite},
                                        {"full", Kind::kFull},
                                        {"close", Kind::kClose},
                                        {"sync", Kind::kSync},
                                        {"rename", Kind::kRename},
                                        {"map", Kind::kMap},
                                        {"thread", Kind::kThread},
                                        {"kill-at-file", Kind::kKillAtFile},
                                        {"kill-at-memory", Kind::kKillAtMemory},
                                        {"interrupt-at-file", Kind::kInterruptAtFile},
                                        {"clock", Kind::kClock},
                                        {"no-more-links", Kind::kNoMoreLinks},
                                        {"no-nameless", Kind::kNoNameless}}};

/// Libraries that crash, end the program or paint something else when their own call of a kind
/// fails; nothing above them can prevent that.
struct Fragile {
  const char* library;
  Kind kind;
};
constexpr std::array<Fragile, 5> kFragile{{
    // libhdf5 1.10 follows null pointers, calls itself without end or ends the program when it has
    // no memory to initialise itself, which it does at each file (H5P_init, H5SL_insert).
    {"libhdf5", Kind::kMemory},
    // oneDNN 2.7 writes the code that it generates to where mmap says that there is no memory, and
    // follows null pointers when it describes a primitive (dnnl_primitive_desc_iterator_create).
    {"libdnnl", Kind::kMap},
    {"libdnnl", Kind::kMemory},
    // fontconfig 2.14 follows null pointers while it reads its configuration, and goes on without a
    // file that it cannot read: labels may then look otherwise.
    {"libfontconfig", Kind::kMemory},
    {"libfontconfig", Kind::kRead},
}};

Kind kind = Kind::kNone;
long fail_at = 0;
std::atomic<long> calls{0};
std::atomic<bool> armed{false};

/// Allocates nothing, and calls nothing that is watched.
void report(const char* text) {
  const char* path = std::getenv("IMPASTO_FAULT_REPORT");
  if (path == nullptr) {
    return;
  }
  const long file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file >= 0) {
    (void)syscall(SYS_write, file, text, std::strlen(text));
    (void)syscall(SYS_close, file);
  }
}

/// Whether the call is one that a library makes which cannot live with its failure. The frames'
/// names are looked up only once in a run, when the call has come.
bool is_of_fragile_library() {
  armed = false;  // looking up allocates
  std::array<void*, 64> frames{};
  const int depth = backtrace(frames.data(), static_cast<int>(frames.size()));
  bool fragile = false;
  for (int n = 0; n < depth; ++n) {
    Dl_info info{};
    if (dladdr(frames[static_cast<std::size_t>(n)], &info) == 0 || info.dli_fname == nullptr) {
      continue;
    }
    for (const Fragile& one : kFragile) {
      fragile |= one.kind == kind && std::strstr(info.dli_fname, one.library) != nullptr;
    }
  }
  armed = true;
  return fragile;
}

/// Counts a call; true where it is the one that fails.
bool comes_to_fail(Kind of_call) {
  if (!armed) {
    return false;
  }
  const bool on_file =
      of_call != Kind::kMemory && of_call != Kind::kMap && of_call != Kind::kThread;
  const bool is_link = of_call == Kind::kLink;
  const bool counts = of_call == kind || (kind == Kind::kRename && is_link) ||
                      (kind == Kind::kNoMoreLinks && is_link) ||
                      (kind == Kind::kFull && of_call == Kind::kWrite) ||
                      ((kind == Kind::kKillAtFile || kind == Kind::kInterruptAtFile) && on_file) ||
                      (kind == Kind::kKillAtMemory && of_call == Kind::kMemory);
  if (!counts) {
    return false;
  }
  const long call = ++calls;
  const bool lasts = kind == Kind::kFull || kind == Kind::kNoMoreLinks || kind == Kind::kNoNameless;
  const bool fails = fail_at > 0 && (call == fail_at || (lasts && call > fail_at));
  if (!fails) {
    return false;
  }
  const int kept = errno;
  if (call == fail_at) {
    if (is_of_fragile_library()) {
      report("left alone\n");
      errno = kept;
      return false;
    }
    report(of_call == Kind::kRename ? "failed at rename\n" : "failed\n");
  }
  errno = kept;
  if (kind == Kind::kKillAtFile || kind == Kind::kKillAtMemory) {
    raise(SIGKILL);
  }
  if (kind == Kind::kInterruptAtFile) {
    raise(SIGINT);
    errno = kept;
    return false;
  }
  return true;
}

/// Nanoseconds that the clock is ahead: at each look up to a tenth of a second more.
long leap_ahead() {
  constexpr long kMostEach = 100'000'000;
  static std::atomic<long> ahead{0};
  static std::atomic<std::uint64_t> looks{0};
  std::uint64_t drawn = 0x9E3779B97F4A7C15U * (++looks + static_cast<std::uint64_t>(fail_at));
  drawn = (drawn ^ (drawn >> 30U)) * 0xBF58476D1CE4E5B9U;
  drawn = (drawn ^ (drawn >> 27U)) * 0x94D049BB133111EBU;
  return ahead += static_cast<long>((drawn ^ (drawn >> 31U)) % kMostEach);
}

bool is_regular(int file) {
  struct stat status {};
  const int kept = errno;
  const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  errno = kept;
  return regular;
}

template <typename Function>
Function next(Function /*of_this_type*/, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void choose() {
  const char* fault = std::getenv("IMPASTO_FAULT");
  const char* colon = fault == nullptr ? nullptr : std::strchr(fault, ':');
  if (colon == nullptr) {
    return;
  }
  const auto length = static_cast<std::size_t>(colon - fault);
  for (const Named& named : kKinds) {
    if (std::strlen(named.name) == length && std::strncmp(named.name, fault, length) == 0) {
      kind = named.kind;
    }
  }
  fail_at = std::strtol(colon + 1, nullptr, 10);
}

using Main = int (*)(int, char**, char**);
Main program_main = nullptr;

int counted_main(int argc, char** argv, char** environment) {
  choose();
  armed = true;
  const int code = program_main(argc, argv, environment);
  armed = false;
  char text[40];
  (void)snprintf(text, sizeof text, "calls %ld\n", calls.load());
  report(text);
  return code;
}

bool creates(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY;
}

mode_t mode_of(int flags, std::va_list& rest) {
  const bool makes_a_file = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return makes_a_file ? static_cast<mode_t>(va_arg(rest, int)) : 0;
}

int open_or_fail(int folder, const char* path, int flags, mode_t mode) {
  if (creates(flags) && comes_to_fail(Kind::kCreate)) {
    errno = ENOSPC;
    return -1;
  }
  if ((flags & O_TMPFILE) == O_TMPFILE && comes_to_fail(Kind::kNoNameless)) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}

}  // namespace

extern "C" {

int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
  program_main = main;
  return next(&__libc_start_main, "__libc_start_main")(counted_main, argc, argv, init, fini,
                                                       rtld_fini, stack_end);
}

void* malloc(std::size_t bytes) {
  if (comes_to_fail(Kind::kMemory)) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_malloc(bytes);
}

void* calloc(std::size_t count, std::size_t bytes) {
  if (comes_to_fail(Kind::kMemory)) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_calloc(count, bytes);
}

void* realloc(void* old, std::size_t bytes) {
  if (comes_to_fail(Kind::kMemory)) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_realloc(old, bytes);
}

void* memalign(std::size_t alignment, std::size_t bytes) {
  if (comes_to_fail(Kind::kMemory)) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_memalign(alignment, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return memalign(alignment, bytes);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  void* found = memalign(alignment, bytes);
  if (found == nullptr) {
    return ENOMEM;
  }
  *memory = found;
  return 0;
}

int open(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_or_fail(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_or_fail(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_or_fail(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_or_fail(folder, path, flags, mode);
}

FILE* fopen(const char* path, const char* mode) {
  if (mode[0] != 'r' && comes_to_fail(Kind::kCreate)) {
    errno = ENOSPC;
    return nullptr;
  }
  return next(&fopen, "fopen")(path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
  return fopen(path, mode);
}

ssize_t read(int file, void* bytes, std::size_t count) {
  if (is_regular(file) && comes_to_fail(Kind::kRead)) {
    errno = EIO;
    return -1;
  }
  return next(&read, "read")(file, bytes, count);
}

ssize_t pread(int file, void* bytes, std::size_t count, off_t offset) {
  if (is_regular(file) && comes_to_fail(Kind::kRead)) {
    errno = EIO;
    return -1;
  }
  return next(&pread, "pread")(file, bytes, count, offset);
}

ssize_t pread64(int file, void* bytes, std::size_t count, off64_t offset) {
  return pread(file, bytes, count, offset);
}

ssize_t write(int file, const void* bytes, std::size_t count) {
  if (is_regular(file) && comes_to_fail(Kind::kWrite)) {
    errno = ENOSPC;
    return -1;
  }
  return next(&write, "write")(file, bytes, count);
}

ssize_t writev(int file, const iovec* parts, int count) {
  if (is_regular(file) && comes_to_fail(Kind::kWrite)) {
    errno = ENOSPC;
    return -1;
  }
  return next(&writev, "writev")(file, parts, count);
}

ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t offset) {
  if (is_regular(file) && comes_to_fail(Kind::kWrite)) {
    errno = ENOSPC;
    return -1;
  }
  return next(&pwrite, "pwrite")(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void* bytes, std::size_t count, off64_t offset) {
  return pwrite(file, bytes, count, offset);
}

// The file is closed all the same, as Linux does it.
int close(int file) {
  const bool fails = is_regular(file) && comes_to_fail(Kind::kClose);
  const int result = static_cast<int>(syscall(SYS_close, file));
  if (fails) {
    errno = EIO;
    return -1;
  }
  return result;
}

int fclose(FILE* stream) {
  const bool fails = is_regular(fileno(stream)) && comes_to_fail(Kind::kClose);
  const int result = next(&fclose, "fclose")(stream);
  if (fails) {
    errno = EIO;
    return EOF;
  }
  return result;
}

int fsync(int file) {
  if (comes_to_fail(Kind::kSync)) {
    errno = EIO;
    return -1;
  }
  return next(&fsync, "fsync")(file);
}

int fdatasync(int file) {
  if (comes_to_fail(Kind::kSync)) {
    errno = EIO;
    return -1;
  }
  return next(&fdatasync, "fdatasync")(file);
}

int rename(const char* from, const char* to) {
  if (comes_to_fail(Kind::kRename)) {
    errno = EIO;
    return -1;
  }
  return next(&rename, "rename")(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  if (comes_to_fail(Kind::kRename)) {
    errno = EIO;
    return -1;
  }
  return next(&renameat2, "renameat2")(from_folder, from, to_folder, to, flags);
}

int link(const char* from, const char* to) {
  if (comes_to_fail(Kind::kLink)) {
    errno = EIO;
    return -1;
  }
  return next(&link, "link")(from, to);
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  if (comes_to_fail(Kind::kLink)) {
    errno = EIO;
    return -1;
  }
  return next(&linkat, "linkat")(from_folder, from, to_folder, to, flags);
}

void* mmap(void* place, std::size_t bytes, int protection, int flags, int file, off_t offset) {
  if (comes_to_fail(Kind::kMap)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return next(&mmap, "mmap")(place, bytes, protection, flags, file, offset);
}

void* mmap64(void* place, std::size_t bytes, int protection, int flags, int file, off64_t offset) {
  return mmap(place, bytes, protection, flags, file, offset);
}

int clock_gettime(clockid_t clock, timespec* time) {
  constexpr long kSecond = 1'000'000'000;
  const int result = next(&clock_gettime, "clock_gettime")(clock, time);
  if (armed && kind == Kind::kClock && clock == CLOCK_MONOTONIC) {
    const long nanoseconds = time->tv_nsec + leap_ahead();
    time->tv_sec += nanoseconds / kSecond;
    time->tv_nsec = nanoseconds % kSecond;
  }
  return result;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*begin)(void*),
                   void* argument) {
  if (comes_to_fail(Kind::kThread)) {
    return EAGAIN;
  }
  return next(&pthread_create, "pthread_create")(thread, attributes, begin, argument);
}

}  // extern "C"

// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)
