// What the system has run out of, told apart from what is wrong with a file.
#pragma once

#include <cstddef>
#include <string>

namespace impasto {

/// Throws if a call of the system failed because something has run out: MemoryError for ENOMEM,
/// DeviceError for EMFILE and ENFILE. Returns for every other reason. `path`: what was to be
/// opened, read or written.
void throw_if_exhausted(int reason, const std::string& path);

/// Throws what a failed attempt to open or read `path` for `reason` (an errno) means: what
/// throw_if_exhausted throws, else InputError, which names a lack of permission as such.
[[noreturn]] void throw_unreadable(const std::string& path, int reason);

/// Throws what a failed attempt to make, write or name the file `path` for `reason` (an errno)
/// means: what throw_if_exhausted throws, else InputError.
[[noreturn]] void throw_unwritable(const std::string& path, int reason);

/// The same for a reason in words.
[[noreturn]] void throw_unwritable(const std::string& path, const std::string& reason);

/// Whether `bytes` more of memory can be had now.
bool is_memory_left(std::size_t bytes);

/// For failures that a library reports as damage where it may have been refused memory: throws
/// MemoryError unless `bytes` more can be had now.
void require_memory_left(std::size_t bytes, const std::string& path);

/// The same before `bytes` of JSON are parsed: nlohmann's values end the program where they are
/// refused memory while they are destroyed.
void require_memory_for_json(std::size_t bytes, const std::string& path);

}  // namespace impasto
