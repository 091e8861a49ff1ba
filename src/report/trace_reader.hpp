// Loss traces back from CSV.
#pragma once

#include <string>
#include <vector>

#include "impasto/transfer.hpp"

namespace impasto {

/// Reads a trace as impasto transfer writes it. Needs the columns iteration, total, content and
/// style, in any order; tv, scale and seconds are read where they are, others left alone. Throws
/// InputError naming file and line for a file that is missing or empty, for a missing column, a
/// line of another length, and a value that is no finite number.
std::vector<TraceRow> read_trace(const std::string& path);

}  // namespace impasto
