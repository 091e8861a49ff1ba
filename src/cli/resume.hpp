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

/// Throws UsageError where the recorded output is not the file that the interrupted run left there,
/// because that run was finished since or the picture was changed. A file that is gone is no
/// obstacle.
void require_picture_as_left(const RunRecord& record);

/// "impasto transfer --resume out.checkpoint", with the program called as it was now.
std::string resume_command(const std::string& checkpoint);

/// What a run is made from.
struct RunInputs {
  Image content;
  std::vector<Image> styles;
  NetworkWeights weights;
};

/// Loads content, styles and `weights`; where that is empty, InputError says which weights there
/// could be. In a resumed run, InputError names the file that is gone or is not the interrupted
/// run's, and how to name its new place.
RunInputs load_inputs(const TransferArguments& arguments, const std::string& weights,
                      const Checkpoint* resume);

}  // namespace impasto
