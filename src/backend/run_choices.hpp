// Which algorithms this process's operations run by, so that a resumed run can take the same ones
// in another process: a choice by the clock may fall otherwise there, and other algorithms round
// otherwise.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace impasto {

/// How a backend chooses between algorithms: by what runs fastest here and now, or by rules that
/// ask no clock, so that runs on machines of one kind agree to the byte.
enum class Choosing { kByClock, kByRule };

using RunChoices = std::map<std::string, std::string>;

/// Notes what was chosen for `key`, which names operation and shape; the last choice counts.
void note_choice(const std::string& key, const std::string& choice);

/// Everything that was noted so far.
RunChoices noted_choices();

/// From now on, what choices there are for these keys are to be taken again.
void prefer_choices(const RunChoices& choices);

/// What is to be taken again for `key`.
std::optional<std::string> preferred_choice(const std::string& key);

}  // namespace impasto
