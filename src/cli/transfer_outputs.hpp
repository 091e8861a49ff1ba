// Where impasto transfer writes, and that nothing is lost there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/transfer_arguments.hpp"

namespace impasto {

/// Nothing the user had may be lost, and nothing is computed that could not be written. Throws
/// UsageError where an output would replace an input, InputError where it cannot be written.
void check_outputs(const TransferArguments& arguments, const TransferRun& run);

/// Throws UsageError naming `option` if `output` is one of these files.
void require_other_file(const std::string& output, const std::vector<std::string>& inputs,
                        const std::string& option);

/// "out/picture_0020.png" for "out/picture.png".
std::string snapshot_path(const std::string& output, std::int64_t iteration);

/// "out/picture.checkpoint" for "out/picture.png".
std::string checkpoint_path(const std::string& output);

}  // namespace impasto
