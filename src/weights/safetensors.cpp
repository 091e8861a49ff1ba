#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

#include "core/nesting.hpp"
#include "core/shortage.hpp"
#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/input_file.hpp"

namespace impasto {

namespace {

// Keeps its keys in the order of the file.
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxHeader = std::uint64_t{4} << 20U;

[[noreturn]] void refuse_safetensors(const std::string& what, const std::string& where) {
  throw InputError(what, where, "the safetensors file is damaged; download or save it again");
}

/// A name that stands twice means one thing to one reader and another to the next.
void refuse_doubled_names(const std::string& text, const std::string& where) {
  constexpr int kTensorDepth = 1;
  std::set<std::string> names;
  const auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == kTensorDepth &&
        !names.insert(parsed.get<std::string>()).second) {
      refuse_safetensors(
          "the tensor " + parsed.get<std::string>().substr(0, 80) + " is there twice", where);
    }
    return true;
  };
  [[maybe_unused]] const Json walked = Json::parse(text, check, false);
}

Json read_header(InputFile& file, std::uint64_t& data) {
  std::uint64_t size = 0;
  file.read(0, std::as_writable_bytes(std::span(&size, 1)));
  if (size > kMaxHeader || size > file.size() - sizeof size) {
    refuse_safetensors("the header is longer than the file or than any header needs", file.path());
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  file.read(sizeof size, std::as_writable_bytes(std::span(text)));
  data = sizeof size + size;
  if (json_nests_deeper(text)) {
    refuse_safetensors("the header nests deeper than any header needs", file.path());
  }
  require_memory_for_json(text.size(), file.path());
  refuse_doubled_names(text, file.path());
  Json header = Json::parse(text, nullptr, false);
  if (!header.is_object()) {
    refuse_safetensors("the header is no JSON object", file.path());
  }
  return header;
}

ElementType named_type(const std::string& name, const std::string& where) {
  static const std::vector<std::pair<std::string, ElementType>> types{
      {"F32", ElementType::kFloat32},   {"F16", ElementType::kFloat16},
      {"BF16", ElementType::kBfloat16}, {"F64", ElementType::kFloat64},
      {"I64", ElementType::kInteger64}, {"I32", ElementType::kInteger32},
      {"I16", ElementType::kInteger16}, {"I8", ElementType::kInteger8},
      {"U8", ElementType::kInteger8},   {"BOOL", ElementType::kInteger8}};
  for (const auto& [known, type] : types) {
    if (known == name) {
      return type;
    }
  }
  refuse_safetensors("a tensor has the unknown type " + name.substr(0, 80), where);
}

std::vector<std::int64_t> row_major(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    if (__builtin_mul_overflow(strides[axis], shape[axis], &strides[axis - 1])) {
      strides[axis - 1] = -1;  // check_window refuses it
    }
  }
  return strides;
}

/// `{"dtype": "F32", "shape": [64, 3, 3, 3], "data_offsets": [begin, end]}`
StoredTensor tensor_of(const std::string& name, const Json& entry, std::uint64_t data_size,
                       const std::string& where) {
  StoredTensor tensor;
  std::vector<std::uint64_t> range;
  try {
    tensor.name = name;
    tensor.type = named_type(entry.at("dtype").get<std::string>(), where);
    tensor.shape = entry.at("shape").get<std::vector<std::int64_t>>();
    range = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
    const auto whole = [](const Json& number) { return number.is_number_unsigned(); };
    const auto all_whole = [&](const char* key) {
      return std::all_of(entry.at(key).begin(), entry.at(key).end(), whole);
    };
    if (!all_whole("shape") || !all_whole("data_offsets")) {
      refuse_safetensors("tensor " + name + " has a size or place that is no whole number", where);
    }
  } catch (const Json::exception&) {
    refuse_safetensors("tensor " + name + " is described in an unknown way", where);
  }
  const auto element = static_cast<std::uint64_t>(size_of(tensor.type));
  if (range.size() != 2 || range[0] > range[1] || range[1] > data_size) {
    refuse_safetensors("tensor " + name + " lies outside of the file", where);
  }
  tensor.strides = row_major(tensor.shape);
  tensor.storage_elements = static_cast<std::int64_t>((range[1] - range[0]) / element);
  check_window(tensor, where);
  // The format allows neither gaps nor spare bytes.
  const std::int64_t elements = std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                                std::int64_t{1}, std::multiplies<>());
  if (static_cast<std::uint64_t>(elements) * element != range[1] - range[0]) {
    refuse_safetensors("tensor " + name + " has another number of bytes than its shape says",
                       where);
  }
  return tensor;
}

/// Tensors lie one after the other, each byte in one of them.
void refuse_overlaps(std::vector<std::array<std::uint64_t, 2>> ranges, const std::string& where) {
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t end = 0;
  for (const auto& range : ranges) {
    if (range[0] < end) {
      refuse_safetensors("two tensors share the same bytes", where);
    }
    end = range[1];
  }
}

}  // namespace

TensorList list_safetensors(const std::string& path) {
  const auto file = std::make_shared<InputFile>(path);
  std::uint64_t data = 0;
  const Json header = read_header(*file, data);
  TensorList list;
  // Writers sort by type and name: the order says nothing about the network's.
  list.in_order = false;
  std::vector<std::array<std::uint64_t, 2>> ranges;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      continue;
    }
    const StoredTensor tensor = tensor_of(name, entry, file->size() - data, path);
    const auto range = entry["data_offsets"].get<std::array<std::uint64_t, 2>>();
    ranges.push_back(range);
    const auto load = [file, tensor, begin = data + range[0]] {
      const auto read = [&](std::uint64_t offset, std::span<std::byte> out) {
        file->read(begin + offset, out);
      };
      return read_values(tensor, read, file->path());
    };
    list.tensors.push_back({name, tensor.shape, load});
  }
  refuse_overlaps(std::move(ranges), path);
  return list;
}

}  // namespace impasto
