// What a checkpoint says of its command, believed only where it makes sense.
#include "cli/run_record.hpp"

#include <gtest/gtest.h>

#include "cli/resume.hpp"
#include "impasto/error.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

/// What a run that was started with `options` is resumed with.
TransferOptions recorded(const TransferOptions& options) {
  const RunRecord record = record_of(TransferArguments{}, options, "oriented");
  return options_of(parse_record(print_record(record), "x.checkpoint"), "x.checkpoint");
}

TEST(RunRecord, ThatNestsWithoutEndIsRefused) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const std::string text =
      R"({"content":"","styles":[],"weights":"","output":"","trace":"","settings":[],"choices":)" +
      deep + "}";
  EXPECT_THROW(parse_record(text, "x.checkpoint"), InputError);
}

// A preset's sharing out among its own scales, say, is of no use to a run of other scales.
TEST(RunRecord, AnOptionThatTheRunHadUnsetStaysUnsetWhateverThePresetSays) {
  for (const std::string& name : preset_names()) {
    SCOPED_TRACE(name);
    TransferOptions options = preset(name);
    EXPECT_EQ(effective_settings(recorded(options)), effective_settings(options));
    options.scales = {256, 512};
    options.scale_iterations = {3, 4};
    EXPECT_EQ(effective_settings(recorded(options)), effective_settings(options));
    options.scale_iterations.clear();
    EXPECT_EQ(effective_settings(recorded(options)), effective_settings(options));
    options.scales.clear();
    options.style_size.reset();
    options.balance.reset();
    options.auto_balance = false;
    EXPECT_EQ(effective_settings(recorded(options)), effective_settings(options));
  }
}

TEST(RunRecord, OfAPresetThatIsNotThereIsRefused) {
  RunRecord record = record_of(TransferArguments{}, preset("gatys"), "oriented");
  record.settings.front().second = "of-tomorrow";
  EXPECT_THROW((void)options_of(record, "x.checkpoint"), InputError);
}

}  // namespace
}  // namespace impasto
