// Files that appear whole or not at all, and replace nothing that they should not.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <system_error>

namespace impasto {

/// Fills a new file that opens by this name.
using FileWriter = std::function<void(const std::string& file)>;

/// Writes `path` whole or not at all: `write` is given a name by which it opens a new file, which
/// is flushed to disk and takes its place once `write` has returned, and is gone if it throws.
/// Where the file system has files without names, it is gone too if the program is killed
/// (core/part_file.hpp). A file that it replaces passes on its permissions and owner; a link stays
/// a link, and what it names is replaced. A `path` that is a device or pipe (/dev/stdout) is
/// written directly. Throws InputError with the system's reason when the place cannot be written.
void write_atomically(const std::string& path, const FileWriter& write);

/// The same for a library that opens a file by a name of its folder alone: the new file has one,
/// and stays where the program is killed.
void write_atomically_by_name(const std::string& path, const FileWriter& write);

/// The same, but nothing is replaced: returns false, and leaves everything as it is, where there is
/// something of that name, even if it appeared a moment ago.
bool create_atomically(const std::string& path, const FileWriter& write);

/// Writes `bytes` to `path` atomically. Throws InputError, on a full disk too.
void write_file(const std::string& path, const std::string& bytes);

/// The same for a file that must not replace any: false where there is something of that name.
bool create_file(const std::string& path, const std::string& bytes);

/// Throws if a file could not be written at `path`: UsageError for a name that is empty or too
/// long, InputError for a missing folder, a lack of permission, a write-protected file, or a folder
/// of that name. Leaves nothing behind.
void require_writable(const std::string& path);

/// The path seen from the root folder; as it is where it is empty, or the current folder is gone.
std::string absolute_path(const std::string& path);

/// What the links of this name lead to, there or not; the path itself where it is no link. `error`
/// says where they lead in a circle, or cannot be read.
std::filesystem::path behind_links(std::filesystem::path path, std::error_code& error);

/// Whether there is anything of this name: a file, a folder, a link that leads nowhere.
bool is_taken(const std::string& path);

/// Whether there is nothing of this name, nor behind a link of this name. False where that cannot
/// be known, as in a folder that may not be entered: who opens it learns why.
bool is_missing(const std::string& path);

/// The most bytes that a file's name may have in the folder of `path`.
std::size_t longest_file_name(const std::string& path);

/// What the user may have meant by a name of no file: one like it, or that a web address is none.
std::string remedy_for_missing(const std::string& path);

/// Throws InputError where there is no file to read at `path`: nothing of that name (the remedy
/// says what may have been meant, or that a web address is none), a folder, a device or a pipe, or
/// where the system does not let us look, which is said as such.
void require_regular_file(const std::string& path);

/// The whole file. Throws InputError when it is missing, a folder, a device or pipe, unreadable,
/// or larger than `limit` bytes.
std::string read_file(const std::string& path, std::size_t limit);

}  // namespace impasto
