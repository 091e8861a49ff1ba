// The report's own style sheet, which follows that of all pages, and its script: report.css and
// report.js, which the build puts into the program (cmake/EmbedText.cmake).
#pragma once

#include <string_view>

namespace impasto {

std::string_view report_css();
std::string_view report_js();

}  // namespace impasto
