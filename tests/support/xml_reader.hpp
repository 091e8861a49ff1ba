// Reads figures and pages with an XML parser of its own, so that they are tested as a viewer sees
// them.
#pragma once

#include <expat.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace impasto {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;                    ///< all of it, that of the elements inside too
  std::vector<std::size_t> ancestors;  ///< indices of those around it, the outermost first

  /// The attribute's value, or nothing.
  [[nodiscard]] std::string operator[](const std::string& attribute) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? "" : found->second;
  }
};

/// Every element of the document, in its order; an XML error is a test failure.
inline std::vector<XmlElement> xml_elements(const std::string& document) {
  struct State {
    std::vector<XmlElement> elements;
    std::vector<std::size_t> open;
  } state;
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), XML_ParserFree);
  XML_SetUserData(parser.get(), &state);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const XML_Char* name, const XML_Char** attributes) {
        auto& here = *static_cast<State*>(data);
        XmlElement element;
        element.name = name;
        element.ancestors = here.open;
        for (; *attributes != nullptr; attributes += 2) {
          element.attributes[attributes[0]] = attributes[1];
        }
        here.open.push_back(here.elements.size());
        here.elements.push_back(element);
      },
      [](void* data, const XML_Char* /*name*/) { static_cast<State*>(data)->open.pop_back(); });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const XML_Char* text, int length) {
    auto& here = *static_cast<State*>(data);
    for (const std::size_t open : here.open) {
      here.elements[open].text.append(text, static_cast<std::size_t>(length));
    }
  });
  const auto size = static_cast<int>(document.size());
  EXPECT_EQ(XML_Parse(parser.get(), document.data(), size, 1), XML_STATUS_OK)
      << XML_ErrorString(XML_GetErrorCode(parser.get())) << " in:\n"
      << document;
  return state.elements;
}

}  // namespace impasto
