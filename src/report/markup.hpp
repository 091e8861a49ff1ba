// Pieces of SVG and HTML, written so that both an HTML and an XML parser read them alike.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace impasto {

/// Text and attribute values as XML wants them; control characters, which it does not allow, become
/// spaces.
std::string escaped(const std::string& text);

/// Names with their values, which are text: they are escaped where they are written.
using Attributes = std::vector<std::pair<std::string, std::string>>;

/// `content` is markup.
std::string element(const std::string& name, const Attributes& attributes,
                    const std::string& content);
std::string element(const std::string& name, const std::string& content);
/// One without content or end tag, such as <img/>.
std::string empty_element(const std::string& name, const Attributes& attributes);

/// "12.5": hundredths of a pixel are enough for every screen.
std::string hundredths(double value);

}  // namespace impasto
