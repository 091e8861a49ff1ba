// What a checkpoint must know so that its name alone is enough to go on: `impasto transfer --resume
// X.checkpoint`.
#pragma once

#include <string>
#include <vector>

#include "cli/run_record.hpp"
#include "cli/transfer_arguments.hpp"
#include "impasto/image.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// `weights`: what the run's weights were loaded from.
RunRecord record_of(const TransferArguments& arguments, const TransferOptions& options,
                    const std::string& weights);

/// Content, styles, output and trace where the command line does not give them.
void complete(TransferArguments& arguments, const RunRecord& record);

/// "impasto transfer --resume out.checkpoint", with the program called as it was now.
std::string resume_command(const std::string& checkpoint);

/// What a run is made from.
struct RunInputs {
  Image content;
  std::vector<Image> styles;
  std::string source;  ///< what the weights were loaded from
  NetworkWeights weights;
};

/// Loads content, styles and `weights`, or the default ones where that is empty. In a resumed run,
/// InputError names the file that is gone or is not the interrupted run's, and how to name its new
/// place.
RunInputs load_inputs(const TransferArguments& arguments, const std::string& weights,
                      const Checkpoint* resume);

}  // namespace impasto
