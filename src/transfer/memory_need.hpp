// How much memory a run will need, known before any of it is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "impasto/image.hpp"
#include "impasto/options.hpp"
#include "impasto/weights.hpp"

namespace impasto {

/// Bytes of backend memory at the largest scale, part by part. Algorithms' workspaces come on top
/// where the backend does not say that they are large.
struct MemoryNeed {
  std::size_t filters = 0;    ///< every direction, in the precision asked for
  std::size_t walk = 0;       ///< feature maps and gradients
  std::size_t style = 0;      ///< the style images' walk, gone before the loop begins
  std::size_t losses = 0;     ///< targets, Gram matrices, and what their gradients are converted in
  std::size_t optimizer = 0;  ///< its vectors
  std::size_t pictures = 0;
  std::size_t workspace = 0;     ///< of the convolutions, where the backend reckons with much
  std::int64_t largest_map = 0;  ///< elements of the largest feature map, padding channels included

  /// The style images' walk and the optimiser are never there together.
  [[nodiscard]] std::size_t total() const;
};

/// Throws as the run would: UsageError, InputError.
MemoryNeed memory_need(const Backend& backend, const Image& content,
                       const std::vector<Image>& styles, const NetworkWeights& weights,
                       const TransferOptions& options);

/// What a run may have: what is free on the device, or what the system and its limits leave.
struct MemoryLimit {
  std::size_t bytes = 0;
  bool hard = false;        ///< nothing is to be had beyond it; else the system may swap
  std::size_t machine = 0;  ///< all that the machine has, swap included; no limit on a device
  std::string where;        ///< for people: "on the device", "under ulimit -v"
};
MemoryLimit memory_limit(const Backend& backend);

/// Throws MemoryError where a feature map would have more elements than the backend takes.
void require_maps_that_fit(const Backend& backend, const MemoryNeed& need);

/// Bytes that a run with this need may take on top of it on the host, for what nobody can count
/// beforehand: oneDNN's code, filters arranged for each convolution that is timed, the threads' own
/// memory, the pictures. It seldom takes as much. On a device a twentieth of both together.
std::size_t room_beside(const Backend& backend, const MemoryNeed& need);

/// The largest long side (a multiple of 16, at most 32768) at which the run's need and the room
/// beside it are at most `available` bytes and no feature map is too large for the backend; nothing
/// when no size that the network takes is such.
std::optional<std::int64_t> largest_size(const Backend& backend, const Image& content,
                                         const std::vector<Image>& styles,
                                         const NetworkWeights& weights,
                                         const TransferOptions& options, std::size_t available);

}  // namespace impasto
