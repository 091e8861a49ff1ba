// Reads a trace file strictly, as a user's script would.
#pragma once

#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "impasto/transfer.hpp"
#include "presets/parse.hpp"

namespace impasto {

inline std::vector<TraceRow> trace_rows(const std::string& csv) {
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "iteration,scale,total,content,style,tv,seconds");
  std::vector<TraceRow> rows;
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = split(line);
    if (cells.size() != 7) {
      ADD_FAILURE() << "not seven columns: " << line;
      return rows;
    }
    rows.push_back({std::stoll(cells[0]), std::stoll(cells[1]), std::stod(cells[2]),
                    std::stod(cells[3]), std::stod(cells[4]), std::stod(cells[5]),
                    std::stod(cells[6])});
  }
  return rows;
}

/// The columns of a trace but the seconds.
inline std::string losses_of(const std::string& csv) {
  return std::regex_replace(csv, std::regex(",[^,\n]*\n"), "\n");
}

}  // namespace impasto
