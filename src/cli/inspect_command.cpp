#include "cli/inspect_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/inspect_checkpoint.hpp"
#include "cli/validators.hpp"
#include "cli/weights_line.hpp"
#include "core/file_signature.hpp"
#include "core/text.hpp"
#include "image/facts.hpp"
#include "impasto/error.hpp"
#include "impasto/transfer.hpp"
#include "impasto/weights.hpp"
#include "network/topology.hpp"
#include "weights/checkpoint.hpp"
#include "weights/input_file.hpp"
#include "weights/topology.hpp"

namespace impasto {

namespace {

// Keeps its keys in the order they are added.
using OrderedJson = nlohmann::ordered_json;

OrderedJson describe_layers(const NetworkWeights& network) {
  OrderedJson layers = OrderedJson::array();
  for (const auto& convolution : network.convolutions) {
    layers.push_back({{"name", convolution.name()},
                      {"shape", {convolution.out_channels, convolution.in_channels, 3, 3}}});
  }
  return layers;
}

/// 0.485 rather than the 0.48500001430511475 that a float holds.
OrderedJson decimals(const std::array<float, 3>& values) {
  OrderedJson rounded = OrderedJson::array();
  for (const float value : values) {
    rounded.push_back(std::round(static_cast<double>(value) * 1e6) / 1e6);
  }
  return rounded;
}

OrderedJson describe_network(const std::string& path, FileKind kind, const std::string& key) {
  const auto network = kind == FileKind::kWeightsFile ? read_weights_file(path)
                                                      : read_checkpoint(path, std::nullopt, key);
  OrderedJson json;
  json["topology"] = network.topology;
  json["parameters"] = parameter_count(network);
  json["family"] = family_name(network.family);
  json["channel_order"] = network.order == ChannelOrder::kBgr ? "bgr" : "rgb";
  json["mean"] = decimals(network.mean);
  json["std"] = decimals(network.std);
  json["source"] = network.source;
  json["source_sha256"] = network.source_sha256;
  json["pool_after_last_block"] = network.pool_after_last_block;
  json["layers"] = describe_layers(network);
  json["taps"] = tap_names(network);
  if (!network.notes.empty()) {
    json["inferred"] = network.notes;
  }
  return json;
}

OrderedJson describe_image(const std::string& path) {
  const auto [image, facts] = inspect_image(path);
  return {{"format", format_name(facts.format)},
          {"width", image.width},
          {"height", image.height},
          {"orientation", orientation_text(facts.orientation)},
          {"colours", model_name(facts.model)},
          {"colour_profile", printable(facts.profile)},
          {"alpha", !image.alpha.empty()}};
}

/// Weights in a form that nothing here reads are no picture either.
bool is_foreign_weights(const std::string& path) {
  const auto known = recognise(InputFile(path).head(kSignatureBytes));
  return known && known->family == FileFamily::kWeights;
}

OrderedJson describe_file(const std::string& path, const std::string& key) {
  OrderedJson json;
  json["file"] = path;
  if (is_checkpoint_file(path)) {
    json["kind"] = "checkpoint of an interrupted transfer";
    json.update(describe_checkpoint(path));
    return json;
  }
  const FileKind kind = sniff(path);
  if (kind == FileKind::kUnknown && is_foreign_weights(path)) {
    refuse_as_weights(path);
  }
  json["kind"] = kind == FileKind::kUnknown ? "image" : describe(kind);
  json["bytes"] = InputFile(path).size();
  json["sha256"] = sha256_of_file(path);
  json.update(kind == FileKind::kUnknown ? describe_image(path)
                                         : describe_network(path, kind, key));
  return json;
}

std::string plain(const OrderedJson& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? "yes" : "no";
  }
  if (value.is_number_float()) {
    std::ostringstream text;
    text << value.get<float>();
    return text.str();
  }
  return value.dump();
}

/// "64 × 3 × 3 × 3" or "0.485, 0.456, 0.406".
std::string joined(const OrderedJson& values, const std::string& between) {
  std::string text;
  for (const auto& value : values) {
    text += (text.empty() ? "" : between) + plain(value);
  }
  return text;
}

/// Names and values are what a file says, whatever it says.
void print_row(std::ostream& out, const std::string& key, const std::string& value) {
  std::string name = printable(key);
  name.resize(std::max<std::size_t>(name.size() + 1, 24), ' ');
  out << name << printable(value) << '\n';
}

std::string separator(const std::string& key) {
  return key == "taps" ? " " : key == "inferred" ? "; " : ", ";
}

void print_text(std::ostream& out, const OrderedJson& json) {
  for (const auto& [key, value] : json.items()) {
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', ' ');
    if (key == "layers") {
      for (const auto& layer : value) {
        print_row(out, "  " + plain(layer["name"]), joined(layer["shape"], " × "));
      }
    } else {
      print_row(out, name, value.is_array() ? joined(value, separator(key)) : plain(value));
    }
  }
}

}  // namespace

void add_inspect_command(CLI::App& root) {
  struct InspectOptions {
    std::string file;
    std::string key;
    bool json = false;
  };
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command = root.add_subcommand(
      "inspect",
      "Tell what a weights file, a checkpoint or a picture holds: topology, taps, shapes, family, "
      "checksums; for a picture its format, size, orientation and colours; for an interrupted "
      "transfer what it was and "
      "how to go on with it.");
  command->add_option("file", options->file, "The file to look at")
      ->required()
      ->check(not_empty())
      ->type_name("FILE");
  command
      ->add_option("--key", options->key,
                   "Which of several networks in a checkpoint: the path that its layers share, or "
                   "what it begins with. Default: the only one")
      ->type_name("NAME");
  command->add_flag("--json", options->json, "Print one JSON object (default: a table)");
  command->callback([options] {
    const OrderedJson json = describe_file(options->file, options->key);
    if (options->json) {
      std::cout << json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) << std::endl;
    } else {
      print_text(std::cout, json);
      std::cout.flush();
    }
  });
}

}  // namespace impasto
