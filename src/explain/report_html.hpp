#pragma once
#include <string>
#include "explain/explanation.hpp"
namespace impasto {
std::string report_html(const Explanation& explanation);
}
