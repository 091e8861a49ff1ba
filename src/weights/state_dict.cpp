#include "weights/state_dict.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "impasto/error.hpp"

namespace impasto {

namespace {

using pickle::Kind;
using pickle::Pickle;
using pickle::Ref;
using pickle::Value;

constexpr std::array<std::pair<std::string_view, ElementType>, 10> kStorageTypes{{
    {"torch.FloatStorage", ElementType::kFloat32},
    {"torch.HalfStorage", ElementType::kFloat16},
    {"torch.BFloat16Storage", ElementType::kBfloat16},
    {"torch.DoubleStorage", ElementType::kFloat64},
    {"torch.LongStorage", ElementType::kInteger64},
    {"torch.IntStorage", ElementType::kInteger32},
    {"torch.ShortStorage", ElementType::kInteger16},
    {"torch.CharStorage", ElementType::kInteger8},
    {"torch.ByteStorage", ElementType::kInteger8},
    {"torch.BoolStorage", ElementType::kInteger8},
}};

/// A training's checkpoint has some thousand tensors, its optimiser's among them.
constexpr std::size_t kMaxPlaces = 65536;
constexpr std::size_t kMaxPath = 512;

[[noreturn]] void refuse_state_dict(const std::string& what, const std::string& where) {
  throw InputError(what, where, "save it again with torch.save(model.state_dict(), …)");
}

/// Short enough that copies of it cost nothing.
bool is_name(const Value& value) {
  return value.kind == Kind::kText && value.text.size() <= 256;
}

std::int64_t integer(const Pickle& pickle, Ref ref, const std::string& where) {
  if (pickle[ref].kind != Kind::kInteger) {
    refuse_state_dict("a tensor is described by something that is no number", where);
  }
  return pickle[ref].integer;
}

std::vector<std::int64_t> integers(const Pickle& pickle, Ref ref, const std::string& where) {
  if (pickle[ref].kind != Kind::kTuple || pickle[ref].items.size() > 8) {
    refuse_state_dict("a tensor's shape is no short tuple", where);
  }
  std::vector<std::int64_t> numbers;
  for (const Ref item : pickle[ref].items) {
    numbers.push_back(integer(pickle, item, where));
  }
  return numbers;
}

ElementType storage_type(const std::string& name, const std::string& where) {
  for (const auto& [known, type] : kStorageTypes) {
    if (known == name) {
      return type;
    }
  }
  refuse_state_dict("a tensor is stored as " + name.substr(0, 80), where);
}

/// Legacy files may say that a storage is a view (key, offset, elements) into the one named.
std::int64_t view_offset(const Pickle& pickle, const Value& id, const std::string& where) {
  if (id.items.size() < 6 || pickle[id.items[5]].kind != Kind::kTuple) {
    return 0;
  }
  const auto& view = pickle[id.items[5]].items;
  const std::int64_t offset = view.size() == 3 ? integer(pickle, view[1], where) : -1;
  if (offset < 0) {
    refuse_state_dict("a storage is described in an unknown way", where);
  }
  return offset;
}

/// A persistent id: ('storage', type, key, location, elements[, view]).
StoredTensor storage_of(const Pickle& pickle, const Value& id, const std::string& where) {
  if (id.items.size() < 5 || pickle[id.items[0]].text != "storage" ||
      pickle[id.items[1]].kind != Kind::kGlobal || !is_name(pickle[id.items[2]])) {
    refuse_state_dict("a storage is described in an unknown way", where);
  }
  StoredTensor window;
  window.type = storage_type(pickle[id.items[1]].text, where);
  window.storage = pickle[id.items[2]].text;
  window.storage_elements = integer(pickle, id.items[4], where);
  if (window.storage_elements < 0) {
    refuse_state_dict("a storage has a negative size", where);
  }
  window.offset = view_offset(pickle, id, where);
  return window;
}

/// _rebuild_tensor_v2(storage, offset, shape, strides, …).
StoredTensor tensor_of(const Pickle& pickle, const std::string& name, const Value& value,
                       const std::string& where) {
  const Value& storage = pickle[value.items[0]];
  if (storage.kind != Kind::kStorage) {
    refuse_state_dict("tensor " + name + " has no storage", where);
  }
  StoredTensor tensor = storage_of(pickle, storage, where);
  tensor.name = name;
  if (__builtin_add_overflow(tensor.offset, integer(pickle, value.items[1], where),
                             &tensor.offset)) {
    refuse_state_dict("tensor " + name + " has an impossible offset", where);
  }
  tensor.shape = integers(pickle, value.items[2], where);
  tensor.strides = integers(pickle, value.items[3], where);
  check_window(tensor, where);
  return tensor;
}

/// Walks through everything that a pickle's value holds, without recursion: a pickle may nest its
/// containers as deep as it likes.
class Walk {
 public:
  Walk(const Pickle& pickle, const std::string& where) : pickle_(pickle), where_(where) {
    seen_.resize(pickle.values.size());
    put(pickle.root, "");
  }

  std::vector<StoredTensor> tensors() {
    std::vector<StoredTensor> tensors;
    while (!pending_.empty()) {
      const auto [ref, path] = std::move(pending_.back());
      pending_.pop_back();
      const Value& value = pickle_[ref];
      if (value.kind == Kind::kTensor) {
        tensors.push_back(tensor_of(pickle_, path, value, where_));
      } else {
        put_contents(value, path);
      }
    }
    return tensors;
  }

 private:
  struct Place {
    Ref ref = 0;
    std::string path;
  };

  /// Notes what is still to be visited, unless it holds no tensors or was met before.
  void put(Ref ref, std::string path) {
    const Kind kind = pickle_[ref].kind;
    const bool container = kind == Kind::kDict || kind == Kind::kList || kind == Kind::kTuple;
    if ((!container && kind != Kind::kTensor) || path.size() > kMaxPath) {
      return;
    }
    if (container && seen_[ref]) {
      return;
    }
    seen_[ref] = true;
    if (++places_ > kMaxPlaces) {
      refuse_state_dict("the checkpoint holds too many tensors", where_);
    }
    pending_.push_back({ref, std::move(path)});
  }

  /// The last one goes first onto the stack, so that the first one comes first off it.
  void put_contents(const Value& value, const std::string& path) {
    const bool dict = value.kind == Kind::kDict;
    const std::string prefix = path.empty() ? "" : path + ".";
    const std::size_t step = dict ? 2 : 1;
    for (std::size_t i = value.items.size() / step; i-- > 0;) {
      const std::string name = dict ? key_text(value.items[2 * i]) : std::to_string(i);
      if (!name.empty()) {
        put(value.items[step * i + step - 1], prefix + name);
      }
    }
  }

  /// "" for keys that are neither text nor number.
  [[nodiscard]] std::string key_text(Ref ref) const {
    const Value& key = pickle_[ref];
    if (key.kind == Kind::kInteger) {
      return std::to_string(key.integer);
    }
    return is_name(key) ? key.text : "";
  }

  const Pickle& pickle_;
  const std::string& where_;
  std::vector<bool> seen_;
  std::vector<Place> pending_;
  std::size_t places_ = 0;
};

}  // namespace

PickledTensors tensors_in(const Pickle& pickle, const std::string& where) {
  PickledTensors found;
  found.tensors = Walk(pickle, where).tensors();
  for (const Value& value : pickle.values) {
    if (value.kind == Kind::kStorage) {
      const StoredTensor storage = storage_of(pickle, value, where);
      const Storage entry{storage.type, storage.storage_elements};
      const auto [at, added] = found.storages.emplace(storage.storage, entry);
      if (!added && (at->second.type != entry.type || at->second.elements != entry.elements)) {
        refuse_state_dict("a storage is described in two ways", where);
      }
    }
  }
  return found;
}

}  // namespace impasto
