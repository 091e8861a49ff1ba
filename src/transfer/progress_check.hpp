// A run that gets nowhere says so, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "impasto/options.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

/// For people: Adam's ε outweighs a gradient whose largest entry is `largest`, so that its steps
/// are far shorter than the learning rate. Nothing where it does not.
std::optional<std::string> weak_gradient(const TransferOptions& options, double largest);

/// For people: a gradient whose largest entry is `largest` has a square that Adam's second moment
/// cannot hold, so that its steps are none. Nothing where it can.
std::optional<std::string> strong_gradient(const TransferOptions& options, double largest);

/// For people: what was evaluated at one scale, `planned` evaluations at most, did not lower the
/// loss. `reason`: why the optimiser ended early, if it did. Nothing where the loss fell, or where
/// so few evaluations say nothing.
std::optional<std::string> no_progress(const TransferOptions& options,
                                       std::span<const TraceRow> rows, std::int64_t planned,
                                       const std::string& reason);

/// For people: the loss of one scale, from its first evaluation on, rose to more than ten times
/// what it began with, and never was lower. Nothing where it did not, or where so few evaluations
/// say nothing. Whether the picture has gone with it is for the caller to see: a loss near zero
/// rises so for nothing.
std::optional<std::string> runaway_loss(std::span<const TraceRow> rows);

}  // namespace impasto
