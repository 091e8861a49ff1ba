// Where impasto transfer writes, and that nothing is lost there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_files.hpp"
#include "cli/transfer_arguments.hpp"

namespace impasto {

/// Nothing the user had may be lost, and nothing is computed that could not be written. Throws
/// UsageError where an output would replace what it must not (run_files.hpp), InputError where it
/// cannot be written.
void check_outputs(const TransferArguments& arguments, const TransferRun& run);

/// Adds what a run reads besides its pictures: weights, initial image, configuration, checkpoint.
void add_inputs(RunFiles& files, const TransferArguments& arguments, const TransferRun& run);

/// "out/picture_0020.png" for "out/picture.png".
std::string snapshot_path(const std::string& output, std::int64_t iteration);

/// Writes a snapshot of OUT with a note by which a later run of the same OUT knows it for its own.
/// Replaces nothing but such a snapshot that nobody has changed, unless `overwrite`. Throws
/// InputError.
void keep_snapshot(const std::string& output, std::int64_t iteration, const Image& picture,
                   bool overwrite);

/// "out/picture.checkpoint" for "out/picture.png"; a name that would be too long is cut.
std::string checkpoint_path(const std::string& output);

/// Writes the checkpoint of an interrupted run beside its output and returns the name. An older
/// checkpoint may hold hours of another run: it is replaced only where this run went on from it
/// (`resumed`, empty if it did not). Otherwise the first free name of picture.checkpoint,
/// picture-2.checkpoint, ... is taken. Throws InputError.
std::string keep_checkpoint(const std::string& output, const Checkpoint& checkpoint,
                            const std::string& resumed);

/// Removes the checkpoint that a run of OUT went on from, if keep_checkpoint made it for this OUT
/// and its SHA-256 is still this one. Returns whether it is gone: somebody's copy under another
/// name is kept.
bool remove_checkpoint(const std::string& output, const std::string& checkpoint,
                       const std::string& sha256);

/// For what cannot be written to its place, and must not be lost: `keep` is called with names of
/// `output`'s ending in the current folder, then in that of temporary files, until it returns where
/// it kept it instead of an empty text. Nothing where neither takes it.
std::optional<std::string> keep_elsewhere(
    const std::string& output, const std::function<std::string(const std::string&)>& keep);

}  // namespace impasto
