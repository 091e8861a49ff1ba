#include "cli/transfer_outputs.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <optional>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "image/encode.hpp"
#include "image/note.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"
#include "weights/input_file.hpp"

namespace impasto {

namespace fs = std::filesystem;

namespace {

constexpr const char* kCheckpointEnding = ".checkpoint";
constexpr std::size_t kLargestSnapshot = std::size_t{1} << 30U;

std::int64_t planned_evaluations(const TransferOptions& options) {
  const std::vector<std::int64_t>& scales = options.scale_iterations;
  return scales.empty() ? options.iterations
                        : std::accumulate(scales.begin(), scales.end(), std::int64_t{0});
}

/// The evaluation after whose number a snapshot of OUT would be called like this, if it is made.
std::optional<std::int64_t> snapshot_number(const std::string& output, const std::string& name,
                                            const TransferOptions& options) {
  const std::size_t before = fs::path(output).stem().string().size() + 1;
  const std::size_t after = fs::path(output).extension().string().size();
  if (name.size() <= before + after) {
    return std::nullopt;
  }
  const char* end = name.data() + name.size() - after;
  std::int64_t number = 0;
  const auto parsed = std::from_chars(name.data() + before, end, number);
  const bool made = parsed.ec == std::errc() && parsed.ptr == end && number > 0 &&
                    number % options.save_every == 0 && number <= planned_evaluations(options);
  return made ? std::optional(number) : std::nullopt;
}

/// Of the snapshots that a run will write, those whose names are taken or wanted by another file of
/// the run: there may be more snapshots than names could be tried.
std::vector<std::string> contested_snapshots(const TransferArguments& arguments,
                                             const TransferOptions& options) {
  std::vector<std::string> names{fs::path(arguments.trace).filename().string()};
  const fs::path folder = fs::path(arguments.output).parent_path();
  std::error_code error;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, error), end;
       !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::vector<std::string> snapshots;
  for (const std::string& name : names) {
    if (const auto number = snapshot_number(arguments.output, name, options)) {
      snapshots.push_back(snapshot_path(arguments.output, *number));
    }
  }
  if (const std::int64_t count = planned_evaluations(options) / options.save_every; count > 0) {
    // The last one, whose name is the longest.
    snapshots.push_back(snapshot_path(arguments.output, count * options.save_every));
  }
  std::sort(snapshots.begin(), snapshots.end());
  snapshots.erase(std::unique(snapshots.begin(), snapshots.end()), snapshots.end());
  return snapshots;
}

/// Names the output and seals the picture: a snapshot that was painted over is nobody's own.
std::string snapshot_note(const std::string& output, const std::string& picture) {
  return "impasto snapshot " + sha256_of(fs::path(output).filename().string() + "\n" + picture);
}

bool is_own_snapshot(const std::string& path, const std::string& output) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return false;
  }
  try {
    const auto noted = take_note(read_file(path, kLargestSnapshot));
    return noted && noted->note == snapshot_note(output, noted->picture);
  } catch (const InputError&) {
    return false;
  }
}

/// "picture" shortened so that "picture-123.checkpoint" is a possible name.
fs::path checkpoint_stem(const std::string& output) {
  constexpr std::size_t kRoom = std::char_traits<char>::length("-123.checkpoint");
  fs::path path = fs::path(output).replace_extension();
  std::string stem = path.filename().string();
  const std::size_t most = longest_file_name(output) - kRoom;
  if (stem.size() > most) {
    constexpr unsigned kContinues = 0x80;  // 10xxxxxx: inside a UTF-8 character
    std::size_t length = most;
    while (length > 1 && (static_cast<unsigned char>(stem[length]) & 0xC0U) == kContinues) {
      --length;
    }
    path.replace_filename(stem.substr(0, length));
  }
  return path;
}

/// Whether keep_checkpoint gives such names: "out.checkpoint", "out-2.checkpoint" for the stem
/// "out".
bool is_checkpoint_name(const std::string& name, const std::string& stem) {
  const std::string ending = kCheckpointEnding;
  if (!name.starts_with(stem) || !name.ends_with(ending) ||
      name.size() < stem.size() + ending.size()) {
    return false;
  }
  const std::string between = name.substr(stem.size(), name.size() - stem.size() - ending.size());
  return between.empty() || (between.size() > 1 && between.front() == '-' &&
                             between.find_first_not_of("0123456789", 1) == std::string::npos);
}

}  // namespace

void add_inputs(RunFiles& files, const TransferArguments& arguments, const TransferRun& run) {
  files.reads({run.options.init_path, arguments.config, arguments.resume, run.weights});
}

void check_outputs(const TransferArguments& arguments, const TransferRun& run) {
  RunFiles files(arguments.overwrite);
  files.reads(arguments.content);
  files.reads(arguments.styles);
  add_inputs(files, arguments, run);
  files.writes(arguments.output, "-o");
  files.writes_text(arguments.trace, "--trace", "CSV", ".csv");
  if (run.options.save_every > 0) {
    for (const std::string& snapshot : contested_snapshots(arguments, run.options)) {
      files.derives(snapshot, "the snapshot", [&](const std::string& path) {
        return is_own_snapshot(path, arguments.output);
      });
    }
  }
  files.check();
  check_writable(arguments.output);
  if (!arguments.trace.empty()) {
    require_writable(arguments.trace);
  }
}

std::string snapshot_path(const std::string& output, std::int64_t iteration) {
  const fs::path path(output);
  char number[32];
  std::snprintf(number, sizeof number, "_%04lld", static_cast<long long>(iteration));
  return (path.parent_path() / (path.stem().string() + number + path.extension().string()))
      .string();
}

void keep_snapshot(const std::string& output, std::int64_t iteration, const Image& picture,
                   bool overwrite) {
  const std::string path = snapshot_path(output, iteration);
  const std::string file = encode_for(path, picture);
  const std::string noted = with_note(file, snapshot_note(output, file));
  if (create_file(path, noted)) {
    return;
  }
  if (!overwrite && !is_own_snapshot(path, output)) {
    throw InputError("a file that this run did not make has appeared there", path,
                     "move it away, or choose another -o");
  }
  write_file(path, noted);
}

std::string checkpoint_path(const std::string& output) {
  return checkpoint_stem(output).string() + kCheckpointEnding;
}

bool remove_checkpoint(const std::string& output, const std::string& checkpoint,
                       const std::string& sha256) {
  const fs::path path(absolute_path(checkpoint));
  const fs::path stem(absolute_path(checkpoint_stem(output).string()));
  std::error_code error;
  if (!fs::equivalent(path.parent_path(), stem.parent_path(), error) ||
      !is_checkpoint_name(path.filename().string(), stem.filename().string()) ||
      !fs::is_regular_file(fs::symlink_status(path, error)) ||
      sha256_of_file(checkpoint) != sha256) {
    return false;
  }
  return fs::remove(path, error);
}

std::string keep_checkpoint(const std::string& output, const Checkpoint& checkpoint,
                            const std::string& resumed) {
  const std::string stem = checkpoint_stem(output).string();
  std::string path = checkpoint_path(output);
  for (int n = 2;; ++n) {
    std::error_code error;
    if (!resumed.empty() && fs::equivalent(path, resumed, error) && !error) {
      write_checkpoint(path, checkpoint);
      return path;
    }
    if (create_checkpoint(path, checkpoint)) {
      return path;
    }
    path = stem + "-" + std::to_string(n) + kCheckpointEnding;
  }
}

std::optional<std::string> keep_elsewhere(
    const std::string& output, const std::function<std::string(const std::string&)>& keep) {
  std::error_code error;
  for (const fs::path& folder : {fs::current_path(error), fs::temp_directory_path(error)}) {
    if (folder.empty()) {
      continue;
    }
    const fs::path name = fs::path(output).filename();
    const std::string stem = (folder / name.stem()).string() + "-kept";
    for (int n = 1; n < 100; ++n) {
      const std::string number = n == 1 ? "" : "-" + std::to_string(n);
      try {
        const std::string kept = keep(stem + number + name.extension().string());
        if (!kept.empty()) {
          return kept;
        }
      } catch (const Error&) {
        break;  // nor is there room here
      }
    }
  }
  return std::nullopt;
}

}  // namespace impasto
