// The report's parts, in its order. report_html.cpp puts them together.
#pragma once

#include <cstdint>
#include <string>

#include "explain/explanation.hpp"

namespace impasto {

inline std::string at_evaluation(std::int64_t iteration) {
  return "evaluation " + std::to_string(iteration);
}

/// Where losses and choices are compared.
inline std::string compared_evaluation(const Explanation& explanation) {
  return at_evaluation(explanation.stops[explanation.compared]);
}

std::string run_section(const Explanation& explanation);
std::string network_section(const Explanation& explanation);
std::string forward_section(const Explanation& explanation);
std::string grams_section(const Explanation& explanation);
std::string backward_section(const Explanation& explanation);
std::string pixel_section(const Explanation& explanation);
std::string course_section(const Explanation& explanation);
std::string choices_section(const Explanation& explanation);

}  // namespace impasto
