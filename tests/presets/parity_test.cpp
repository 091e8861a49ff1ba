// Every preset against its reference system: the first losses of tools/reference/preset_systems.py,
// each written in PyTorch float64 from the system's own formulas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "backend/reference/reference_backend.hpp"
#include "impasto/error.hpp"
#include "presets/option_table.hpp"
#include "presets/parse.hpp"
#include "presets/presets.hpp"
#include "support/backends.hpp"
#include "support/paths.hpp"
#include "transfer/golden_case.hpp"
#include "transfer/session.hpp"

namespace impasto {
namespace {

constexpr double kTolerance = 1e-4;
// A content loss a step away from the content image compares features that are alike to three or
// more digits, of which float32 has seven.
constexpr double kFloatPartTolerance = 1e-3;

GoldenFile open_golden() {
  return GoldenFile::open(test_data() + "/golden_presets.h5");
}

/// The preset itself but for the number of evaluations, and for sizes that would be slow. Pictures
/// smaller than a preset's size keep their own, so most need nothing.
TransferOptions small(TransferOptions options, std::size_t evaluations) {
  options.iterations = static_cast<std::int64_t>(evaluations);
  if (options.stretch) {
    options.size = 56;
  }
  if (!options.scale_iterations.empty()) {  // the last scale alone
    std::fill(options.scale_iterations.begin(), options.scale_iterations.end(), 0);
    options.scale_iterations.back() = options.iterations;
  }
  return options;
}

std::vector<TraceRow> trace_of(const GoldenFile& golden, Backend& backend,
                               const TransferOptions& options) {
  const std::string group = "presets/" + options.preset;
  TransferObserver silent;
  return transfer_on(backend, golden_display_picture(golden, "content"),
                     {golden_display_picture(golden, "style")},
                     golden_weights(golden, "networks/" + golden.text(group, "network")),
                     small(options, golden.values(group + "/total").size()), silent)
      .trace;
}

/// A golden trace's columns beside the program's.
struct Column {
  std::string name;
  double TraceRow::*value;
};
const std::vector<Column>& columns() {
  static const std::vector<Column> all{{"total", &TraceRow::total},
                                       {"content", &TraceRow::content},
                                       {"style", &TraceRow::style},
                                       {"tv", &TraceRow::tv}};
  return all;
}

/// Where the trace leaves the golden one; nothing where it does not.
std::vector<std::string> differences(const GoldenFile& golden, const std::string& preset,
                                     const std::vector<TraceRow>& trace, bool is_double) {
  std::vector<std::string> found;
  const HostValues totals = golden.values("presets/" + preset + "/total");
  if (trace.size() != totals.size()) {
    return {std::to_string(trace.size()) + " evaluations"};
  }
  for (const Column& column : columns()) {
    const double tolerance = is_double || column.name == "total" ? kTolerance : kFloatPartTolerance;
    const HostValues expected = golden.values("presets/" + preset + "/" + column.name);
    for (std::size_t n = 0; n < expected.size(); ++n) {
      const double value = trace[n].*column.value;
      if (!(std::abs(value - expected[n]) <= tolerance * expected[n])) {
        found.push_back(column.name + " at evaluation " + std::to_string(n + 1) + ": " +
                        print_number(value) + " instead of " + print_number(expected[n]));
      }
    }
  }
  return found;
}

class PresetParity : public testing::TestWithParam<BackendUnderTest> {};

TEST_P(PresetParity, EveryPresetsFirstLossesAreItsReferenceSystems) {
  const GoldenFile golden = open_golden();
  const std::unique_ptr<Backend> backend = GetParam().make();
  const bool is_double = backend->pixel_type() == ElementType::kFloat64;
  for (const std::string& name : preset_names()) {
    EXPECT_THAT(differences(golden, name, trace_of(golden, *backend, preset(name)), is_double),
                testing::IsEmpty())
        << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, PresetParity, testing::ValuesIn(backends_under_test()),
                         [](const auto& suite) { return backend_test_name(suite.param); });

/// Other values of the option: every other choice, or a number a tenth off, in a list of layers of
/// each layer in turn.
std::vector<std::string> others(const OptionEntry& entry, const std::string& value) {
  std::vector<std::string> found;
  if (entry.name.ends_with("-layers")) {
    const std::vector<LayerWeight> layers = parse_layers(entry.name, value);
    for (std::size_t n = 0; n < layers.size(); ++n) {
      std::vector<LayerWeight> changed = layers;
      changed[n].factor *= 0.9;
      found.push_back(print_layers(changed));
    }
  } else if (entry.type == OptionType::kFlag) {
    found.emplace_back(value == "true" ? "false" : "true");
  } else if (entry.type == OptionType::kNumber) {
    found.push_back(print_number(0.9 * std::stod(value)));
  } else if (entry.type == OptionType::kInteger) {
    found.push_back(std::to_string(std::stoll(value) + 32));
  } else {
    for (const std::string& choice : split(entry.hint, '|')) {
      if (choice != value && choice != "PATH") {
        found.push_back(choice);
      }
    }
  }
  return found;
}

// The parity test would be worth little if a preset could say something else and still pass.
TEST(PresetParityTest, SeesEveryNumberAndChoiceThatMovesTheFirstLosses) {
  // How long and how large a run is, how far L-BFGS remembers, and what becomes of the pixels
  // afterwards do not show in the first losses on small pictures: presets_test.cpp holds those.
  const std::set<std::string> unseen{"size",       "scales",        "scale-iterations",
                                     "iterations", "lbfgs-history", "output-range"};
  const GoldenFile golden = open_golden();
  const std::unique_ptr<Backend> backend = make_reference_backend<double>();
  for (const Preset& entry : preset_table()) {
    for (const auto& [option, value] : entry.settings) {
      // Without a line search two evaluations are compared, up to which the searches agree.
      const bool too_early = option == "lbfgs-line-search" && value == "none";
      if (unseen.contains(option) || too_early) {
        continue;
      }
      for (const std::string& other : others(find_option(option), value)) {
        TransferOptions changed = preset(entry.name);
        set_option(changed, option, other);
        EXPECT_THAT(differences(golden, entry.name, trace_of(golden, *backend, changed), true),
                    testing::Not(testing::IsEmpty()))
            << entry.name << ": " << option << " = " << other << " instead of " << value;
      }
    }
  }
}

}  // namespace
}  // namespace impasto
