// Reads an SVG with an XML parser of its own, so that figures are tested as a viewer sees them.
#pragma once

#include <expat.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "report/canvas.hpp"

namespace impasto {

struct SvgElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;
};

/// Every element of the document, in its order; an XML error is a test failure.
inline std::vector<SvgElement> svg_elements(const std::string& document) {
  struct State {
    std::vector<SvgElement> elements;
    std::vector<std::size_t> open;
  } state;
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), XML_ParserFree);
  XML_SetUserData(parser.get(), &state);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const XML_Char* name, const XML_Char** attributes) {
        auto& here = *static_cast<State*>(data);
        SvgElement element;
        element.name = name;
        for (; *attributes != nullptr; attributes += 2) {
          element.attributes[attributes[0]] = attributes[1];
        }
        here.open.push_back(here.elements.size());
        here.elements.push_back(element);
      },
      [](void* data, const XML_Char* /*name*/) { static_cast<State*>(data)->open.pop_back(); });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const XML_Char* text, int length) {
    auto& here = *static_cast<State*>(data);
    here.elements[here.open.back()].text.append(text, static_cast<std::size_t>(length));
  });
  const auto size = static_cast<int>(document.size());
  EXPECT_EQ(XML_Parse(parser.get(), document.data(), size, 1), XML_STATUS_OK)
      << XML_ErrorString(XML_GetErrorCode(parser.get()));
  return state.elements;
}

/// "1,2 3,4"
inline std::vector<Point> points_of(const SvgElement& polyline) {
  std::istringstream text(polyline.attributes.at("points"));
  std::vector<Point> points;
  char comma = 0;
  for (Point point; text >> point.x >> comma >> point.y;) {
    points.push_back(point);
  }
  return points;
}

}  // namespace impasto
