#include "weights/state_dict.hpp"

#include <array>
#include <optional>
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

constexpr std::size_t kMaxTensors = 4096;

[[noreturn]] void refuse(const std::string& what, const std::string& where) {
  throw InputError(what, where, "save it again with torch.save(model.state_dict(), …)");
}

/// Short enough that copies of it cost nothing.
bool is_name(const Value& value) {
  return value.kind == Kind::kText && value.text.size() <= 256;
}

std::int64_t integer(const Pickle& pickle, Ref ref, const std::string& where) {
  if (pickle[ref].kind != Kind::kInteger) {
    refuse("a tensor is described by something that is no number", where);
  }
  return pickle[ref].integer;
}

std::vector<std::int64_t> integers(const Pickle& pickle, Ref ref, const std::string& where) {
  if (pickle[ref].kind != Kind::kTuple || pickle[ref].items.size() > 8) {
    refuse("a tensor's shape is no short tuple", where);
  }
  std::vector<std::int64_t> numbers;
  for (const Ref item : pickle[ref].items) {
    numbers.push_back(integer(pickle, item, where));
  }
  return numbers;
}

ElementType element_type(const std::string& name, const std::string& where) {
  for (const auto& [known, type] : kStorageTypes) {
    if (known == name) {
      return type;
    }
  }
  refuse("a tensor is stored as " + name.substr(0, 80), where);
}

/// Legacy files may say that a storage is a view (key, offset, elements) into the one named.
std::int64_t view_offset(const Pickle& pickle, const Value& id, const std::string& where) {
  if (id.items.size() < 6 || pickle[id.items[5]].kind != Kind::kTuple) {
    return 0;
  }
  const auto& view = pickle[id.items[5]].items;
  const std::int64_t offset = view.size() == 3 ? integer(pickle, view[1], where) : -1;
  if (offset < 0) {
    refuse("a storage is described in an unknown way", where);
  }
  return offset;
}

/// A persistent id: ('storage', type, key, location, elements[, view]).
StoredTensor storage_of(const Pickle& pickle, const Value& id, const std::string& where) {
  if (id.items.size() < 5 || pickle[id.items[0]].text != "storage" ||
      pickle[id.items[1]].kind != Kind::kGlobal || !is_name(pickle[id.items[2]])) {
    refuse("a storage is described in an unknown way", where);
  }
  StoredTensor window;
  window.type = element_type(pickle[id.items[1]].text, where);
  window.storage = pickle[id.items[2]].text;
  window.storage_elements = integer(pickle, id.items[4], where);
  if (window.storage_elements < 0) {
    refuse("a storage has a negative size", where);
  }
  window.offset = view_offset(pickle, id, where);
  return window;
}

/// _rebuild_tensor_v2(storage, offset, shape, strides, …).
StoredTensor tensor_of(const Pickle& pickle, const std::string& name, const Value& value,
                       const std::string& where) {
  const Value& storage = pickle[value.items[0]];
  if (storage.kind != Kind::kStorage) {
    refuse("tensor " + name + " has no storage", where);
  }
  StoredTensor tensor = storage_of(pickle, storage, where);
  tensor.name = name;
  if (__builtin_add_overflow(tensor.offset, integer(pickle, value.items[1], where),
                             &tensor.offset)) {
    refuse("tensor " + name + " has an impossible offset", where);
  }
  tensor.shape = integers(pickle, value.items[2], where);
  tensor.strides = integers(pickle, value.items[3], where);
  check_window(tensor, where);
  return tensor;
}

bool holds_tensors(const Pickle& pickle, const Value& dict) {
  for (std::size_t i = 1; i < dict.items.size(); i += 2) {
    if (pickle[dict.items[i]].kind == Kind::kTensor) {
      return true;
    }
  }
  return false;
}

/// The dict under "state_dict" or "model".
const Value* nested(const Pickle& pickle, const Value& dict) {
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const Value& key = pickle[dict.items[i]];
    const Value& value = pickle[dict.items[i + 1]];
    const bool named = key.kind == Kind::kText && (key.text == "state_dict" || key.text == "model");
    if (named && value.kind == Kind::kDict && holds_tensors(pickle, value)) {
      return &value;
    }
  }
  return nullptr;
}

const Value& dict_of(const Pickle& pickle, const std::string& where) {
  const Value& root = pickle[pickle.root];
  if (root.kind == Kind::kDict) {
    if (holds_tensors(pickle, root)) {
      return root;
    }
    if (const Value* inner = nested(pickle, root)) {
      return *inner;
    }
  }
  refuse("the checkpoint holds no state dict", where);
}

}  // namespace

StateDict find_state_dict(const Pickle& pickle, const std::string& where) {
  StateDict found;
  const Value& dict = dict_of(pickle, where);
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const Value& key = pickle[dict.items[i]];
    const Value& value = pickle[dict.items[i + 1]];
    if (found.tensors.size() >= kMaxTensors) {
      refuse("the checkpoint holds too many tensors", where);
    }
    if (is_name(key) && value.kind == Kind::kTensor) {
      found.tensors.push_back(tensor_of(pickle, key.text, value, where));
    }
  }
  for (const Value& value : pickle.values) {
    if (value.kind == Kind::kStorage) {
      const StoredTensor storage = storage_of(pickle, value, where);
      const Storage entry{storage.type, storage.storage_elements};
      const auto [at, added] = found.storages.emplace(storage.storage, entry);
      if (!added && (at->second.type != entry.type || at->second.elements != entry.elements)) {
        refuse("a storage is described in two ways", where);
      }
    }
  }
  return found;
}

}  // namespace impasto
