#include "backend/cuda/way_chooser.hpp"

#include <cstdio>
#include <utility>

#include "backend/run_choices.hpp"
#include "impasto/error.hpp"

namespace impasto::cuda {

WayChooser::WayChooser(Context& context, const PassGeometry& geometry, std::size_t most,
                       const std::string& direction)
    : context_(context),
      geometry_(geometry),
      most_(most),
      key_(context.choice_prefix() + ", " + direction + ", " + to_string(geometry.x) + " to " +
           std::to_string(geometry.y.channels) + ", padding " + std::to_string(geometry.padding)) {}

WayChooser::Pass WayChooser::choose(const std::vector<Way>& ways) const {
  Pass pass = known_way(ways);
  if (!pass) {
    pass = context_.chooses_without_clock() ? first_that_works(ways) : fastest(ways);
  }
  note_choice(key_, pass->name());
  return pass;
}

WayChooser::Pass WayChooser::forced(const std::string& name, const std::vector<Way>& ways) const {
  for (const Way& way : ways) {
    if (way.name == name || way.name.starts_with(name + "/") || way.name.starts_with(name + ", ")) {
      if (Pass pass = attempt(way)) {
        return pass;
      }
    }
  }
  throw_no_way();
}

/// Nothing without a choice that was made before.
WayChooser::Pass WayChooser::known_way(const std::vector<Way>& ways) const {
  const std::optional<std::string> preferred = preferred_choice(key_);
  const std::optional<std::string> known = preferred ? preferred : context_.choices().find(key_);
  return known ? attempt_named(*known, ways) : nullptr;
}

/// Nothing where no way has this name, or cuDNN refuses it.
WayChooser::Pass WayChooser::attempt_named(const std::string& name,
                                           const std::vector<Way>& ways) const {
  for (const Way& way : ways) {
    if (way.name == name) {
      return attempt(way);
    }
  }
  return nullptr;
}

WayChooser::Pass WayChooser::attempt(const Way& way) const {
  try {
    Pass pass = way.make();
    if (pass->workspace_bytes() <= most_) {
      return pass;
    }
    last_refusal_ = way.name + " wants too large a workspace";
  } catch (const MemoryError&) {
    throw;  // the next way would find no more
  } catch (const DeviceError& error) {
    last_refusal_ = error.what();
  }
  return nullptr;
}

/// The best guess that cuDNN does not refuse when it is called. Throws MemoryError where there is
/// no room for it: a run that took the next one would end otherwise than one with more memory.
WayChooser::Pass WayChooser::first_that_works(const std::vector<Way>& ways) const {
  for (const Way& way : ways) {
    Pass pass = attempt(way);
    if (pass && works(context_, geometry_, *pass,
                      [this](const std::string& why) { last_refusal_ = why; })) {
      context_.notes().push_back(key_ + ": " + way.name + ", the first that works");
      return pass;
    }
  }
  throw_no_way();
}

WayChooser::Pass WayChooser::fastest(const std::vector<Way>& ways) const {
  std::vector<Pass> passes;
  for (const Way& way : ways) {
    if (Pass pass = attempt(way)) {
      passes.push_back(std::move(pass));
    }
  }
  std::optional<Winner> winner =
      fastest_pass(context_, geometry_, std::move(passes),
                   [this](const std::string& why) { last_refusal_ = why; });
  if (!winner) {
    throw_no_way();
  }
  const std::string name = winner->pass->name();
  char text[32];
  std::snprintf(text, sizeof text, ", %.3f ms", winner->milliseconds);
  context_.notes().push_back(key_ + ": " + name + text);
  Pass agreed;
  const auto is_believed = [&](const std::string& stored) {
    agreed = attempt_named(stored, ways);
    return agreed != nullptr;
  };
  context_.choices().store(key_, name, is_believed);
  return agreed ? std::move(agreed) : std::move(winner->pass);
}

void WayChooser::throw_no_way() const {
  throw DeviceError("cuDNN knows no way for " + key_, last_refusal_,
                    "try another --precision, or --device cpu");
}

}  // namespace impasto::cuda
