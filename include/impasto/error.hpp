// The errors that impasto throws. Each says what failed, where, and how to mend it; the class
// decides the exit code that the command line ends with.
#pragma once

#include <stdexcept>
#include <string>

namespace impasto {

/// Exit codes of the command line. Library users see the exception types below instead.
enum class ExitCode : int {
  kDone = 0,
  kCheckFailed = 1,
  kUsage = 2,
  kInput = 3,
  kDevice = 4,
  kDiverged = 5,
  kInterrupted = 130,
};

/// Base of everything impasto throws on purpose. `what()` is the whole line: "WHAT (WHERE): HOW TO
/// FIX".
class Error : public std::runtime_error {
 public:
  /// @param what    what went wrong, e.g. "unknown tap 'relu9_9'"
  /// @param where   file, option or call it went wrong in; may be empty
  /// @param remedy  what the reader can do about it; may be empty
  Error(ExitCode code, const std::string& what, const std::string& where, const std::string& remedy)
      : std::runtime_error(sentence(what, where, remedy)), code_(code) {}

  [[nodiscard]] ExitCode exit_code() const noexcept { return code_; }

 private:
  static std::string sentence(const std::string& what, const std::string& where,
                              const std::string& remedy) {
    return what + (where.empty() ? "" : " (" + where + ")") + (remedy.empty() ? "" : ": " + remedy);
  }

  ExitCode code_;
};

/// The caller asked for something that makes no sense: exit code 2.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& what, const std::string& where = "",
                      const std::string& remedy = "")
      : Error(ExitCode::kUsage, what, where, remedy) {}
};

/// A picture, weights file, checkpoint or configuration cannot be read, used or written: exit
/// code 3.
class InputError : public Error {
 public:
  explicit InputError(const std::string& what, const std::string& where = "",
                      const std::string& remedy = "")
      : Error(ExitCode::kInput, what, where, remedy) {}
};

/// No such device, not enough memory, a driver or vendor library call failed: exit code 4.
class DeviceError : public Error {
 public:
  explicit DeviceError(const std::string& what, const std::string& where = "",
                       const std::string& remedy = "")
      : Error(ExitCode::kDevice, what, where, remedy) {}
};

/// Not enough memory, of the host or of a device.
class MemoryError : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

/// The optimisation diverged and could not be recovered: exit code 5.
class DivergedError : public Error {
 public:
  explicit DivergedError(const std::string& what, const std::string& where = "",
                         const std::string& remedy = "")
      : Error(ExitCode::kDiverged, what, where, remedy) {}
};

}  // namespace impasto
