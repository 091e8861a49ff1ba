// What a picture's file says of the picture in it.
#pragma once

#include <string>

#include "image/header.hpp"
#include "image/orientation.hpp"
#include "image/stored_picture.hpp"
#include "impasto/image.hpp"

namespace impasto {

struct PictureFacts {
  PictureFormat format = PictureFormat::kPng;
  ColourModel model = ColourModel::kRgb;  ///< as it is decoded
  Orientation orientation = Orientation::kUpright;
  std::string profile;  ///< for people: what its colours are converted to sRGB from, or why not
};

struct InspectedPicture {
  Image image;  ///< as load_image gives it
  PictureFacts facts;
};

/// Throws InputError as load_image.
InspectedPicture inspect_image(const std::string& path);

/// For people: "upright", "made upright by a quarter turn clockwise".
std::string orientation_text(Orientation orientation);

/// "grey", "RGB" or "CMYK"
std::string model_name(ColourModel model);

}  // namespace impasto
