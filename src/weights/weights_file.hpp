// The layout of impasto's own weights files.
//
// /                    attributes: format_version, topology, family, channel_order, mean, std,
// pool_after_last_block,
//                      calibrate, source, source_sha256
// /convB_C/weight      K × C × 3 × 3, float32 little-endian, chunked, Fletcher32
// /convB_C/bias        K, likewise
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace impasto {

constexpr std::int32_t kWeightsFormatVersion = 1;
constexpr const char* kVersionAttribute = "format_version";

/// Whether an HDF5 file says that it is a weights file, of whatever version, or can say nothing any
/// more, its attributes being damaged: who reads it is told. False for any other file.
bool is_weights_file(const std::string& path);

}  // namespace impasto
