// The report's parts, in its order. report_html.cpp puts them together.
#pragma once

#include <string>

#include "explain/explanation.hpp"

namespace impasto {

std::string run_section(const Explanation& explanation);
std::string network_section(const Explanation& explanation);
std::string forward_section(const Explanation& explanation);
std::string grams_section(const Explanation& explanation);
std::string backward_section(const Explanation& explanation);
std::string pixel_section(const Explanation& explanation);
std::string course_section(const Explanation& explanation);
std::string choices_section(const Explanation& explanation);

}  // namespace impasto
