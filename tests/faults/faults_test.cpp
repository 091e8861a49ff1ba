// What becomes of the user's files when the system lets a call fail or the program is killed, at
// every place where that can happen. The calls are made to fail by fail_call.cpp.
//
// There are tens of thousands of allocations, so the tests take a sample of them, another few at
// each end; IMPASTO_FAULTS=all takes every one (hours).
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "cli/cli_fixture.hpp"
#include "core/random.hpp"
#include "faults/fault_library.hpp"

namespace impasto {
namespace {

constexpr int kMostRuns = 24;  ///< of one test, unless every call is asked for
constexpr int kKills = 10;

using Files = std::map<std::string, std::string>;

/// A command, what it needs, and what it makes.
struct Command {
  const char* name;
  Words words;
  std::vector<std::string> outputs;  ///< those that the user names or that hold the result
};

Command conversion() {
  return {"Convert", {"convert", "net.pth", "-o", "out.h5"}, {"out.h5"}};
}

std::vector<Command> commands() {
  const Words small{"--weights",      "weights.h5", "--content-layers", "relu2_1",
                    "--style-layers", "relu1_1",    "--optimizer",      "adam",
                    "--iterations",   "2",          "--progress",       "none"};
  Words transfer{"transfer", "content.png",  "style.png", "-o", "out.png",
                 "--trace",  "out.csv",      "--threads", "2",  "--learning-rate",
                 "1",        "--save-every", "1"};
  Words sweep{"sweep", "content.png", "style.png",          "-o", "out.png", "--threads",
              "1",     "--vary",      "learning-rate=0.5,1"};
  transfer.insert(transfer.end(), small.begin(), small.end());
  sweep.insert(sweep.end(), small.begin(), small.end());
  return {{"Transfer", transfer, {"out.png", "out.csv", "out_0001.png", "out_0002.png"}},
          {"Oriented",
           {"transfer", "content.png", "style.png", "-o", "out.png", "--threads", "1", "--weights",
            "oriented", "--iterations", "1", "--progress", "none"},
           {"out.png"}},
          conversion(),
          {"Sweep", sweep, {"out.png", "out.csv"}}};
}

struct Case {
  Command command;
  std::string kind;
};

void PrintTo(const Case& one, std::ostream* stream) {
  *stream << one.command.name << ", " << one.kind;
}

std::vector<Case> cases(const std::vector<std::string>& kinds) {
  std::vector<Case> all;
  for (const Command& command : commands()) {
    for (const std::string& kind : kinds) {
      // A network of full width differs in what it asks of memory alone, and is slow.
      if (command.name != std::string("Oriented") || kind.ends_with("memory")) {
        all.push_back({command, kind});
      }
    }
  }
  return all;
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  std::string name = std::string(info.param.command.name) + "_" + info.param.kind;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// Every file below a folder by its path from there; folders are left out.
Files files_below(const std::string& folder) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[std::filesystem::relative(entry.path(), folder).string()] =
          bytes_of(entry.path().string());
    }
  }
  return files;
}

bool is_temporary(const std::string& name) {
  return name.ends_with(".part");
}

/// Whether the file system knows files that have no name until they are whole.
bool has_nameless_files(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  return descriptor >= 0 && close(descriptor) == 0;
}

/// Reads it, every checksum too.
bool is_whole_weights_file(const std::string& bytes) {
  const TempFolder folder;
  try {
    return read_weights_file(folder.keep("read.h5", bytes)).convolutions.size() == 4;
  } catch (const InputError&) {
    return false;
  }
}

bool every_call_is_asked_for() {
  const char* asked = std::getenv("IMPASTO_FAULTS");
  return asked != nullptr && std::string(asked) == "all";
}

/// Which of `count` calls to try: all where there are few, else the first and last ones and others
/// in between, chosen by a fixed seed.
std::set<long> calls_to_try(long count) {
  std::set<long> calls;
  if (count <= kMostRuns || every_call_is_asked_for()) {
    for (long call = 1; call <= count; ++call) {
      calls.insert(call);
    }
    return calls;
  }
  calls = {1, count};
  Random random(11);
  while (calls.size() < kMostRuns) {
    calls.insert(1 + static_cast<long>(random.below(count)));
  }
  return calls;
}

void skip_without_library() {
  if (const std::string why = why_no_faults(); !why.empty()) {
    GTEST_SKIP() << why;
  }
}

ProgramResult run_with_fault(const Words& words, const std::string& folder,
                             const std::string& fault, const std::string& report) {
  std::filesystem::remove(report);
  return run_program({.arguments = words,
                      .folder = folder,
                      .environment = {{"LD_PRELOAD", fail_call_library()},
                                      {"IMPASTO_FAULT", fault},
                                      {"IMPASTO_FAULT_REPORT", report}}});
}

/// How many calls there were, from the report of a run that came to its end.
long calls_in(const std::string& report) {
  const std::string text = bytes_of(report);
  const auto at = text.find("calls ");
  EXPECT_NE(at, std::string::npos) << text;
  return at == std::string::npos ? 0 : std::strtol(text.c_str() + at + 6, nullptr, 10);
}

class Faults : public ::testing::TestWithParam<Case> {
 protected:
  Faults() {
    save_image(home_ / "content.png", gradient_picture(24, 18));
    save_image(home_ / "style.png", striped_picture(20, 22));
    write_weights_file(home_ / "weights.h5", caffe_network({{4}, {6}}));
    (void)home_.keep("net.pth", bytes_of(test_data() + "/checkpoints/zip.pth"));
    inputs_ = files_below(home_ / "");
  }

  void SetUp() override { skip_without_library(); }

  /// Only the inputs, and older outputs where `older`.
  void reset(bool older) {
    std::filesystem::remove_all(home_ / "");
    std::filesystem::create_directories(home_ / "");
    for (const auto& [name, bytes] : inputs_) {
      (void)home_.keep(name, bytes);
    }
    before_ = inputs_;
    if (older) {
      // Others than these are derived names, which replace nothing that they did not make.
      for (const std::string& output : older_outputs()) {
        (void)home_.keep(output, "older");
        before_[output] = "older";
      }
    }
  }

  ProgramResult run_with(const std::string& fault) {
    return run_with_fault(GetParam().command.words, home_ / "", fault, report_ / "report");
  }

  /// Whether the call came, even if it was left alone.
  [[nodiscard]] bool did_come() const {
    const std::string report = bytes_of(report_ / "report");
    return report.starts_with("failed") || report.starts_with("left alone");
  }

  /// Whether a killed program may have left an unfinished file: HDF5's have names, and others have
  /// one for a moment when they replace a file, until they are renamed.
  [[nodiscard]] bool may_leave_part() const {
    const bool came_at_rename = bytes_of(report_ / "report").starts_with("failed at rename");
    return came_at_rename || GetParam().command.name == std::string("Convert") ||
           !has_nameless_files(home_ / "");
  }

  /// Runs without a fault; keeps what is right, and returns how many calls of the kind there are.
  long count_calls() {
    reset(false);
    const ProgramResult result = run_with(GetParam().kind + ":0");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    whole_ = files_below(home_ / "");
    return calls_in(report_ / "report");
  }

  /// Inputs and older files as they were, every output whole or absent, and nothing else; an
  /// unfinished file only where `may_leave_part`.
  void expect_nothing_lost(bool may_leave_part) const {
    const Files after = files_below(home_ / "");
    for (const auto& [name, bytes] : before_) {
      const auto found = after.find(name);
      ASSERT_NE(found, after.end()) << name << " is lost";
      const bool as_before = found->second == bytes;
      const bool is_input = inputs_.contains(name);
      EXPECT_TRUE(as_before || (!is_input && is_in_order(name, found->second))) << name;
    }
    for (const auto& [name, bytes] : after) {
      if (!before_.contains(name) && !(may_leave_part && is_temporary(name))) {
        EXPECT_TRUE(is_in_order(name, bytes)) << name << " of " << bytes.size() << " bytes";
      }
    }
  }

  void expect_result(const ProgramResult& result) const {
    EXPECT_EQ(result.signal, 0) << result.err;
    EXPECT_FALSE(result.timed_out);
    const std::size_t errors = count_of("\n" + result.err, "\nimpasto: error: ");
    if (result.exit_code == 0) {
      EXPECT_EQ(errors, 0U) << result.err;
      const Files after = files_below(home_ / "");
      for (const std::string& output : GetParam().command.outputs) {
        const auto found = after.find(output);
        EXPECT_TRUE((found != after.end() && is_whole(output, found->second)) ||
                    warned_of(output, result))
            << output << " is missing or not whole\n"
            << result.err;
      }
    } else {
      EXPECT_TRUE(result.exit_code == 3 || result.exit_code == 4)
          << result.exit_code << " " << result.err;
      EXPECT_EQ(errors, 1U) << result.err;
      EXPECT_TRUE(result.err.ends_with('\n'));
      EXPECT_EQ(result.err.find(".part"), std::string::npos) << result.err;
    }
  }

 private:
  [[nodiscard]] std::vector<std::string> older_outputs() const {
    std::vector<std::string> older{GetParam().command.outputs.front()};
    if (GetParam().command.name == std::string("Transfer")) {
      older.emplace_back("out.csv");
    }
    return older;
  }

  /// A snapshot that cannot be kept is told of, and the run goes on.
  static bool warned_of(const std::string& output, const ProgramResult& result) {
    return output.starts_with("out_") && result.err.find("no snapshot: ") != std::string::npos;
  }

  /// Whole, or a sheet that says in a panel's place that this one failed.
  [[nodiscard]] bool is_in_order(const std::string& name, const std::string& bytes) const {
    if (is_whole(name, bytes)) {
      return true;
    }
    // What could not be written to its place is kept elsewhere, whole.
    if (const auto kept = name.find("-kept"); kept != std::string::npos) {
      return is_whole(name.substr(0, kept) + name.substr(kept + 5), bytes);
    }
    const auto right = whole_.find(name);
    if (GetParam().command.name != std::string("Sweep") || name != "out.png" ||
        right == whole_.end()) {
      return false;
    }
    const TempFolder folder;
    const Image sheet = load_image(folder.keep("sheet.png", bytes));
    const Image right_sheet = load_image(folder.keep("right.png", right->second));
    return sheet.width == right_sheet.width && sheet.height == right_sheet.height;
  }

  [[nodiscard]] bool is_whole(const std::string& name, const std::string& bytes) const {
    const auto right = whole_.find(name);
    if (right == whole_.end()) {
      return false;
    }
    // These hold times, and so differ from run to run.
    if (name.ends_with(".h5")) {
      return is_whole_weights_file(bytes);
    }
    if (name.ends_with(".json")) {
      return bytes.ends_with("}\n");
    }
    if (name.ends_with(".csv")) {
      return count_of(bytes, "\n") == count_of(right->second, "\n");
    }
    return bytes == right->second;
  }

  TempFolder home_;
  TempFolder report_;
  Files inputs_;
  Files before_;
  Files whole_;
};

using FaultyCall = Faults;

TEST_P(FaultyCall, LosesNothingAndIsToldInOneLine) {
  const long count = count_calls();
  bool older = false;
  for (const long call : calls_to_try(count)) {
    const std::string fault = GetParam().kind + ":" + std::to_string(call);
    SCOPED_TRACE(fault + " of " + std::to_string(count));
    older = !older;
    reset(older);
    const ProgramResult result = run_with(fault);
    EXPECT_TRUE(did_come() || call + 100 > count);  // numbers vary a little from run to run
    expect_result(result);
    expect_nothing_lost(false);
    if (::testing::Test::HasFatalFailure()) {
      return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, FaultyCall,
                         ::testing::ValuesIn(cases({"memory", "create", "read", "write", "full",
                                                    "close", "sync", "rename", "map", "thread"})),
                         name_of);

using OtherFileSystem = Faults;

TEST_P(OtherFileSystem, TakesTheSameFilesAndKeepsNoOther) {
  const long count = count_calls();
  if (GetParam().command.name != std::string("Convert")) {
    ASSERT_GT(count, 0);
  }
  for (const bool older : {false, true}) {
    reset(older);
    const ProgramResult result = run_with(GetParam().kind + ":1");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    expect_result(result);
    expect_nothing_lost(false);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, OtherFileSystem,
                         ::testing::ValuesIn(cases({"no-more-links", "no-nameless"})), name_of);

class FullDisk : public CliTest {
 protected:
  void SetUp() override { skip_without_library(); }
};

TEST_F(FullDisk, UnderACheckpointNamesItAndKeepsThePicture) {
  const ProgramResult result = run_program(
      {.arguments = usual_transfer({"--iterations", "100000", "--progress", "plain"}),
       .folder = path(""),
       .environment = {{"LD_PRELOAD", fail_call_library()}, {"IMPASTO_FAULT", "full:2"}},
       .interrupt_after = "1/100000  loss"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(count_of(result.err, "impasto: error: "), 1U);
  EXPECT_NE(result.err.find("(out.checkpoint)"), std::string::npos) << result.err;
  EXPECT_EQ(load_image(path("out.png")).width, 40);
  EXPECT_EQ(contents_of(path("")).size(), 4U);  // content, style, weights, and the picture so far
}

class NoMemory : public CliTest {
 protected:
  void SetUp() override { skip_without_library(); }
};

// CLI11 copies words in functions that promise to throw nothing, and an error's own text takes
// memory too.
TEST_F(NoMemory, ForTheCommandLineOrTheErrorItselfIsStillOneLine) {
  constexpr long kLast = 40;
  const Words words{"inspect", "a-name-that-is-longer-than-a-short-string"};
  const TempFolder report;
  run_with_fault(words, path(""), "memory:0", report / "report");
  const long count = calls_in(report / "report");
  ASSERT_GT(count, kLast);
  for (long call = count - kLast; call <= count; ++call) {
    const ProgramResult result =
        run_with_fault(words, path(""), "memory:" + std::to_string(call), report / "report");
    EXPECT_TRUE(result.exit_code == 3 || result.exit_code == 4) << call << " " << result.signal;
    EXPECT_TRUE(result.err.starts_with("impasto: error: ")) << call << " " << result.err;
    EXPECT_EQ(count_of(result.err, "error: "), 1U) << call << " " << result.err;
    EXPECT_TRUE(result.err.ends_with('\n'));
  }
}

using KilledProgram = Faults;

TEST_P(KilledProgram, LeavesOutputsWholeOrAbsent) {
  const long count = count_calls();
  ASSERT_GT(count, 0);
  Random random(23);
  for (int round = 0; round < kKills; ++round) {
    const long call = 1 + static_cast<long>(random.below(count));
    SCOPED_TRACE(GetParam().kind + ":" + std::to_string(call));
    reset(round % 2 == 1);
    const ProgramResult result = run_with(GetParam().kind + ":" + std::to_string(call));
    EXPECT_TRUE(result.signal == SIGKILL || !did_come()) << result.err;
    expect_nothing_lost(may_leave_part());
  }
}

INSTANTIATE_TEST_SUITE_P(Each, KilledProgram,
                         ::testing::ValuesIn(cases({"kill-at-file", "kill-at-memory"})), name_of);

// A picture's own commands keep what there is so far: tests/cli/resume_test.cpp.
using InterruptedConversion = Faults;

TEST_P(InterruptedConversion, LeavesOutputsWholeOrAbsentAndNoUnfinishedFile) {
  const long count = count_calls();
  ASSERT_GT(count, 0);
  for (const long call : calls_to_try(count)) {
    SCOPED_TRACE(GetParam().kind + ":" + std::to_string(call));
    reset(call % 2 == 1);
    const ProgramResult result = run_with(GetParam().kind + ":" + std::to_string(call));
    const bool was_told = result.exit_code == 130 || result.exit_code == 0;
    EXPECT_TRUE(result.signal == SIGINT || was_told) << result.exit_code << result.err;
    expect_nothing_lost(false);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, InterruptedConversion,
                         ::testing::Values(Case{conversion(), "interrupt-at-file"}), name_of);

}  // namespace
}  // namespace impasto
