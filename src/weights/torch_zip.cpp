#include <zip.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/input_file.hpp"
#include "weights/state_dict.hpp"

namespace impasto {

namespace {

/// The pickle of a VGG takes some ten kilobytes.
constexpr std::uint64_t kMaxPickle = std::uint64_t{4} << 20U;

struct CloseArchive {
  void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const noexcept { zip_fclose(entry); }
};

[[noreturn]] void refuse(const std::string& what, const std::string& where) {
  throw InputError(what, where, "download or save it again with torch.save");
}

/// A zip archive whose entries are stored as they are: no entry can be larger than the file.
class Archive {
 public:
  explicit Archive(const std::string& path) : path_(path), size_(InputFile(path).size()) {
    int code = 0;
    archive_.reset(zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
    if (archive_ == nullptr) {
      refuse("the zip archive is damaged or truncated", path);
    }
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  /// The one entry that `name` is the end of.
  [[nodiscard]] std::string find_ending(std::string_view name) const {
    std::optional<std::string> found;
    const zip_int64_t entries = zip_get_num_entries(archive_.get(), 0);
    for (zip_int64_t i = 0; i < entries; ++i) {
      const char* entry = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0);
      if (entry != nullptr && std::string_view(entry).ends_with(name)) {
        if (found) {
          refuse("the zip archive holds more than one " + std::string(name), path_);
        }
        found = entry;
      }
    }
    if (!found) {
      refuse("the zip archive holds no " + std::string(name) + " and so is no PyTorch checkpoint",
             path_);
    }
    return *found;
  }

  /// Bytes of an entry. None when there is no such entry.
  [[nodiscard]] std::optional<std::uint64_t> size_of_entry(const std::string& name) const {
    zip_stat_t status;
    if (zip_stat(archive_.get(), name.c_str(), 0, &status) != 0) {
      return std::nullopt;
    }
    constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
    if ((status.valid & kNeeded) != kNeeded || status.comp_method != ZIP_CM_STORE ||
        status.size > size_) {
      refuse("the zip archive is compressed, as torch.save never does", path_);
    }
    return status.size;
  }

  /// Fills `out` with the entry's bytes from `offset` on. Reading to the end checks the entry's
  /// CRC.
  void read(const std::string& name, std::uint64_t offset, std::span<std::byte> out) const {
    const std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen(archive_.get(), name.c_str(), 0));
    if (entry == nullptr) {
      refuse("the zip archive holds no " + name, path_);
    }
    std::array<std::byte, 65536> passed;
    while (offset > 0) {
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(offset, passed.size()));
      fill(entry.get(), std::span(passed).first(step), name);
      offset -= step;
    }
    fill(entry.get(), out, name);
    if (zip_fread(entry.get(), passed.data(), 1) < 0) {
      refuse("the checksum of " + name + " does not match", path_);
    }
  }

 private:
  void fill(zip_file_t* entry, std::span<std::byte> out, const std::string& name) const {
    while (!out.empty()) {
      const zip_int64_t got = zip_fread(entry, out.data(), out.size());
      if (got <= 0) {
        refuse("the entry " + name + " is damaged or truncated", path_);
      }
      out = out.subspan(static_cast<std::size_t>(got));
    }
  }

  std::string path_;
  std::uint64_t size_;
  std::unique_ptr<zip_t, CloseArchive> archive_;
};

std::string read_text(const Archive& archive, const std::string& name, std::uint64_t limit) {
  const auto size = archive.size_of_entry(name);
  if (!size || *size > limit) {
    refuse("the entry " + name + " is missing or too large", archive.path());
  }
  std::string text(static_cast<std::size_t>(*size), '\0');
  archive.read(name, 0, std::as_writable_bytes(std::span(text)));
  return text;
}

void check_byte_order(const Archive& archive, const std::string& prefix) {
  const std::string name = prefix + "byteorder";
  if (archive.size_of_entry(name) && read_text(archive, name, 16) != "little") {
    refuse("written on a big-endian machine", archive.path());
  }
}

}  // namespace

std::vector<NamedTensor> list_torch_zip(const std::string& path) {
  const auto archive = std::make_shared<Archive>(path);
  const std::string entry = archive->find_ending("data.pkl");
  const std::string prefix = entry.substr(0, entry.size() - std::string_view("data.pkl").size());
  check_byte_order(*archive, prefix);
  const std::string text = read_text(*archive, entry, kMaxPickle);

  std::vector<NamedTensor> tensors;
  for (auto& tensor : find_state_dict(pickle::parse(text, path), path).tensors) {
    const std::string values = prefix + "data/" + tensor.storage;
    const auto bytes = archive->size_of_entry(values);
    const auto element = static_cast<std::uint64_t>(size_of(tensor.type));
    if (!bytes || *bytes / element < static_cast<std::uint64_t>(tensor.storage_elements)) {
      refuse("the values of tensor " + tensor.name + " are missing or truncated", path);
    }
    const auto load = [archive, values, tensor] {
      const auto read = [&](std::uint64_t offset, std::span<std::byte> out) {
        archive->read(values, offset, out);
      };
      return read_values(tensor, read, archive->path());
    };
    tensors.push_back({tensor.name, tensor.shape, load});
  }
  return tensors;
}

}  // namespace impasto
