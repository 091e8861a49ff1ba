// The tensors of a pickle, by their paths.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "weights/pickle.hpp"
#include "weights/stored_tensor.hpp"

namespace impasto {

/// A storage that the pickle mentions.
struct Storage {
  ElementType type = ElementType::kFloat32;
  std::int64_t elements = 0;
};

struct PickledTensors {
  std::vector<StoredTensor> tensors;
  std::map<std::string, Storage> storages;  ///< by key; not all need belong to a tensor here
};

/// Every tensor that a dict, list or tuple holds, at any depth, in the order of the pickle. Its
/// name is the path of keys and places to it: "checkpoint.model.features.0.weight". Containers that
/// are reached by several paths are listed once, by the first. Throws InputError when a tensor does
/// not fit its storage.
PickledTensors tensors_in(const pickle::Pickle& pickle, const std::string& where);

}  // namespace impasto
