// Reads an SVG with an XML parser of its own, so that figures are tested as a viewer sees them.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "report/canvas.hpp"
#include "support/xml_reader.hpp"

namespace impasto {

/// "1,2 3,4"
inline std::vector<Point> points_of(const XmlElement& polyline) {
  std::istringstream text(polyline.attributes.at("points"));
  std::vector<Point> points;
  char comma = 0;
  for (Point point; text >> point.x >> comma >> point.y;) {
    points.push_back(point);
  }
  return points;
}

}  // namespace impasto
