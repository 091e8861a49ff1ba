#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/input_file.hpp"
#include "weights/state_dict.hpp"

namespace impasto {

namespace {

using pickle::Kind;
using pickle::Pickle;

/// All five pickles of a VGG take some ten kilobytes.
constexpr std::size_t kMaxPickles = std::size_t{4} << 20U;

// 0x1950a86a20f9469cfc6c, little-endian.
constexpr std::string_view kTorchMagic{"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10};
constexpr std::int64_t kTorchProtocol = 1001;

[[noreturn]] void refuse_legacy(const std::string& what, const std::string& where) {
  throw InputError(what, where, "it is damaged or of another kind; download or save it again");
}

/// The pickles at the beginning of a file, one after another.
class PickleTape {
 public:
  PickleTape(std::string bytes, std::string where)
      : bytes_(std::move(bytes)), where_(std::move(where)) {}

  Pickle next() {
    Pickle pickle = pickle::parse(std::string_view(bytes_).substr(position_), where_);
    position_ += pickle.size;
    return pickle;
  }

  [[nodiscard]] std::size_t position() const { return position_; }

 private:
  std::string bytes_;
  std::string where_;
  std::size_t position_ = 0;
};

void check_heading(PickleTape& tape, const std::string& where) {
  const Pickle magic = tape.next();
  if (magic[magic.root].kind != Kind::kBigInteger || magic[magic.root].text != kTorchMagic) {
    refuse_legacy("a pickle, but not one that torch.save wrote", where);
  }
  const Pickle protocol = tape.next();
  if (protocol[protocol.root].integer != kTorchProtocol) {
    refuse_legacy("written by an unknown version of torch.save", where);
  }
  const Pickle system = tape.next();
  const auto& items = system[system.root].items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (system[items[i]].text == "little_endian" && system[items[i + 1]].integer == 0) {
      refuse_legacy("written on a big-endian machine", where);
    }
  }
}

/// Where each storage's values begin. Storages follow in the order of `keys`: a count of elements,
/// then the elements.
std::map<std::string, std::uint64_t> find_storages(const Pickle& keys,
                                                   const PickledTensors& pickled, InputFile& file,
                                                   std::uint64_t position) {
  std::map<std::string, std::uint64_t> begins;
  if (keys[keys.root].kind != Kind::kList) {
    refuse_legacy("the list of storages is missing", file.path());
  }
  for (const pickle::Ref ref : keys[keys.root].items) {
    const auto storage = pickled.storages.find(keys[ref].text);
    if (storage == pickled.storages.end()) {
      refuse_legacy("it lists a storage that no tensor uses", file.path());
    }
    std::int64_t elements = 0;
    file.read(position, std::as_writable_bytes(std::span(&elements, 1)));
    if (elements != storage->second.elements) {
      refuse_legacy("a storage has another size than its tensor says", file.path());
    }
    position += sizeof elements;
    const auto element = static_cast<std::uint64_t>(size_of(storage->second.type));
    if (static_cast<std::uint64_t>(elements) > (file.size() - position) / element) {
      refuse_legacy("the file is truncated", file.path());
    }
    begins[storage->first] = position;
    position += static_cast<std::uint64_t>(elements) * element;
  }
  return begins;
}

}  // namespace

TensorList list_torch_legacy(const std::string& path) {
  const auto file = std::make_shared<InputFile>(path);
  PickleTape tape(file->head(kMaxPickles), path);
  check_heading(tape, path);
  const PickledTensors pickled = tensors_in(tape.next(), path);
  const Pickle keys = tape.next();
  const auto begins = find_storages(keys, pickled, *file, tape.position());

  TensorList list;
  for (const auto& tensor : pickled.tensors) {
    const auto found = begins.find(tensor.storage);
    if (found == begins.end()) {
      refuse_legacy("tensor " + tensor.name + " has no values", path);
    }
    const auto load = [file, tensor, begin = found->second] {
      const auto read = [&](std::uint64_t offset, std::span<std::byte> out) {
        file->read(begin + offset, out);
      };
      return read_values(tensor, read, file->path());
    };
    list.tensors.push_back({tensor.name, tensor.shape, load});
  }
  return list;
}

}  // namespace impasto
