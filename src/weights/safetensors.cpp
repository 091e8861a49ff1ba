#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "impasto/error.hpp"
#include "weights/checkpoint_readers.hpp"
#include "weights/input_file.hpp"

namespace impasto {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxHeader = std::uint64_t{4} << 20U;

[[noreturn]] void refuse(const std::string& what, const std::string& where) {
  throw InputError(what, where, "the safetensors file is damaged; download or save it again");
}

Json read_header(InputFile& file, std::uint64_t& data) {
  std::uint64_t size = 0;
  file.read(0, std::as_writable_bytes(std::span(&size, 1)));
  if (size > kMaxHeader || size > file.size() - sizeof size) {
    refuse("the header is longer than the file or than any header needs", file.path());
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  file.read(sizeof size, std::as_writable_bytes(std::span(text)));
  data = sizeof size + size;
  Json header = Json::parse(text, nullptr, false);
  if (!header.is_object()) {
    refuse("the header is no JSON object", file.path());
  }
  return header;
}

ElementType element_type(const std::string& name, const std::string& where) {
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
  refuse("a tensor has the unknown type " + name.substr(0, 80), where);
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
    tensor.type = element_type(entry.at("dtype").get<std::string>(), where);
    tensor.shape = entry.at("shape").get<std::vector<std::int64_t>>();
    range = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
  } catch (const Json::exception&) {
    refuse("tensor " + name + " is described in an unknown way", where);
  }
  const auto element = static_cast<std::uint64_t>(size_of(tensor.type));
  if (range.size() != 2 || range[0] > range[1] || range[1] > data_size) {
    refuse("tensor " + name + " lies outside of the file", where);
  }
  tensor.strides = row_major(tensor.shape);
  tensor.storage_elements = static_cast<std::int64_t>((range[1] - range[0]) / element);
  check_window(tensor, where);
  return tensor;
}

}  // namespace

std::vector<NamedTensor> list_safetensors(const std::string& path) {
  const auto file = std::make_shared<InputFile>(path);
  std::uint64_t data = 0;
  const Json header = read_header(*file, data);
  std::vector<NamedTensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      continue;
    }
    const StoredTensor tensor = tensor_of(name, entry, file->size() - data, path);
    const std::uint64_t begin = data + entry["data_offsets"][0].get<std::uint64_t>();
    const auto load = [file, tensor, begin] {
      const auto read = [&](std::uint64_t offset, std::span<std::byte> out) {
        file->read(begin + offset, out);
      };
      return read_values(tensor, read, file->path());
    };
    tensors.push_back({name, tensor.shape, load});
  }
  return tensors;
}

}  // namespace impasto
