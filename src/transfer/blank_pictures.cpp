#include "transfer/blank_pictures.hpp"

#include <algorithm>
#include <cstddef>

namespace impasto {

namespace {

bool is_transparent(const Image& picture) {
  return !picture.alpha.empty() && std::all_of(picture.alpha.begin(), picture.alpha.end(),
                                               [](float alpha) { return alpha == 0; });
}

bool is_of_one_colour(const Image& picture) {
  const auto plane = static_cast<std::ptrdiff_t>(picture.pixels());
  for (auto first = picture.rgb.begin(); first != picture.rgb.end(); first += plane) {
    if (!std::all_of(first, first + plane, [&](float value) { return value == *first; })) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::string> blank_warning(const Image& picture, const std::string& role) {
  const std::string name = picture.name.empty() ? "" : " (" + picture.name + ")";
  if (is_transparent(picture)) {
    return "the " + role + " picture is transparent everywhere" + name +
           ": it counts as plain white";
  }
  if (is_of_one_colour(picture)) {
    return "the " + role + " picture is of one colour everywhere" + name + ": it has no " +
           (role == "style" ? "strokes to take over" : "shapes to keep");
  }
  return std::nullopt;
}

}  // namespace impasto
