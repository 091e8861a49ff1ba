// How picture files are put together: a JPEG of segments, a PNG of chunks.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace impasto {

/// Gives each segment before the JPEG's first scan to `visit`: marker and contents, until one is
/// cut off.
void for_each_segment(std::string_view jpeg,
                      const std::function<void(std::uint32_t, std::string_view)>& visit);

/// Gives each complete chunk of the PNG to `visit`: its type of four letters and its contents.
void for_each_chunk(std::string_view png,
                    const std::function<void(std::string_view, std::string_view)>& visit);

}  // namespace impasto
