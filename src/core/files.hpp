// Files that appear whole or not at all.
#pragma once

#include <functional>
#include <string>

namespace impasto {

/// Writes `path` whole or not at all: `write` is given the name of a new file beside `path`, which
/// is flushed to disk and renamed once `write` has returned, and removed if it throws. A `path`
/// that is a device or pipe (/dev/stdout) is written directly. Throws InputError with the system's
/// reason when the place cannot be written.
void write_atomically(const std::string& path,
                      const std::function<void(const std::string&)>& write);

/// Throws InputError if a file could not be created at `path` (no such folder, no permission, a
/// folder of that name). Leaves nothing behind.
void require_writable(const std::string& path);

/// The whole file. Throws InputError when it is missing, a folder, a device or pipe, unreadable,
/// or larger than `limit` bytes.
std::string read_file(const std::string& path, std::size_t limit);

/// Writes `bytes` to `path` atomically. Throws InputError, on a full disk too.
void write_file(const std::string& path, const std::string& bytes);

}  // namespace impasto
