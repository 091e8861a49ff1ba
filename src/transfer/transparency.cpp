#include "transfer/transparency.hpp"

#include <algorithm>

namespace impasto {

std::optional<std::string> transparency_warning(const Image& picture, const std::string& role) {
  const auto is_clear = [](float alpha) { return alpha == 0; };
  if (picture.alpha.empty() || !std::all_of(picture.alpha.begin(), picture.alpha.end(), is_clear)) {
    return std::nullopt;
  }
  return "the " + role + " picture is transparent everywhere" +
         (picture.name.empty() ? "" : " (" + picture.name + ")") + ": it counts as plain white";
}

}  // namespace impasto
