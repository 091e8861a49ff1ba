// The loss trace as CSV.
#pragma once

#include <string>
#include <vector>

#include "impasto/transfer.hpp"

namespace impasto {

/// Columns iteration,scale,total,content,style,tv,seconds; 9 significant digits.
std::string trace_csv(const std::vector<TraceRow>& trace);

}  // namespace impasto
