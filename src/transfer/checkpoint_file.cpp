// Checkpoints as safetensors files: eight bytes of header length, a JSON header, then float32
// arrays one after another.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/transfer.hpp"

namespace impasto {
namespace {

using Json = nlohmann::json;

constexpr const char* kFormat = "impasto checkpoint 1";
constexpr std::size_t kLargestFile = std::size_t{16} << 30U;
static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

[[noreturn]] void refuse(const std::string& what, const std::string& path) {
  throw InputError(what, path, "name a checkpoint that an interrupted impasto transfer wrote");
}

/// Collects arrays and their places in the file.
class Writer {
 public:
  void add(const std::string& name, const std::vector<float>& values) {
    const std::size_t begin = bytes_.size();
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    header_[name] = {
        {"dtype", "F32"}, {"shape", {values.size()}}, {"data_offsets", {begin, bytes_.size()}}};
  }
  void describe(const Json& description) {
    header_["__metadata__"] = {{"format", kFormat}, {"checkpoint", description.dump()}};
  }
  [[nodiscard]] std::string file() const {
    std::string header = header_.dump();
    header.append((8 - header.size() % 8) % 8, ' ');
    const std::uint64_t size = header.size();
    std::string text(reinterpret_cast<const char*>(&size), sizeof size);
    return text + header + bytes_;
  }

 private:
  Json header_;
  std::string bytes_;
};

/// Finds arrays again, believing nothing that the file says about itself.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(read_file(path, kLargestFile)) {
    std::uint64_t size = 0;
    if (file_.size() < sizeof size) {
      refuse("not a checkpoint", path_);
    }
    std::memcpy(&size, file_.data(), sizeof size);
    if (size > file_.size() - sizeof size) {
      refuse("not a checkpoint", path_);
    }
    data_ = sizeof size + size;
    header_ = Json::parse(file_.begin() + sizeof size,
                          file_.begin() + static_cast<std::ptrdiff_t>(data_));
    if (header_.at("__metadata__").at("format") != kFormat) {
      refuse("not a checkpoint", path_);
    }
  }

  [[nodiscard]] Json description() const {
    return Json::parse(header_.at("__metadata__").at("checkpoint").get<std::string>());
  }

  [[nodiscard]] std::vector<float> array(const std::string& name) const {
    const Json& offsets = header_.at(name).at("data_offsets");
    const auto begin = offsets.at(0).get<std::size_t>();
    const auto end = offsets.at(1).get<std::size_t>();
    if (begin > end || end > file_.size() - data_ || (end - begin) % sizeof(float) != 0) {
      refuse("the checkpoint is truncated", path_);
    }
    std::vector<float> values((end - begin) / sizeof(float));
    std::copy_n(file_.data() + data_ + begin, end - begin, reinterpret_cast<char*>(values.data()));
    for (const float value : values) {
      if (!std::isfinite(value)) {
        refuse("the checkpoint holds values that are not finite", path_);
      }
    }
    return values;
  }

 private:
  std::string path_;
  std::string file_;
  std::size_t data_ = 0;
  Json header_;
};

Json trace_json(const std::vector<TraceRow>& trace) {
  Json rows = Json::array();
  for (const TraceRow& row : trace) {
    rows.push_back(
        {row.iteration, row.scale, row.total, row.content, row.style, row.tv, row.seconds});
  }
  return rows;
}

std::vector<TraceRow> trace_of(const Json& rows) {
  std::vector<TraceRow> trace;
  trace.reserve(rows.size());
  for (const Json& row : rows) {
    trace.push_back({row.at(0), row.at(1), row.at(2), row.at(3), row.at(4), row.at(5), row.at(6)});
  }
  return trace;
}

Checkpoint read_checked(const std::string& path) {
  const Reader reader(path);
  const Json json = reader.description();
  Checkpoint checkpoint;
  json.at("inputs").get_to(checkpoint.inputs);
  json.at("settings").get_to(checkpoint.settings);
  json.at("scale").get_to(checkpoint.scale);
  json.at("evaluations").get_to(checkpoint.evaluations);
  json.at("style_weight").get_to(checkpoint.style_weight);
  checkpoint.trace = trace_of(json.at("trace"));
  json.at("optimizer_numbers").get_to(checkpoint.optimizer.numbers);
  json.at("width").get_to(checkpoint.picture.width);
  json.at("height").get_to(checkpoint.picture.height);
  checkpoint.picture.rgb = reader.array("picture");
  const auto vectors = json.at("optimizer_vectors").get<std::size_t>();
  for (std::size_t n = 0; n < vectors; ++n) {
    checkpoint.optimizer.vectors.push_back(reader.array("optimizer." + std::to_string(n)));
  }
  const Image& picture = checkpoint.picture;
  const bool plausible = checkpoint.scale >= 1 && checkpoint.evaluations >= 0 &&
                         picture.width >= 1 && picture.width <= 32768 && picture.height >= 1 &&
                         picture.height <= 32768 &&
                         static_cast<std::int64_t>(picture.rgb.size()) == 3 * picture.pixels() &&
                         std::isfinite(checkpoint.style_weight);
  if (!plausible) {
    refuse("the checkpoint contradicts itself", path);
  }
  return checkpoint;
}

}  // namespace

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  Writer writer;
  writer.add("picture", checkpoint.picture.rgb);
  for (std::size_t n = 0; n < checkpoint.optimizer.vectors.size(); ++n) {
    writer.add("optimizer." + std::to_string(n), checkpoint.optimizer.vectors[n]);
  }
  writer.describe({{"inputs", checkpoint.inputs},
                   {"settings", checkpoint.settings},
                   {"scale", checkpoint.scale},
                   {"evaluations", checkpoint.evaluations},
                   {"style_weight", checkpoint.style_weight},
                   {"width", checkpoint.picture.width},
                   {"height", checkpoint.picture.height},
                   {"trace", trace_json(checkpoint.trace)},
                   {"optimizer_numbers", checkpoint.optimizer.numbers},
                   {"optimizer_vectors", checkpoint.optimizer.vectors.size()}});
  write_file(path, writer.file());
}

Checkpoint read_checkpoint_file(const std::string& path) {
  try {
    return read_checked(path);
  } catch (const Json::exception&) {
    refuse("not a checkpoint, or a damaged one", path);
  }
}

}  // namespace impasto
