#include "report/trace_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

constexpr std::size_t kLargestTrace = std::size_t{1} << 30U;
constexpr const char* kRemedy = "name a file that impasto transfer --trace wrote";

struct Column {
  const char* name;
  bool needed;
  void (*set)(TraceRow&, double);
  bool counts = false;  ///< in whole numbers from 1
};

constexpr Column kColumns[] = {
    {"iteration", true,
     [](TraceRow& row, double value) { row.iteration = static_cast<std::int64_t>(value); }, true},
    {"scale", false,
     [](TraceRow& row, double value) { row.scale = static_cast<std::int64_t>(value); }, true},
    {"total", true, [](TraceRow& row, double value) { row.total = value; }},
    {"content", true, [](TraceRow& row, double value) { row.content = value; }},
    {"style", true, [](TraceRow& row, double value) { row.style = value; }},
    {"tv", false, [](TraceRow& row, double value) { row.tv = value; }},
    {"seconds", false, [](TraceRow& row, double value) { row.seconds = value; }}};

/// Takes the next line from `text`, without its end.
std::string next_line(const std::string& text, std::size_t& at) {
  const std::size_t end = std::min(text.find('\n', at), text.size());
  std::string line = text.substr(at, end - at);
  at = end + 1;
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  return line;
}

/// The columns that the header names, in its order; null where one is of no interest.
std::vector<const Column*> columns_of(const std::string& header, const std::string& place) {
  const std::vector<std::string> names = split(header);
  std::vector<const Column*> columns(names.size());
  for (const Column& column : kColumns) {
    const auto found = std::find(names.begin(), names.end(), column.name);
    if (found != names.end()) {
      columns[static_cast<std::size_t>(found - names.begin())] = &column;
    } else if (column.needed) {
      throw InputError("not a trace: there is no column '" + std::string(column.name) + "'",
                       place + ":1", kRemedy);
    }
  }
  return columns;
}

double read_value(const std::string& cell, const Column& column, const std::string& place) {
  double value = 0;
  const char* end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(cell.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) {
    throw InputError(
        "'" + cell.substr(0, 40) + "' in column " + column.name + " is no finite number", place,
        kRemedy);
  }
  if (column.counts && !(value >= 1 && value < 1e15 && value == std::floor(value))) {
    throw InputError(
        "'" + cell.substr(0, 40) + "' in column " + column.name + " is no whole number from 1",
        place, kRemedy);
  }
  return value;
}

}  // namespace

std::vector<TraceRow> read_trace(const std::string& path) {
  const std::string text = read_file(path, kLargestTrace);
  std::size_t at = 0;
  const std::vector<const Column*> columns = columns_of(next_line(text, at), path);
  std::vector<TraceRow> rows;
  for (std::size_t line = 2; at < text.size(); ++line) {
    const std::string place = path + ":" + std::to_string(line);
    const std::vector<std::string> cells = split(next_line(text, at));
    if (cells.size() != columns.size()) {
      throw InputError(std::to_string(cells.size()) + " values for " +
                           std::to_string(columns.size()) + " columns",
                       place, kRemedy);
    }
    TraceRow row;
    for (std::size_t n = 0; n < cells.size(); ++n) {
      if (columns[n] != nullptr) {
        columns[n]->set(row, read_value(cells[n], *columns[n], place));
      }
    }
    rows.push_back(row);
  }
  if (rows.empty()) {
    throw InputError("the trace has no rows", path + ":2", kRemedy);
  }
  return rows;
}

}  // namespace impasto
