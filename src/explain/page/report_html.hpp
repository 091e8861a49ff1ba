// The teaching report of a run as one HTML page that needs nothing else.
#pragma once

#include <string>

#include "explain/explanation.hpp"

namespace impasto {

/// The whole page. Everything can be read without its script, which adds the slider and the choice
/// of pixels. It is XML too, and refers to nothing outside itself.
std::string report_html(const Explanation& explanation);

}  // namespace impasto
