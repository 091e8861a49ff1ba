// A file while it is written: nobody finds it until it is whole, and a program that is killed
// leaves nothing of it behind, where the file system has files without names.
#pragma once

#include <filesystem>
#include <string>

namespace impasto {

/// A new, empty file in a target's folder, gone unless it came to the target's place.
class PartFile {
 public:
  enum class Naming {
    kLate,   ///< without a name until it is whole, where the system can do that, else kAtOnce
    kAtOnce  ///< ".impasto-….part", a name that nobody can foresee
  };

  /// `target` is no link; `path` is what the user calls it, for messages. Nobody else may read the
  /// file where there is one at the target: that one may be private. Throws InputError where the
  /// folder takes no new file, DeviceError where descriptors ran out.
  PartFile(std::filesystem::path target, std::string path, Naming naming = Naming::kLate);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  PartFile(PartFile&&) = delete;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile();

  /// By which this process can open it, to be written or read.
  [[nodiscard]] std::string name() const;

  /// Flushed to disk, with the permissions and, as far as this user may, the owner of the file that
  /// stands at the target. Throws InputError.
  void finish() const;

  /// Puts it in the target's place, whatever is there. Throws InputError.
  void replace_target();

  /// The same, but replaces nothing: false where the target's name is taken.
  [[nodiscard]] bool take_free_place();

 private:
  void create_nameless(unsigned mode);
  void create_named(unsigned mode);
  void give_name();
  void copy_to_named_file();
  [[nodiscard]] bool link_to(const std::string& name) const;
  [[nodiscard]] std::string unforeseeable_name() const;

  std::filesystem::path target_;
  std::string path_;
  std::string name_;     ///< empty as long as it has none
  int descriptor_ = -1;  ///< open for reading and writing
};

}  // namespace impasto
