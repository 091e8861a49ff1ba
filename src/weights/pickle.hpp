// Reads the small part of Python's pickle language that a PyTorch state dict is written in
// (protocols 2 to 4).
//
// A pickle is a program for a stack machine, and Python's own machine calls whatever function it
// names. This one calls nothing: the few names that a state dict needs turn into plain data, those
// of plain things that people save beside one (an accuracy, the options of a run) into nothing, and
// every other name is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace impasto::pickle {

enum class Kind {
  kNone,
  kBoolean,
  kInteger,
  kBigInteger,  ///< does not fit 64 bits: `text` holds its bytes, little-endian
  kReal,
  kText,
  kTuple,
  kList,
  kDict,     ///< `items`: key, value, key, value, …
  kGlobal,   ///< `text`: "module.name", one of those allowed
  kStorage,  ///< a persistent id: `items` of its tuple
  kTensor,   ///< `items`: storage, offset, shape, strides, …
  kOther,    ///< something beside the tensors of which nothing is kept
};

/// Index of a value within its pickle. Values that contain themselves therefore own nothing twice
/// and leak nothing.
using Ref = std::uint32_t;

struct Value {
  Kind kind = Kind::kNone;
  std::int64_t integer = 0;
  double real = 0;
  std::string text{};
  std::vector<Ref> items{};
};

struct Pickle {
  std::vector<Value> values;
  Ref root = 0;
  std::size_t size = 0;  ///< bytes that the pickle took

  [[nodiscard]] const Value& operator[](Ref ref) const { return values[ref]; }
};

/// Reads the pickle that `bytes` begins with. Throws InputError when it is damaged, too large, or
/// uses anything that a state dict does not.
Pickle parse(std::string_view bytes, const std::string& where);

}  // namespace impasto::pickle
