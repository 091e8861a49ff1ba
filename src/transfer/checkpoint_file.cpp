// Checkpoints as safetensors files: eight bytes of header length, a JSON header with the file's own
// digest, then float32 arrays one after another.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/files.hpp"
#include "core/nesting.hpp"
#include "core/shortage.hpp"
#include "impasto/error.hpp"
#include "impasto/transfer.hpp"
#include "transfer/checkpoint_seal.hpp"
#include "weights/input_file.hpp"

namespace impasto {
namespace {

using Json = nlohmann::json;

constexpr const char* kFormats = "impasto checkpoint ";
constexpr const char* kFormat = "impasto checkpoint 4";
constexpr std::size_t kLargestFile = std::size_t{16} << 30U;
/// A million evaluations take a hundred.
constexpr std::uint64_t kLargestHeader = std::uint64_t{1} << 30U;
static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

[[noreturn]] void refuse(const std::string& what, const std::string& path) {
  throw InputError(what, path, "name a checkpoint that an interrupted impasto transfer wrote");
}

[[noreturn]] void refuse_damaged(const std::string& how, const std::string& path) {
  throw InputError("the checkpoint is damaged: " + how, path,
                   "copy it again from where it was whole, or begin the transfer anew");
}

/// How each checkpoint begins behind its first eight bytes. The header's keys are in alphabetical
/// order: "__metadata__", and in it "format", come first.
std::string header_begin() {
  return std::string(R"({"__metadata__":{"format":")") + kFormats;
}

bool begins_as_checkpoint(std::string_view file) {
  return file.size() > sizeof(std::uint64_t) &&
         file.substr(sizeof(std::uint64_t)).starts_with(header_begin());
}

/// A number of no sign and no fraction that fits std::int64_t. Any other number, as 1e300, would be
/// turned into anything.
std::int64_t whole(const Json& number, const std::string& path) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!number.is_number_unsigned() || number.get<std::uint64_t>() > kMost) {
    refuse("the checkpoint counts in numbers that are not whole", path);
  }
  return number.get<std::int64_t>();
}

Json parse_json(std::string_view text, const std::string& path) {
  if (json_nests_deeper(text)) {
    refuse_damaged("its header nests too deeply", path);
  }
  require_memory_for_json(text.size(), path);
  return Json::parse(text);
}

std::string numbered(const std::string& name, std::size_t n) {
  return name + "." + std::to_string(n);
}

/// Collects arrays and their places in the file.
class Writer {
 public:
  /// As NAME.0, NAME.1, …
  void add(const std::string& name, const std::vector<std::vector<float>>& arrays) {
    for (std::size_t n = 0; n < arrays.size(); ++n) {
      add(numbered(name, n), arrays[n]);
    }
  }
  void add(const std::string& name, const std::vector<float>& values) {
    const std::size_t begin = bytes_.size();
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    header_[name] = {
        {"dtype", "F32"}, {"shape", {values.size()}}, {"data_offsets", {begin, bytes_.size()}}};
  }
  void describe(const Json& description) {
    header_["__metadata__"] = {
        {"format", kFormat}, {"run", description.dump()}, {"sha256", kUnsealed}};
  }
  [[nodiscard]] std::string file() const {
    std::string header = header_.dump();
    header.append((8 - header.size() % 8) % 8, ' ');
    const std::uint64_t size = header.size();
    std::string text(reinterpret_cast<const char*>(&size), sizeof size);
    text += header;
    text += bytes_;
    seal(text);
    return text;
  }

 private:
  Json header_;
  std::string bytes_;
};

/// Finds arrays again, believing nothing that the file says about itself.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(read_file(path, kLargestFile)) {
    if (!begins_as_checkpoint(file_)) {
      refuse("not a checkpoint", path_);
    }
    std::uint64_t size = 0;
    std::memcpy(&size, file_.data(), sizeof size);
    if (size > file_.size() - sizeof size || size > kLargestHeader) {
      refuse_damaged("it ends within its header", path_);
    }
    data_ = sizeof size + size;
    header_ = parse_json(std::string_view(file_).substr(sizeof size, size), path_);
    if (header_.at("__metadata__").at("format").get<std::string>() != kFormat) {
      throw InputError("the checkpoint is another version's", path_,
                       "go on with the impasto that wrote it");
    }
    if (!is_sealed(file_)) {
      refuse_damaged("its bytes are not those that were written", path_);
    }
  }

  [[nodiscard]] Json description() const {
    return parse_json(header_.at("__metadata__").at("run").get<std::string>(), path_);
  }

  [[nodiscard]] std::vector<float> array(const std::string& name) const {
    const Json& offsets = header_.at(name).at("data_offsets");
    const auto begin = static_cast<std::size_t>(whole(offsets.at(0), path_));
    const auto end = static_cast<std::size_t>(whole(offsets.at(1), path_));
    if (begin > end || end > file_.size() - data_ || (end - begin) % sizeof(float) != 0) {
      refuse_damaged("it ends before its arrays do", path_);
    }
    std::vector<float> values((end - begin) / sizeof(float));
    std::copy_n(file_.data() + data_ + begin, end - begin, reinterpret_cast<char*>(values.data()));
    return values;
  }

  [[nodiscard]] Image picture(const std::string& name, std::int64_t width,
                              std::int64_t height) const {
    constexpr std::int64_t kLongestSide = 32768;
    if (width < 1 || width > kLongestSide || height < 1 || height > kLongestSide) {
      refuse("the checkpoint contradicts itself", path_);
    }
    Image image;
    image.width = width;
    image.height = height;
    image.rgb = array(name);
    if (static_cast<std::int64_t>(image.rgb.size()) != 3 * image.pixels()) {
      refuse("the checkpoint contradicts itself", path_);
    }
    for (const float value : image.rgb) {
      if (!std::isfinite(value)) {
        refuse("the checkpoint holds values that are not finite", path_);
      }
    }
    return image;
  }

  /// The arrays NAME.0, NAME.1, …
  [[nodiscard]] std::vector<std::vector<float>> arrays(const std::string& name) const {
    std::vector<std::vector<float>> values;
    while (header_.contains(numbered(name, values.size()))) {
      values.push_back(array(numbered(name, values.size())));
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

std::vector<TraceRow> trace_of(const Json& rows, const std::string& path) {
  std::vector<TraceRow> trace;
  trace.reserve(rows.size());
  for (const Json& row : rows) {
    trace.push_back({whole(row.at(0), path), whole(row.at(1), path), row.at(2), row.at(3),
                     row.at(4), row.at(5), row.at(6)});
  }
  return trace;
}

/// So many evaluations no plan has, and so many plans' sum overflows nothing.
constexpr std::int64_t kMostEvaluations = std::int64_t{1} << 40;
constexpr std::size_t kMostScales = 1024;

/// Whether the numbers can be those of an interrupted run.
bool is_plausible(const Checkpoint& checkpoint) {
  const auto scales = static_cast<std::int64_t>(checkpoint.plan.size());
  const auto evaluations =
      std::count_if(checkpoint.trace.begin(), checkpoint.trace.end(),
                    [&](const TraceRow& row) { return row.scale == checkpoint.scale; });
  std::int64_t iteration = 0;
  std::int64_t scale = 1;
  const bool in_order =
      std::all_of(checkpoint.trace.begin(), checkpoint.trace.end(), [&](const TraceRow& row) {
        const bool follows = row.iteration == iteration + 1 && row.scale >= scale &&
                             row.scale <= checkpoint.scale && std::isfinite(row.total);
        iteration = row.iteration;
        scale = row.scale;
        return follows;
      });
  const bool planned =
      std::all_of(checkpoint.plan.begin(), checkpoint.plan.end(),
                  [](std::int64_t count) { return count >= 1 && count <= kMostEvaluations; }) &&
      checkpoint.plan.size() <= kMostScales;
  return in_order && planned && checkpoint.scale >= 1 && checkpoint.scale <= scales &&
         checkpoint.evaluations == evaluations &&
         evaluations <= checkpoint.plan[static_cast<std::size_t>(checkpoint.scale - 1)] &&
         checkpoint.retries >= 0 && std::isfinite(checkpoint.style_weight);
}

Checkpoint read_checked(const std::string& path) {
  const Reader reader(path);
  const Json json = reader.description();
  Checkpoint checkpoint;
  json.at("content").get_to(checkpoint.inputs.content);
  json.at("styles").get_to(checkpoint.inputs.styles);
  json.at("weights").get_to(checkpoint.inputs.weights);
  json.at("settings").get_to(checkpoint.settings);
  for (const Json& count : json.at("plan")) {
    checkpoint.plan.push_back(whole(count, path));
  }
  checkpoint.scale = whole(json.at("scale"), path);
  checkpoint.evaluations = whole(json.at("evaluations"), path);
  checkpoint.retries = whole(json.at("retries"), path);
  json.at("style_weight").get_to(checkpoint.style_weight);
  checkpoint.trace = trace_of(json.at("trace"), path);
  const std::int64_t width = whole(json.at("width"), path);
  const std::int64_t height = whole(json.at("height"), path);
  checkpoint.picture = reader.picture("picture", width, height);
  checkpoint.good = reader.picture("good", width, height);
  checkpoint.start = reader.picture("start", width, height);
  json.at("optimizer_numbers").get_to(checkpoint.optimizer.numbers);
  checkpoint.optimizer.pairs = reader.arrays("optimizer.pairs");
  checkpoint.optimizer.vectors = reader.arrays("optimizer.vectors");
  if (!is_plausible(checkpoint)) {
    refuse("the checkpoint contradicts itself", path);
  }
  return checkpoint;
}

std::string file_of(const Checkpoint& checkpoint) {
  Writer writer;
  writer.add("picture", checkpoint.picture.rgb);
  writer.add("good", checkpoint.good.rgb);
  writer.add("start", checkpoint.start.rgb);
  writer.add("optimizer.pairs", checkpoint.optimizer.pairs);
  writer.add("optimizer.vectors", checkpoint.optimizer.vectors);
  writer.describe({{"content", checkpoint.inputs.content},
                   {"styles", checkpoint.inputs.styles},
                   {"weights", checkpoint.inputs.weights},
                   {"settings", checkpoint.settings},
                   {"plan", checkpoint.plan},
                   {"scale", checkpoint.scale},
                   {"evaluations", checkpoint.evaluations},
                   {"retries", checkpoint.retries},
                   {"style_weight", checkpoint.style_weight},
                   {"width", checkpoint.picture.width},
                   {"height", checkpoint.picture.height},
                   {"trace", trace_json(checkpoint.trace)},
                   {"optimizer_numbers", checkpoint.optimizer.numbers}});
  return writer.file();
}

}  // namespace

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  write_file(path, file_of(checkpoint));
}

bool create_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  return create_file(path, file_of(checkpoint));
}

bool is_checkpoint_file(const std::string& path) {
  return begins_as_checkpoint(InputFile(path).head(sizeof(std::uint64_t) + header_begin().size()));
}

Checkpoint read_checkpoint_file(const std::string& path) {
  try {
    return read_checked(path);
  } catch (const Json::exception&) {
    refuse_damaged("its header cannot be read", path);
  }
}

}  // namespace impasto
