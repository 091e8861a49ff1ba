// A state dict: names and the tensors that they stand for, as found in a pickle.
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

struct StateDict {
  std::vector<StoredTensor> tensors;
  std::map<std::string, Storage>
      storages;  ///< by key; in legacy files not all belong to a tensor here
};

/// Finds the state dict: the pickle's own value, or what it holds under "state_dict" or "model".
/// Entries that are no tensors are left out. Throws InputError when there is none or when a tensor
/// does not fit its storage.
StateDict find_state_dict(const pickle::Pickle& pickle, const std::string& where);

}  // namespace impasto
