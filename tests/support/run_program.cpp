#include "support/run_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "support/paths.hpp"

namespace impasto {
namespace {

/// How many times as long everything may take under a sanitizer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlowdown = 10;
#else
constexpr int kSlowdown = 1;
#endif

using Clock = std::chrono::steady_clock;

void require(bool condition, const char* action) {
  if (!condition) {
    throw std::system_error(errno, std::generic_category(), action);
  }
}

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close_now(); }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  void close_now() {
    if (open()) {
      close(std::exchange(number_, -1));
    }
  }

 private:
  int number_ = -1;
};

/// Where a stream of the program is read (here) and written (there).
struct Channel {
  Descriptor here;
  Descriptor there;
};

Channel make_pipe() {
  std::array<int, 2> ends{};
  require(pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// A pseudo-terminal that passes on bytes as the program wrote them, its line ends too.
Channel make_terminal() {
  Channel channel{Descriptor(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), Descriptor()};
  const int here = channel.here.number();
  require(here >= 0 && grantpt(here) == 0 && unlockpt(here) == 0, "pseudo-terminal");
  std::array<char, 128> name{};
  require(ptsname_r(here, name.data(), name.size()) == 0, "ptsname");
  channel.there = Descriptor(open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios settings{};
  require(tcgetattr(channel.there.number(), &settings) == 0, "tcgetattr");
  cfmakeraw(&settings);
  require(tcsetattr(channel.there.number(), TCSANOW, &settings) == 0, "tcsetattr");
  return channel;
}

Channel make_output(const std::string& file) {
  if (file.empty()) {
    return make_pipe();
  }
  Channel channel;
  channel.there = Descriptor(open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  require(channel.there.open(), "open");
  return channel;
}

std::vector<std::string> environment_of(const ProgramCall& call) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const std::string name = text.substr(0, text.find('='));
    if (name != "IMPASTO_WEIGHTS" && !call.environment.contains(name)) {
      variables.push_back(text);
    }
  }
  for (const auto& [name, value] : call.environment) {
    variables.push_back(name + "=" + value);
  }
  return variables;
}

/// The null-terminated form that exec wants; it points into `texts`.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// Everything is prepared before the fork: between fork and exec only system calls are safe.
pid_t start(const ProgramCall& call, const Channel& out, const Channel& err) {
  std::vector<std::string> words{call.program.empty() ? program_path() : call.program};
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  std::vector<std::string> variables = environment_of(call);
  const std::vector<char*> arguments = pointers_to(words);
  const std::vector<char*> environment = pointers_to(variables);
  const Descriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const pid_t child = fork();
  require(child >= 0, "fork");
  if (child == 0) {
    if ((!call.folder.empty() && chdir(call.folder.c_str()) != 0) ||
        dup2(nothing.number(), STDIN_FILENO) < 0 || dup2(out.there.number(), STDOUT_FILENO) < 0 ||
        dup2(err.there.number(), STDERR_FILENO) < 0) {
      _exit(127);
    }
    execve(arguments[0], arguments.data(), environment.data());
    _exit(127);
  }
  return child;
}

/// Appends what has arrived; closes the channel at its end. A terminal ends with an error, not with
/// zero bytes.
void read_some(Descriptor& from, std::string& text) {
  std::array<char, 4096> block{};
  const ssize_t count = read(from.number(), block.data(), block.size());
  if (count > 0) {
    text.append(block.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    from.close_now();
  }
}

/// Reads both streams until the program has closed them or the time is over.
void follow(const ProgramCall& call, pid_t child, Descriptor& out, Descriptor& err,
            ProgramResult& result) {
  const Clock::time_point end = Clock::now() + kSlowdown * call.limit;
  bool interrupted = call.interrupt_after.empty();
  while (out.open() || err.open()) {
    if (Clock::now() > end) {
      result.timed_out = true;
      kill(child, SIGKILL);
      return;
    }
    std::array<pollfd, 2> streams{{{out.number(), POLLIN, 0}, {err.number(), POLLIN, 0}}};
    poll(streams.data(), streams.size(), 100);
    if (out.open() && streams[0].revents != 0) {
      read_some(out, result.out);
    }
    if (err.open() && streams[1].revents != 0) {
      read_some(err, result.err);
    }
    if (!interrupted && result.err.find(call.interrupt_after) != std::string::npos) {
      interrupted = true;
      if (call.signal == 0) {
        err.close_now();
      } else {
        kill(child, call.signal);
      }
    }
  }
}

}  // namespace

ProgramResult run_program(const ProgramCall& call) {
  Channel out = make_output(call.standard_output);
  Channel err = call.terminal ? make_terminal() : make_pipe();
  const pid_t child = start(call, out, err);
  out.there.close_now();
  err.there.close_now();
  ProgramResult result;
  follow(call, child, out.here, err.here, result);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) {
    result.exit_code = WEXITSTATUS(status);
  } else if (WIFSIGNALED(status)) {
    result.signal = WTERMSIG(status);
  }
  return result;
}

}  // namespace impasto
