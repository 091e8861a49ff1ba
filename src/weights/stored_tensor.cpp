#include "weights/stored_tensor.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "impasto/error.hpp"

namespace impasto {

// Values are copied as they lie in the file.
static_assert(std::endian::native == std::endian::little);

namespace {

[[noreturn]] void refuse(const StoredTensor& tensor, const std::string& what,
                         const std::string& where) {
  throw InputError("tensor " + tensor.name + " " + what, where,
                   "the checkpoint is damaged; download or save it again");
}

/// a · b + c, all of them ≥ 0. False on overflow.
bool multiply_add(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t& result) {
  std::int64_t product = 0;
  return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, &product) &&
         !__builtin_add_overflow(product, c, &result);
}

/// Elements that the tensor has, and elements that it stretches over in its storage.
struct Extent {
  std::int64_t elements = 1;
  std::int64_t span = 1;
};

Extent extent_of(const StoredTensor& tensor, const std::string& where) {
  if (tensor.shape.size() != tensor.strides.size() || tensor.shape.size() > 8) {
    refuse(tensor, "has strides that do not fit its shape", where);
  }
  Extent extent;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (!multiply_add(extent.elements, tensor.shape[i], 0, extent.elements)) {
      refuse(tensor, "declares an impossible shape", where);
    }
  }
  if (extent.elements == 0) {
    return {0, 0};
  }
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (!multiply_add(tensor.shape[i] - 1, tensor.strides[i], extent.span, extent.span)) {
      refuse(tensor, "declares impossible strides", where);
    }
  }
  return extent;
}

template <typename Bits, typename Convert>
std::vector<float> convert(const std::vector<std::byte>& bytes, Convert to_float) {
  std::vector<float> values(bytes.size() / sizeof(Bits));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Bits bits{};
    std::memcpy(&bits, bytes.data() + i * sizeof(Bits), sizeof(Bits));
    values[i] = to_float(bits);
  }
  return values;
}

/// `count` consecutive elements from the tensor's offset on.
std::vector<float> read_run(const StoredTensor& tensor, std::size_t count, const ReadStorage& read,
                            const std::string& where) {
  const auto element = static_cast<std::size_t>(size_of(tensor.type));
  const auto begin = static_cast<std::uint64_t>(tensor.offset) * element;
  if (tensor.type == ElementType::kFloat32) {
    std::vector<float> values(count);
    read(begin, std::as_writable_bytes(std::span(values)));
    return values;
  }
  std::vector<std::byte> bytes(count * element);
  read(begin, bytes);
  switch (tensor.type) {
    case ElementType::kFloat16:
      return convert<std::uint16_t>(bytes, float_from_half);
    case ElementType::kBfloat16:
      return convert<std::uint16_t>(bytes, float_from_bfloat16);
    case ElementType::kFloat64:
      return convert<double>(bytes, [](double value) { return static_cast<float>(value); });
    default:
      throw InputError("tensor " + tensor.name + " holds integers", where,
                       "weights must be float, half, bfloat16 or double");
  }
}

/// Picks the tensor's elements, row-major, out of the run that they are spread over.
std::vector<float> gather(const StoredTensor& tensor, std::size_t elements,
                          const std::vector<float>& run) {
  std::vector<float> values(elements);
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  std::int64_t at = 0;
  for (auto& value : values) {
    value = run[static_cast<std::size_t>(at)];
    for (std::size_t axis = index.size(); axis-- > 0;) {
      at += tensor.strides[axis];
      if (++index[axis] < tensor.shape[axis]) {
        break;
      }
      at -= tensor.strides[axis] * tensor.shape[axis];
      index[axis] = 0;
    }
  }
  return values;
}

bool is_row_major(const StoredTensor& tensor) {
  std::int64_t step = 1;
  for (std::size_t axis = tensor.shape.size(); axis-- > 0;) {
    if (tensor.shape[axis] > 1 && tensor.strides[axis] != step) {
      return false;
    }
    step *= tensor.shape[axis];
  }
  return true;
}

}  // namespace

std::int64_t size_of(ElementType type) {
  switch (type) {
    case ElementType::kInteger8:
      return 1;
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
    case ElementType::kInteger16:
      return 2;
    case ElementType::kFloat32:
    case ElementType::kInteger32:
      return 4;
    case ElementType::kFloat64:
    case ElementType::kInteger64:
      return 8;
  }
  return 1;
}

void check_window(const StoredTensor& tensor, const std::string& where) {
  const Extent extent = extent_of(tensor, where);
  std::int64_t end = 0;
  if (tensor.offset < 0 || !multiply_add(extent.span, 1, tensor.offset, end) ||
      end > tensor.storage_elements || extent.elements > tensor.storage_elements) {
    refuse(tensor, "reaches beyond its storage", where);
  }
}

std::vector<float> read_values(const StoredTensor& tensor, const ReadStorage& read,
                               const std::string& where) {
  const Extent extent = extent_of(tensor, where);
  // A small tensor scattered over a huge storage would cost memory for nothing.
  if (extent.span / 16 > extent.elements) {
    refuse(tensor, "is scattered over its storage", where);
  }
  auto run = read_run(tensor, static_cast<std::size_t>(extent.span), read, where);
  return is_row_major(tensor) ? run
                              : gather(tensor, static_cast<std::size_t>(extent.elements), run);
}

float float_from_half(std::uint16_t bits) {
  const float sign = (bits & 0x8000U) != 0 ? -1.0F : 1.0F;
  const unsigned exponent = (bits >> 10U) & 31U;
  const auto fraction = static_cast<float>(bits & 1023U);
  if (exponent == 0) {
    return sign * std::ldexp(fraction, -24);
  }
  if (exponent == 31) {
    return fraction == 0.0F ? sign * HUGE_VALF : std::nanf("");
  }
  return sign * std::ldexp(fraction + 1024.0F, static_cast<int>(exponent) - 25);
}

float float_from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

}  // namespace impasto
