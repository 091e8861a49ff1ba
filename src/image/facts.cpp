#include "image/facts.hpp"

namespace impasto {

std::string orientation_text(Orientation orientation) {
  switch (orientation) {
    case Orientation::kUpright:
      break;
    case Orientation::kMirrored:
      return "made upright by mirroring";
    case Orientation::kUpsideDown:
      return "made upright by a half turn";
    case Orientation::kFlipped:
      return "made upright by mirroring and a half turn";
    case Orientation::kTransposed:
      return "made upright by mirroring and a quarter turn anticlockwise";
    case Orientation::kTurnedLeft:
      return "made upright by a quarter turn clockwise";
    case Orientation::kTransversed:
      return "made upright by mirroring and a quarter turn clockwise";
    case Orientation::kTurnedRight:
      return "made upright by a quarter turn anticlockwise";
  }
  return "upright";
}

std::string model_name(ColourModel model) {
  switch (model) {
    case ColourModel::kGrey:
      return "grey";
    case ColourModel::kRgb:
      break;
    case ColourModel::kCmyk:
      return "CMYK";
  }
  return "RGB";
}

}  // namespace impasto
