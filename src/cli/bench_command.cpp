// impasto bench: how fast the loop is here.
#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "backend/select.hpp"
#include "bench/benchmark.hpp"
#include "cli/commands.hpp"
#include "cli/run_files.hpp"
#include "cli/validators.hpp"
#include "core/build_facts.hpp"
#include "core/files.hpp"
#include "core/processors.hpp"
#include "impasto/weights.hpp"
#include "presets/option_table.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

struct BenchArguments {
  std::string size = "512x512";
  std::string weights = "random";
  std::string device = "auto";
  std::string precision;
  std::string style_loss = "mean";
  std::string threads = "0";
  std::string json;
  int iterations = 20;
  int warmup = 3;
  bool profile = false;
  bool graph = true;
  bool deterministic = false;
};

BenchmarkOptions options_of(const BenchArguments& arguments) {
  const std::vector<std::string> sides = split(arguments.size, 'x');
  if (sides.size() != 2) {
    const bool one_number = arguments.size.find_first_not_of("0123456789") == std::string::npos &&
                            !arguments.size.empty();
    throw UsageError("'" + arguments.size + "' is not a size", "--size",
                     "give WIDTHxHEIGHT, " +
                         (one_number ? "here perhaps " + arguments.size + "x" + arguments.size
                                     : std::string("as 512x512")));
  }
  BenchmarkOptions options;
  options.width = parse_integer("size", sides[0], 16, 32768);
  options.height = parse_integer("size", sides[1], 16, 32768);
  TransferOptions losses;
  set_option(losses, "style-loss", arguments.style_loss);
  options.style_loss = losses.style_loss;
  options.iterations = arguments.iterations;
  options.warmup = arguments.warmup;
  return options;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

double median(const BenchmarkResult& result, double IterationSplit::*part) {
  std::vector<double> values;
  values.reserve(result.splits.size());
  for (const IterationSplit& split : result.splits) {
    values.push_back(split.*part);
  }
  return quantile(values, 0.5);
}

std::string style_loss_name(StyleLoss style_loss) {
  TransferOptions options;
  options.style_loss = style_loss;
  return *find_option("style-loss").get(options);
}

/// "tf32"
std::string precision_name(Precision precision) {
  TransferOptions options;
  options.precision = precision;
  return *find_option("precision").get(options);
}

/// `graph`: whether a GPU replayed every iteration as one captured graph.
nlohmann::ordered_json report(const BenchmarkOptions& options, const BenchmarkResult& result,
                              const SelectedBackend& selected, bool graph) {
  const double per_iteration = quantile(result.iteration_ms, 0.5);
  nlohmann::ordered_json versions;
  for (const auto& [library, version] : library_versions()) {
    versions[library] = version;
  }
  const bool on_gpu = !selected.device_name.empty();
  nlohmann::ordered_json graph_or_null;  // null on a CPU, as is the next
  if (on_gpu) {
    graph_or_null = graph;
  }
  nlohmann::ordered_json device_memory;
  if (result.device_memory_bytes) {
    device_memory = *result.device_memory_bytes;
  }
  return {{"program", program_and_version()},
          {"commit", built_commit()},
          {"date", utc_now()},
          {"device", on_gpu ? selected.device_name : processor_name()},
          {"backend", selected.backend->name()},
          {"precision", precision_name(selected.precision)},
          {"graph", graph_or_null},
          {"threads", selected.threads},
          {"deterministic", selected.backend->chooses_without_clock()},
          {"width", options.width},
          {"height", options.height},
          {"taps", result.taps},
          {"style_loss", style_loss_name(options.style_loss)},
          {"iterations", options.iterations},
          {"ms_per_iteration",
           {{"median", per_iteration},
            {"p10", quantile(result.iteration_ms, 0.1)},
            {"p90", quantile(result.iteration_ms, 0.9)}}},
          {"split_ms",
           {{"forward", median(result, &IterationSplit::forward)},
            {"loss", median(result, &IterationSplit::loss)},
            {"backward", median(result, &IterationSplit::backward)},
            {"update", median(result, &IterationSplit::update)}}},
          {"gflop_per_iteration", result.gflop_per_iteration},
          {"gflops", 1e3 * result.gflop_per_iteration / per_iteration},
          {"peak_gflops", result.peak_gflops},
          {"startup_ms", result.startup_ms},
          {"peak_memory_bytes", result.peak_memory_bytes},
          {"device_memory_bytes", device_memory},
          {"versions", versions}};
}

/// One row per operation, per iteration, the costliest first.
nlohmann::ordered_json print_profile(const std::vector<OperationProfile>& profiles,
                                     int iterations) {
  double all = 0;
  for (const OperationProfile& profile : profiles) {
    all += profile.seconds;
  }
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::printf("\n%-44s %5s %9s %9s %8s %6s\n", "operation, each waited for", "calls", "ms",
              "GFLOP/s", "GB/s", "share");
  for (const OperationProfile& profile : profiles) {
    const double calls = static_cast<double>(profile.calls) / iterations;
    const double ms = 1e3 * profile.seconds / iterations;
    const double gflops = 1e-9 * profile.flop / profile.seconds;
    const double gigabytes = 1e-9 * profile.bytes / profile.seconds;
    const double share = profile.seconds / all;
    std::printf("%-44s %5.0f %9.3f %9.1f %8.1f %5.1f%%\n", profile.name.c_str(), calls, ms, gflops,
                gigabytes, 100 * share);
    rows.push_back({{"operation", profile.name},
                    {"calls", calls},
                    {"ms", ms},
                    {"gflops", gflops},
                    {"gb_per_s", gigabytes},
                    {"share", share}});
  }
  return rows;
}

void run_bench(const BenchArguments& arguments) {
  const BenchmarkOptions options = options_of(arguments);
  if (!arguments.json.empty()) {
    RunFiles files;
    files.reads(arguments.weights);
    files.writes_text(arguments.json, "--json", "JSON", ".json");
    files.check();
    require_writable(arguments.json);
  }
  TransferOptions machine;
  set_option(machine, "device", arguments.device);
  set_option(machine, "threads", arguments.threads);
  if (!arguments.precision.empty()) {
    set_option(machine, "precision", arguments.precision);
  }
  machine.graph = arguments.graph;
  machine.deterministic = arguments.deterministic;
  const SelectedBackend selected = select_backend(machine);
  if (!arguments.graph && selected.device_name.empty()) {
    throw UsageError("the CPU launches every operation anyway", "--no-graph", "leave it out");
  }
  std::cerr << "device: " << selected.description << '\n';
  const NetworkWeights weights = load_weights(arguments.weights);
  const BenchmarkResult result = run_benchmark(*selected.backend, weights, options);
  nlohmann::ordered_json json = report(options, result, selected, arguments.graph);
  const nlohmann::ordered_json& time = json["ms_per_iteration"];
  const nlohmann::ordered_json& parts = json["split_ms"];
  std::printf("%lld x %lld: %.2f ms per iteration (p10 %.2f, p90 %.2f), %.0f GFLOP/s\n",
              static_cast<long long>(options.width), static_cast<long long>(options.height),
              time["median"].get<double>(), time["p10"].get<double>(), time["p90"].get<double>(),
              json["gflops"].get<double>());
  std::printf("forward %.2f, loss %.2f, backward %.2f, update %.2f ms; peak memory %.0f MiB\n",
              parts["forward"].get<double>(), parts["loss"].get<double>(),
              parts["backward"].get<double>(), parts["update"].get<double>(),
              static_cast<double>(result.peak_memory_bytes) / (1 << 20));
  if (arguments.profile) {
    json["profile"] =
        print_profile(profile_iterations(*selected.backend, weights, options), options.iterations);
  }
  if (!arguments.json.empty()) {
    write_file(arguments.json, json.dump(2) + "\n");
  }
}

}  // namespace

void add_bench_command(CLI::App& root) {
  const auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command = root.add_subcommand(
      "bench", "Time one iteration: full-width VGG-19, Gram losses to relu5_1, content, Adam");
  command->add_option("--size", arguments->size, "picture, pixels [512x512]")->type_name("WxH");
  command
      ->add_option("--weights", arguments->weights,
                   "weights file or checkpoint, or a network built in memory [random]")
      ->check(not_empty())
      ->type_name("PATH|oriented[:SEED]|random[:SEED]");
  command->add_option("--device", arguments->device, "where to compute [auto]")
      ->type_name("auto|cpu|cuda[:N]");
  command->add_option("--precision", arguments->precision, "features' precision [fp32 on the CPU]")
      ->type_name("fp32|tf32|bf16|fp16");
  command->add_option("--style-loss", arguments->style_loss, "form of the style loss [mean]")
      ->type_name(find_option("style-loss").hint);
  command->add_option("--threads", arguments->threads, "CPU threads; 0 = every core [0]")
      ->type_name("N");
  command->add_option("--iterations", arguments->iterations, "iterations timed [20]")
      ->check(whole_number(1, 1000000))
      ->type_name("N");
  command->add_option("--warmup", arguments->warmup, "iterations before those [3]")
      ->check(whole_number(0, 1000))
      ->type_name("N");
  command->add_flag("!--no-graph", arguments->graph,
                    "on CUDA, launch every operation instead of replaying one captured graph");
  command->add_flag("--deterministic", arguments->deterministic,
                    "with the algorithms of a deterministic run, chosen without a clock");
  command->add_flag("--profile", arguments->profile,
                    "also a table of every operation: time, GFLOP/s, GB/s, share");
  command->add_option("--json", arguments->json, "write every figure as JSON")
      ->check(not_empty())
      ->type_name("OUT");
  command->callback([arguments] { run_bench(*arguments); });
}

}  // namespace impasto
