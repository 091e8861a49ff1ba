// Whether a run's pictures are what it can work with, asked before any work.
#pragma once

#include <vector>

#include "impasto/image.hpp"
#include "impasto/options.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

/// Throws UsageError where a picture is empty or missing, where weights are not one for each style
/// picture, and where one would be resized to more pixels than a picture may have.
void check_pictures(const Image& content, const std::vector<Image>& styles,
                    const TransferOptions& options);

/// Tells `observer` of pictures in which there is nothing to see.
void warn_of_blank_pictures(const Image& content, const std::vector<Image>& styles,
                            TransferObserver& observer);

}  // namespace impasto
