// The name that somebody may have meant.
#pragma once

#include <string>
#include <vector>

namespace impasto {

/// The one of `names` that `word` was probably meant to be: equal but for the case of its letters;
/// the only one that begins with it; with the fewest letters changed, left out, added or swapped
/// (at most one in three); or the longest whose parts between hyphens all stand in it
/// ("image-size": "size"). Empty where none is near.
std::string near_name(const std::string& word, const std::vector<std::string>& names);

/// "did you mean NAME?" for the near name, or `otherwise`.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& names,
                         const std::string& otherwise);

}  // namespace impasto
