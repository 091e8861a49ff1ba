#include "cli/validators.hpp"

#include <algorithm>

#include "core/near_name.hpp"
#include "impasto/error.hpp"
#include "presets/parse.hpp"

namespace impasto {

CLI::Validator not_empty() {
  return {[](const std::string& text) -> std::string {
            return text.empty() || text.starts_with("--") ? "give a value" : "";
          },
          ""};
}

CLI::Validator whole_number(std::int64_t low, std::int64_t high) {
  return {[low, high](const std::string& text) -> std::string {
            try {
              parse_integer("", text, low, high);
              return "";
            } catch (const UsageError&) {
              return "give a whole number from " + std::to_string(low) + " to " +
                     std::to_string(high);
            }
          },
          ""};
}

CLI::Validator one_of(const std::vector<std::string>& words) {
  return {[words](const std::string& text) {
            const bool known = std::find(words.begin(), words.end(), text) != words.end();
            return known ? "" : did_you_mean(text, words, "give one of " + join(words));
          },
          ""};
}

}  // namespace impasto
