#include "cli/transfer_outputs.hpp"

#include <cstdio>
#include <filesystem>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"

namespace impasto {

namespace fs = std::filesystem;

namespace {

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

/// The same place, whether or not there is a file yet.
bool same_path(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::weakly_canonical(fs::absolute(a), error) ==
             fs::weakly_canonical(fs::absolute(b), error) &&
         !error;
}

}  // namespace

void require_other_file(const std::string& output, const std::vector<std::string>& inputs,
                        const std::string& option) {
  for (const std::string& input : inputs) {
    if (same_file(input, output)) {
      throw UsageError("the output would replace the input " + input, option, "name another file");
    }
  }
}

void check_outputs(const TransferArguments& arguments, const TransferRun& run) {
  check_writable(arguments.output);
  std::vector<std::string> inputs = arguments.styles;
  for (const std::string& input : {arguments.content, run.options.init_path, run.weights,
                                   arguments.config, arguments.resume}) {
    if (!input.empty()) {
      inputs.push_back(input);
    }
  }
  require_other_file(arguments.output, inputs, "-o");
  if (!arguments.trace.empty()) {
    require_writable(arguments.trace);
    inputs.push_back(arguments.output);
    for (const std::string& other : inputs) {
      if (same_path(arguments.trace, other) || same_file(arguments.trace, other)) {
        throw UsageError("the trace would replace " + other, "--trace", "name another file");
      }
    }
  }
}

std::string checkpoint_path(const std::string& output) {
  return fs::path(output).replace_extension(".checkpoint").string();
}

std::string snapshot_path(const std::string& output, std::int64_t iteration) {
  const fs::path path(output);
  char number[32];
  std::snprintf(number, sizeof number, "_%04lld", static_cast<long long>(iteration));
  return (path.parent_path() / (path.stem().string() + number + path.extension().string()))
      .string();
}

}  // namespace impasto
