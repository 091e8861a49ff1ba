#include "cli/convert_command.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/interrupt.hpp"
#include "cli/run_files.hpp"
#include "cli/validators.hpp"
#include "cli/weights_line.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "impasto/error.hpp"
#include "impasto/weights.hpp"
#include "weights/checkpoint.hpp"
#include "weights/topology.hpp"

namespace impasto {
namespace fs = std::filesystem;

namespace {

struct ConvertOptions {
  std::string checkpoint;
  std::string output;
  std::string family;
  std::string key;
};

std::optional<WeightFamily> family_of(const std::string& name) {
  if (name.empty()) {
    return std::nullopt;
  }
  return name == "caffe" ? WeightFamily::kCaffe : WeightFamily::kTorchvision;
}

/// A slip of the tab key would otherwise replace a picture.
void require_ending_of_weights(const std::string& output) {
  const fs::path path(output);
  if (path.extension() != ".h5" && path.extension() != ".hdf5" && !output.starts_with("/dev/")) {
    throw UsageError("a weights file is HDF5, and its name ends in .h5", output,
                     "name it so: -o " + fs::path(path).replace_extension(".h5").string());
  }
}

ExitCode convert(const ConvertOptions& options) {
  RunFiles files;
  files.reads(options.checkpoint);
  files.writes(options.output, "-o");
  files.check();
  require_ending_of_weights(options.output);
  require_writable(options.output);
  const auto network = read_checkpoint(options.checkpoint, family_of(options.family), options.key);
  const InterruptGuard guard;
  if (!write_weights_file(options.output, network, InterruptGuard::interrupted)) {
    std::cerr << "impasto: interrupted: nothing was written\n";
    return ExitCode::kInterrupted;
  }
  std::cout << "wrote " << printable(options.output) << ": " << network.topology << ", "
            << network.convolutions.size() << " convolutions, " << parameter_count(network)
            << " parameters, family " << family_name(network.family) << '\n';
  for (const std::string& note : network.notes) {
    std::cout << "  " << printable(note) << '\n';
  }
  std::cout.flush();
  return ExitCode::kDone;
}

}  // namespace

void add_convert_command(CLI::App& root, CommandStatus& status) {
  const auto options = std::make_shared<ConvertOptions>();
  CLI::App* command = root.add_subcommand(
      "convert",
      "Convert a VGG checkpoint to a weights file. Reads .pth and .pt (zip and legacy), "
      ".safetensors, Keras .h5 and .keras, wherever the VGG stands in the file and however its "
      "layers are named; no code from the checkpoint is ever executed.");
  command->add_option("checkpoint", options->checkpoint, "The checkpoint to read")
      ->required()
      ->check(not_empty())
      ->type_name("CHECKPOINT");
  command->add_option("-o,--output", options->output, "The weights file to write")
      ->required()
      ->check(not_empty())
      ->type_name("WEIGHTS.h5");
  command
      ->add_option(
          "--family", options->family,
          "Input normalisation the network was trained with: torchvision ((rgb - mean) / "
          "std) or caffe (255 bgr - mean). Default: that of a well-known file by checksum or "
          "name, or judged from the first layer's size; else caffe for Keras, otherwise "
          "torchvision")
      ->check(one_of({"torchvision", "caffe"}))
      ->type_name("torchvision|caffe");
  command
      ->add_option(
          "--key", options->key,
          "Which of several networks in the checkpoint: the path that its layers share, or "
          "what it begins with, such as model or ema.features. Default: the only one")
      ->type_name("NAME");
  command->callback([options, &status] { status.code = convert(*options); });
}

}  // namespace impasto
