// Classic mistakes in a backward pass, to be put in on purpose: what a gradient check says to each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"

namespace impasto {

enum class Mistake {
  kReluMask,    ///< dx = dy, wherever ReLU was off
  kFilterFlip,  ///< dx[c] = Σ_k w[k,c] ⋆ dz[k], the filters not turned by 180°
  kPoolRoute,   ///< max pooling's dy goes to all four pixels of its window
  kGramFactor,  ///< 2 (G − A) F instead of 4 (G − A) F
};

/// A mistake in words.
struct MistakeEntry {
  Mistake mistake;
  std::string name;               ///< "relu-mask"
  std::string broken;             ///< what was done wrong
  std::string lesson;             ///< which rows fail, and what the errors' size says
  std::vector<std::string> keys;  ///< DifferentiableOperation::key of those that it can spoil
};

const std::vector<MistakeEntry>& mistake_table();

/// Forwards every operation to `inner`, which must outlive it, but for the backward passes that the
/// mistake spoils. Forward passes and losses' values stay right. `inner` is a reference backend: in
/// others feature maps are not plain.
std::unique_ptr<Backend> make_broken_backend(Backend& inner, Mistake mistake);

}  // namespace impasto
