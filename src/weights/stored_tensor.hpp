// A tensor as a checkpoint describes it: element type, shape, and where in which storage its values
// lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace impasto {

/// A tensor of a checkpoint, known by name and shape; its values are read when they are asked for.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::function<std::vector<float>()> load;  ///< row-major; throws InputError
};

/// Integers are only ever stepped over.
enum class ElementType {
  kFloat32,
  kFloat16,
  kBfloat16,
  kFloat64,
  kInteger8,
  kInteger16,
  kInteger32,
  kInteger64
};

/// Bytes per element.
std::int64_t size_of(ElementType type);

/// A strided window onto a storage. Offsets and strides count elements.
struct StoredTensor {
  std::string name;
  ElementType type = ElementType::kFloat32;
  std::string storage;  ///< key of the storage within the file
  std::int64_t storage_elements = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// Throws InputError unless shape, strides and offset stay within the storage, without any
/// overflow.
void check_window(const StoredTensor& tensor, const std::string& where);

/// Reads bytes of the tensor's storage, counted from its beginning.
using ReadStorage = std::function<void(std::uint64_t offset, std::span<std::byte> out)>;

/// The tensor's values in row-major order, as floats. The tensor has passed check_window.
/// Throws InputError for a type that is no float, or whatever `read` throws.
std::vector<float> read_values(const StoredTensor& tensor, const ReadStorage& read,
                               const std::string& where);

/// IEEE 754 binary16 and the upper half of binary32.
float float_from_half(std::uint16_t bits);
float float_from_bfloat16(std::uint16_t bits);

}  // namespace impasto
