#include "cli/convert_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/run_files.hpp"
#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/weights.hpp"
#include "weights/checkpoint.hpp"
#include "weights/topology.hpp"

namespace impasto {

namespace {

struct ConvertOptions {
  std::string checkpoint;
  std::string output;
  std::string family;
};

std::optional<WeightFamily> family_of(const std::string& name) {
  if (name.empty()) {
    return std::nullopt;
  }
  return name == "caffe" ? WeightFamily::kCaffe : WeightFamily::kTorchvision;
}

void convert(const ConvertOptions& options) {
  RunFiles files;
  files.reads(options.checkpoint);
  files.writes(options.output, "-o");
  files.check();
  require_writable(options.output);
  const auto network = read_checkpoint(options.checkpoint, family_of(options.family));
  write_weights_file(options.output, network);
  std::cout << "wrote " << options.output << ": " << network.topology << ", "
            << network.convolutions.size() << " convolutions, " << parameter_count(network)
            << " parameters, family "
            << (network.family == WeightFamily::kCaffe ? "caffe" : "torchvision") << std::endl;
}

}  // namespace

void add_convert_command(CLI::App& root) {
  const auto options = std::make_shared<ConvertOptions>();
  CLI::App* command = root.add_subcommand(
      "convert",
      "Convert a VGG checkpoint to a weights file. Reads .pth and .pt (zip and legacy), "
      ".safetensors and Keras .h5; no code from the checkpoint is ever executed.");
  command->add_option("checkpoint", options->checkpoint, "The checkpoint to read")
      ->required()
      ->type_name("CHECKPOINT");
  command->add_option("-o,--output", options->output, "The weights file to write")
      ->required()
      ->type_name("WEIGHTS.h5");
  command
      ->add_option("--family", options->family,
                   "Input normalisation the network was trained with: torchvision ((rgb - mean) / "
                   "std) or caffe (255 bgr - mean). Default: caffe for Keras .h5, otherwise "
                   "torchvision")
      ->check(CLI::IsMember({"torchvision", "caffe"}))
      ->type_name("torchvision|caffe");
  command->callback([options] { convert(*options); });
}

}  // namespace impasto
