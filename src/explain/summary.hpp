// The report's main numbers as text, for a terminal.
#pragma once

#include <string>

#include "explain/explanation.hpp"

namespace impasto {

/// Stations with their gradients, shares of the losses, worked pixels; lines end in newlines.
std::string explanation_summary(const Explanation& explanation);

}  // namespace impasto
