#include "cli/resume.hpp"

#include <cerrno>
#include <filesystem>
#include <functional>

#include "cli/weights_line.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "impasto/error.hpp"
#include "presets/option_table.hpp"
#include "transfer/fingerprint.hpp"
#include "weights/input_file.hpp"

namespace impasto {
namespace fs = std::filesystem;

namespace {

/// Where a file of the interrupted run is looked for, and how another place is named.
struct Source {
  std::string what;  ///< "the content picture"
  std::string path;
  std::string new_place;  ///< how to name another one
};

/// Loads from `source`, or says that it is gone since the interruption, or why it cannot be read.
template <typename Loaded>
Loaded load_from(const Source& source, const std::function<Loaded(const std::string&)>& load) {
  if (is_missing(source.path)) {
    throw InputError(source.what + " of the interrupted run is not there any more",
                     printable(source.path), source.new_place);
  }
  return load(source.path);
}

void require_unchanged(bool unchanged, const Source& source) {
  if (!unchanged) {
    throw InputError("this is not " + source.what + " of the interrupted run, or it was changed",
                     printable(source.path), source.new_place);
  }
}

}  // namespace

RunRecord record_of(const TransferArguments& arguments, const TransferOptions& options,
                    const std::string& weights) {
  RunRecord record;
  record.content = absolute_path(arguments.content);
  for (const std::string& style : arguments.styles) {
    record.styles.push_back(absolute_path(style));
  }
  record.weights = absolute_weights(weights);
  record.output = absolute_path(arguments.output);
  record.trace = absolute_path(arguments.trace);
  TransferOptions recorded = options;
  recorded.init_path = absolute_path(options.init_path);
  record.settings = {{"preset", options.preset}};
  for (const auto& [name, value] : effective_settings(recorded)) {
    record.settings.push_back({name, value});
  }
  record.choices = noted_choices();
  return record;
}

void complete(TransferArguments& arguments, const RunRecord& record) {
  const auto fill = [](std::string& given, const std::string& recorded) {
    given = given.empty() ? recorded : given;
  };
  fill(arguments.content, record.content);
  if (arguments.styles.empty()) {
    arguments.styles = record.styles;
  }
  fill(arguments.output, record.output);
  fill(arguments.trace, record.trace);
}

void require_picture_as_left(const RunRecord& record) {
  std::error_code ignored;
  if (record.picture_sha256.empty() || !fs::is_regular_file(record.output, ignored) ||
      sha256_of_file(record.output) == record.picture_sha256) {
    return;
  }
  throw UsageError(
      "the picture there is not the one that the interrupted run left: the run was finished since, "
      "or the picture was changed",
      record.output, "name another with -o, or allow this one to be replaced with --overwrite");
}

std::string resume_command(const std::string& checkpoint) {
  // A name that begins with a dash would be taken for an option.
  const std::string name = checkpoint.starts_with('-') ? "./" + checkpoint : checkpoint;
  return shell_word(program_invocation_name) + " transfer --resume " + shell_word(name);
}

RunInputs load_inputs(const TransferArguments& arguments, const std::string& weights,
                      const Checkpoint* resume) {
  RunInputs inputs;
  if (resume == nullptr) {
    inputs.content = load_image(arguments.content);
    for (const std::string& style : arguments.styles) {
      inputs.styles.push_back(load_image(style));
    }
    inputs.weights = load_weights(weights.empty() ? default_weights_path() : weights);
    return inputs;
  }
  const std::string pictures = "give the pictures' new places: impasto transfer CONTENT STYLE" +
                               std::string(resume->inputs.styles.size() > 1 ? "..." : "") +
                               " --resume " + shell_word(arguments.resume);
  const Source content{"the content picture", arguments.content, pictures};
  inputs.content = load_from<Image>(content, load_image);
  require_unchanged(fingerprint(inputs.content) == resume->inputs.content, content);
  if (arguments.styles.size() != resume->inputs.styles.size()) {
    throw InputError(
        "style pictures of the interrupted run: " + std::to_string(resume->inputs.styles.size()) +
            ", here: " + std::to_string(arguments.styles.size()),
        arguments.resume, "name the same ones in the same order, or none");
  }
  for (std::size_t n = 0; n < arguments.styles.size(); ++n) {
    const Source style{"the style picture", arguments.styles[n], pictures};
    inputs.styles.push_back(load_from<Image>(style, load_image));
    require_unchanged(fingerprint(inputs.styles[n]) == resume->inputs.styles[n], style);
  }
  const Source source{"the weights file", weights, "give its new place with --weights"};
  inputs.weights = is_built_in_memory(weights) ? load_weights(weights)
                                               : load_from<NetworkWeights>(source, load_weights);
  require_unchanged(fingerprint(inputs.weights) == resume->inputs.weights, source);
  return inputs;
}

}  // namespace impasto
