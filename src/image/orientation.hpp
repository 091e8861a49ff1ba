// Turning a picture upright.
#pragma once

#include "image/metadata.hpp"
#include "impasto/image.hpp"

namespace impasto {

/// How the stored picture lies, in EXIF's numbering: where its first row and first column belong.
enum class Orientation {
  kUpright = 1,
  kMirrored = 2,
  kUpsideDown = 3,
  kFlipped = 4,
  kTransposed = 5,
  kTurnedLeft = 6,  // needs a quarter turn clockwise
  kTransversed = 7,
  kTurnedRight = 8,  // needs a quarter turn anticlockwise
};

/// What the file itself says, or EXIF where it says nothing, or XMP where neither does; upright
/// when none says anything sensible.
Orientation read_orientation(const Metadata& metadata);

/// The picture turned and mirrored so that it stands upright; its alpha with it.
Image turn_upright(Image image, Orientation orientation);

}  // namespace impasto
