// What a file is, judged by its first bytes and never by its name.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace impasto {

enum class FileFamily { kPicture, kWeights, kVideo, kOther };

struct KnownFile {
  std::string_view name;    ///< with its article: "a Git LFS pointer"
  std::string_view remedy;  ///< what its owner can do where it cannot be used: "run 'git lfs pull'"
  FileFamily family = FileFamily::kOther;
};

/// `recognise` looks at no more of a file than this many bytes.
inline constexpr std::size_t kSignatureBytes = 4096;

/// The kind of file that begins with `head` (the first kSignatureBytes of it, or all of a shorter
/// one), or nothing when no signature matches. Names and remedies live as long as the program.
std::optional<KnownFile> recognise(std::string_view head);

}  // namespace impasto
