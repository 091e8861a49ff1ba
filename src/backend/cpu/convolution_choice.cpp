#include "backend/cpu/convolution_choice.hpp"
#include "core/processors.hpp"

#include <dnnl.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <sstream>
#include <utility>

#include "backend/choice_cache.hpp"
#include "backend/cpu/direct_convolution.hpp"
#include "backend/host_memory.hpp"
#include "backend/run_choices.hpp"
#include "core/processors.hpp"
#include "impasto/error.hpp"

namespace impasto::cpu {
namespace {

/// Above so many pairs of channels transformed filters would take more memory than they save time.
constexpr std::int64_t kMostKeptPairs = 256 * 256 - 1;
/// Direct-algorithm FLOP per thread that a candidate is timed on; taller pictures are cut.
constexpr double kTimedFlop = 4e9;
/// A candidate this much slower than the best at its first run is out.
constexpr double kHopeless = 1.3;
constexpr int kFinalRounds = 3;

std::int64_t tile_count(const Shape& y, TileSize size) {
  const std::int64_t side = output_side(size);
  return ((y.height + side - 1) / side) * ((y.width + side - 1) / side);
}

bool keeps_filters(const PassSpec& spec) {
  return spec.x.channels * spec.y.channels <= kMostKeptPairs;
}

/// `spec` with as many rows as the timing needs. Without its mask, which costs all candidates about
/// the same, so that both directions share one choice.
PassSpec cut(const PassSpec& spec, int threads) {
  const double flop_per_row = convolution_flop(spec.x, spec.y) / static_cast<double>(spec.y.height);
  const auto rows = static_cast<std::int64_t>(kTimedFlop * threads / flop_per_row);
  PassSpec result = spec;
  result.masked = false;
  const std::int64_t removed =
      std::max<std::int64_t>(0, spec.y.height - std::max<std::int64_t>(rows, 24));
  result.x.height -= removed;
  result.y.height -= removed;
  return result;
}

double seconds(ConvolutionPass& pass, const Tensor& x, const Tensor& y, std::byte* workspace) {
  const auto start = std::chrono::steady_clock::now();
  pass.run(x, {}, y, workspace);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Tensor feature(const std::unique_ptr<Memory>& memory, const Shape& shape) {
  return {memory->data(), shape, ElementType::kFloat32, Layout::kFeature};
}

Algorithm choose_by_clock(ThreadPool& pool, Filters& filters, Direction direction,
                          const PassSpec& full) {
  const int threads = pool.threads();
  const PassSpec spec = cut(full, threads);
  const std::vector<Algorithm> algorithms = candidates(full, threads);
  // All passes at once, so that they share what they make of the filters.
  std::vector<std::unique_ptr<ConvolutionPass>> passes;
  std::size_t workspace_bytes = 0;
  for (const Algorithm& algorithm : algorithms) {
    passes.push_back(make_pass(pool, filters, direction, spec, algorithm));
    workspace_bytes = std::max(workspace_bytes, passes.back()->workspace_bytes());
  }
  const auto workspace = allocate_host_memory(workspace_bytes);
  const auto x = allocate_host_memory(storage_bytes(spec.x.elements(), ElementType::kFloat32));
  const auto y = allocate_host_memory(storage_bytes(spec.y.elements(), ElementType::kFloat32));
  std::fill_n(reinterpret_cast<float*>(x->data()), spec.x.elements(), 0.5F);
  const auto run = [&](std::size_t n) {
    return seconds(*passes[n], feature(x, spec.x), feature(y, spec.y), workspace->data());
  };
  std::vector<double> best(passes.size());
  for (std::size_t n = 0; n < passes.size(); ++n) {
    run(n);  // warms caches up
    best[n] = run(n);
  }
  const double limit = kHopeless * *std::min_element(best.begin(), best.end());
  // Rounds rather than runs in a row: another program's burst hits all candidates alike.
  for (int round = 0; round < kFinalRounds; ++round) {
    for (std::size_t n = 0; n < passes.size(); ++n) {
      if (best[n] <= limit) {
        best[n] = std::min(best[n], run(n));
      }
    }
  }
  return algorithms[static_cast<std::size_t>(std::min_element(best.begin(), best.end()) -
                                             best.begin())];
}

/// The candidate of that name. A file may say anything.
std::optional<Algorithm> candidate(const std::string& text, const PassSpec& spec, int threads) {
  for (const Algorithm& algorithm : candidates(spec, threads)) {
    if (to_string(algorithm) == text) {
      return algorithm;
    }
  }
  return std::nullopt;
}

/// This process's choices, read from disk once.
class Choices {
 public:
  Algorithm measured(ThreadPool& pool, Filters& filters, Direction direction,
                     const PassSpec& spec) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = find(spec, pool.threads())) {
      return *found;
    }
    const Algorithm algorithm = choose_by_clock(pool, filters, direction, spec);
    const auto is_believed = [&](const std::string& text) {
      return candidate(text, spec, pool.threads()).has_value();
    };
    const std::string agreed =
        cache_.store(choice_key(spec, pool.threads()), to_string(algorithm), is_believed);
    return candidate(agreed, spec, pool.threads()).value_or(algorithm);
  }
  std::optional<Algorithm> known(const PassSpec& spec, int threads) {
    const std::scoped_lock lock(mutex_);
    return find(spec, threads);
  }

 private:
  [[nodiscard]] std::optional<Algorithm> find(const PassSpec& spec, int threads) const {
    const std::optional<std::string> text = cache_.find(choice_key(spec, threads));
    return text ? candidate(*text, spec, threads) : std::nullopt;
  }

  std::mutex mutex_;
  ChoiceCache cache_{cache_path("convolutions.txt")};
};

Choices& choices() {
  static Choices instance;
  return instance;
}

Algorithm forced(TileSize size, const PassSpec& spec, int threads) {
  Algorithm algorithm = choose_by_rule(spec, threads);
  algorithm.winograd = winograd_takes(spec);
  algorithm.blocking.size = size;
  return algorithm;
}

Algorithm choose_anew(ThreadPool& pool, Filters& filters, Direction direction, const PassSpec& spec,
                      bool repeated, Choosing choosing) {
  const int threads = pool.threads();
  switch (choice_mode(choosing)) {
    case ChoiceMode::kDirect:
      return {};
    case ChoiceMode::kFour:
      return forced(TileSize::kFour, spec, threads);
    case ChoiceMode::kSix:
      return forced(TileSize::kSix, spec, threads);
    case ChoiceMode::kRule:
      return choose_by_rule(spec, threads);
    case ChoiceMode::kMeasure:
      break;
  }
  if (!winograd_takes(spec)) {
    return {};
  }
  if (!repeated) {
    return choices().known(spec, threads).value_or(choose_by_rule(spec, threads));
  }
  return choices().measured(pool, filters, direction, spec);
}

/// The algorithm that a checkpoint names. Where it is divided as nobody here would divide it, by
/// another number of threads or by a hostile file, it is divided by rule: its bytes are the same.
std::optional<Algorithm> resumed(const std::string& text, const PassSpec& spec, int threads) {
  const std::optional<Algorithm> named = parse_algorithm(text);
  if (!named || (named->winograd && !winograd_takes(spec))) {
    return std::nullopt;
  }
  const Algorithm by_rule = named->winograd ? forced(named->blocking.size, spec, threads) : *named;
  return candidate(text, spec, threads).value_or(by_rule);
}

/// What a resumed run's checkpoint says, else a new choice; noted for this run's checkpoint.
Algorithm choose(ThreadPool& pool, Filters& filters, Direction direction, const PassSpec& spec,
                 bool repeated, Choosing choosing) {
  std::ostringstream key;
  key << "convolution " << spec.x.channels << " x " << spec.x.height << " x " << spec.x.width
      << " to " << spec.y.channels << ", padding " << spec.padding
      << (repeated ? ", repeated" : ", once");
  std::optional<Algorithm> algorithm;
  if (const auto preferred = preferred_choice(key.str())) {
    algorithm = resumed(*preferred, spec, pool.threads());
  }
  if (!algorithm) {
    algorithm = choose_anew(pool, filters, direction, spec, repeated, choosing);
  }
  note_choice(key.str(), to_string(*algorithm));
  return *algorithm;
}

}  // namespace

std::string to_string(const Algorithm& algorithm) {
  if (!algorithm.winograd) {
    return "direct";
  }
  const WinogradBlocking& blocking = algorithm.blocking;
  return "winograd" + std::to_string(output_side(blocking.size)) + " " +
         std::to_string(blocking.tiles) + (blocking.shared ? " shared" : " private") +
         (blocking.transform_filters ? " anew" : " kept");
}

std::optional<Algorithm> parse_algorithm(const std::string& text) {
  std::istringstream words(text);
  std::string name;
  std::string sharing;
  std::string filters;
  std::int64_t tiles = 0;
  words >> name;
  Algorithm result;
  if (name == "winograd4" || name == "winograd6") {
    words >> tiles >> sharing >> filters;
    result = {true,
              {name == "winograd4" ? TileSize::kFour : TileSize::kSix, tiles, sharing == "shared",
               filters == "anew"}};
  }
  // Only what to_string writes is understood, and no blocking that would ask for absurd memory.
  constexpr std::int64_t kMostTiles = 4096;
  const bool sane = !result.winograd || (tiles >= 1 && tiles <= kMostTiles);
  return sane && to_string(result) == text ? std::optional(result) : std::nullopt;
}

ChoiceMode choice_mode(Choosing choosing) {
  const char* variable = std::getenv("IMPASTO_CONVOLUTION");
  const std::string value = variable != nullptr ? variable : "";
  static const std::array<std::pair<const char*, ChoiceMode>, 6> modes{
      {{"", ChoiceMode::kMeasure},
       {"measure", ChoiceMode::kMeasure},
       {"rule", ChoiceMode::kRule},
       {"direct", ChoiceMode::kDirect},
       {"winograd4", ChoiceMode::kFour},
       {"winograd6", ChoiceMode::kSix}}};
  for (const auto& [name, mode] : modes) {
    if (value == name) {
      const bool asks_clock = mode == ChoiceMode::kMeasure;
      return asks_clock && choosing == Choosing::kByRule ? ChoiceMode::kRule : mode;
    }
  }
  throw UsageError("unknown value '" + value + "'", "IMPASTO_CONVOLUTION",
                   "set it to measure, rule, direct, winograd4 or winograd6");
}

std::vector<Algorithm> candidates(const PassSpec& spec, int threads) {
  std::vector<Algorithm> result{{}};
  if (!winograd_takes(spec)) {
    return result;
  }
  const auto add = [&](TileSize size, std::int64_t tiles, bool shared, bool anew) {
    result.push_back({true, {size, tiles, shared, anew}});
  };
  for (const TileSize size : {TileSize::kFour, TileSize::kSix}) {
    const std::int64_t all = tile_count(spec.y, size);
    if (keeps_filters(spec)) {
      for (const std::int64_t tiles : {14, 28, 56}) {
        if (tiles == 14 || tiles < 2 * all / threads) {
          add(size, tiles, false, false);
        }
      }
      continue;
    }
    for (const std::int64_t tiles : {56, 112, 224}) {
      if (tiles == 56 || tiles < 2 * all) {
        add(size, tiles, true, true);
      }
      if (tiles < 2 * all / threads) {
        add(size, tiles, false, true);
      }
    }
  }
  return result;
}

Algorithm choose_by_rule(const PassSpec& spec, int threads) {
  if (!winograd_takes(spec)) {
    return {};
  }
  // The larger tile saves more products but wastes more at the border.
  const TileSize size =
      std::min(spec.y.width, spec.y.height) >= 96 ? TileSize::kSix : TileSize::kFour;
  if (keeps_filters(spec)) {
    return {true, {size, 28, false, false}};
  }
  const bool shared = tile_count(spec.y, size) < std::int64_t{224} * threads;
  return {true, {size, 224, shared, true}};
}

std::string choice_key(const PassSpec& spec, int threads) {
  static const std::string machine = [] {
    const dnnl_version_t* dnnl = dnnl_version();
    std::ostringstream text;
    text << "impasto 1, " << processor_name() << ", " << simd_kernels().name << ", oneDNN "
         << dnnl->major << "." << dnnl->minor << "." << dnnl->patch;
    return text.str();
  }();
  std::ostringstream key;
  key << machine << ", " << threads << " threads, " << spec.x.channels << " x " << spec.x.height
      << " x " << spec.x.width << " to " << spec.y.channels << ", padding " << spec.padding;
  return key.str();
}

std::unique_ptr<ConvolutionPass> make_pass(ThreadPool& pool, Filters& filters, Direction direction,
                                           const PassSpec& spec, const Algorithm& algorithm) {
  return algorithm.winograd ? make_winograd_pass(pool, filters, direction, spec, algorithm.blocking)
                            : make_direct_pass(pool, filters, direction, spec);
}

std::unique_ptr<ConvolutionPass> make_best_pass(ThreadPool& pool, Filters& filters,
                                                Direction direction, const PassSpec& spec,
                                                bool repeated, Choosing choosing) {
  return make_pass(pool, filters, direction, spec,
                   choose(pool, filters, direction, spec, repeated, choosing));
}

}  // namespace impasto::cpu
