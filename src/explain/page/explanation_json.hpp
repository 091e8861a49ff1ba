// The report's numbers for programs.
#pragma once

#include <nlohmann/json.hpp>

#include "explain/explanation.hpp"

namespace impasto {

/// Every number of the report but not its pictures and maps, to nine significant digits; one that
/// is not finite is null. Texts are as given, whatever their bytes: dump with
/// error_handler_t::replace, or use json_text.
nlohmann::json explanation_json(const Explanation& explanation);

/// One line, UTF-8 whatever the names' bytes.
std::string json_text(const nlohmann::json& json);

}  // namespace impasto
