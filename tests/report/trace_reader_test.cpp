// Traces back from CSV, and what is said about bad ones.
#include "report/trace_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/trace_file.hpp"
#include "image/picture_files.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

TEST(TraceReader, ReadsWhatTransferWrites) {
  const std::vector<TraceRow> rows{{1, 1, 7.25, 0, 7, 0.25, 0.125}, {2, 2, 3e-9, 1e-9, 2e-9, 0, 1}};
  TempFolder folder;
  const std::vector<TraceRow> read = read_trace(folder.keep("trace.csv", trace_csv(rows)));
  ASSERT_EQ(read.size(), 2U);
  for (std::size_t n = 0; n < 2; ++n) {
    EXPECT_EQ(read[n].iteration, rows[n].iteration);
    EXPECT_EQ(read[n].scale, rows[n].scale);
    EXPECT_EQ(read[n].total, rows[n].total);
    EXPECT_EQ(read[n].content, rows[n].content);
    EXPECT_EQ(read[n].style, rows[n].style);
    EXPECT_EQ(read[n].tv, rows[n].tv);
    EXPECT_EQ(read[n].seconds, rows[n].seconds);
  }
}

TEST(TraceReader, TakesColumnsInAnyOrderAndLeavesOthersAlone) {
  TempFolder folder;
  const std::vector<TraceRow> rows = read_trace(
      folder.keep("trace.csv", "style,remark,total,iteration,content\r\n2,fine,5,1,3\r\n"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].style, 2);
  EXPECT_EQ(rows[0].total, 5);
  EXPECT_EQ(rows[0].content, 3);
}

TEST(TraceReader, NamesFileAndLineOfWhatIsBad) {
  TempFolder folder;
  const std::string head = "iteration,scale,total,content,style,tv,seconds\n";
  const std::string good = "1,1,3,1,2,0,0.5\n";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "bad.csv:1"},
      {"\n", "bad.csv:1"},
      {std::string("\x89PNG\r\n\x1a\n\0\0", 10), "bad.csv:1"},
      {"iteration,total,content\n1,2,3\n", "bad.csv:1"},
      {head + "1,11111111111111111111111111111111111111,2,1,1,0,1\n", "bad.csv:2"},
      {head + "1,1.5,2,1,1,0,1\n", "bad.csv:2"},
      {head, "bad.csv:2"},
      {head + good + "2,1,3,1,2,0\n", "bad.csv:3"},
      {head + good + "2,1,3,1,2,0,1,9\n", "bad.csv:3"},
      {head + good + "2,1,three,1,2,0,1\n", "bad.csv:3"},
      {head + good + "2,1,nan,1,2,0,1\n", "bad.csv:3"},
      {head + good + "2,1,inf,1,2,0,1\n", "bad.csv:3"},
      {head + good + "2,1,,1,2,0,1\n", "bad.csv:3"},
      {head + good + "2,1,3 ,1,2,0,1\n", "bad.csv:3"},
      {head + good + "1.5,1,3,1,2,0,1\n", "bad.csv:3"},
      {head + good + "\n", "bad.csv:3"}};
  for (const auto& [bytes, place] : cases) {
    const std::string path = folder.keep("bad.csv", bytes);
    try {
      read_trace(path);
      ADD_FAILURE() << "taken: " << bytes;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(place)) << bytes;
    }
  }
  EXPECT_THROW(read_trace(folder / "none.csv"), InputError);
}

}  // namespace
}  // namespace impasto
