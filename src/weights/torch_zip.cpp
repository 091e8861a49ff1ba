#include <memory>
#include <string_view>
#include <utility>

#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/state_dict.hpp"
#include "weights/zip_archive.hpp"

namespace impasto {

namespace {

[[noreturn]] void refuse_zip(const std::string& what, const std::string& where) {
  throw InputError(what, where, "download or save it again with torch.save");
}

/// The pickle of a VGG takes some ten kilobytes.
constexpr std::uint64_t kMaxPickle = std::uint64_t{4} << 20U;

std::string read_text(const ZipArchive& archive, const std::string& name, std::uint64_t limit) {
  const auto size = archive.size_of_entry(name);
  if (!size || *size > limit) {
    refuse_zip("the entry " + name + " is missing or too large", archive.path());
  }
  std::string text(static_cast<std::size_t>(*size), '\0');
  archive.read(name, 0, std::as_writable_bytes(std::span(text)));
  return text;
}

void check_byte_order(const ZipArchive& archive, const std::string& prefix) {
  const std::string name = prefix + "byteorder";
  if (archive.size_of_entry(name) && read_text(archive, name, 16) != "little") {
    refuse_zip("written on a big-endian machine", archive.path());
  }
}

}  // namespace

TensorList list_torch_zip(const std::string& path) {
  const auto archive = std::make_shared<ZipArchive>(path);
  const std::string entry = archive->find_ending("data.pkl");
  const std::string prefix = entry.substr(0, entry.size() - std::string_view("data.pkl").size());
  check_byte_order(*archive, prefix);
  const std::string text = read_text(*archive, entry, kMaxPickle);

  TensorList list;
  for (auto& tensor : tensors_in(pickle::parse(text, path), path).tensors) {
    const std::string values = prefix + "data/" + tensor.storage;
    const auto bytes = archive->size_of_entry(values);
    const auto element = static_cast<std::uint64_t>(size_of(tensor.type));
    if (!bytes || *bytes / element < static_cast<std::uint64_t>(tensor.storage_elements)) {
      refuse_zip("the values of tensor " + tensor.name + " are missing or truncated", path);
    }
    const auto load = [archive, values, tensor] {
      const auto read = [&](std::uint64_t offset, std::span<std::byte> out) {
        archive->read(values, offset, out);
      };
      return read_values(tensor, read, archive->path());
    };
    list.tensors.push_back({tensor.name, tensor.shape, load});
  }
  return list;
}

}  // namespace impasto
