// Pieces of SVG and HTML, written so that both an HTML and an XML parser read them alike.
#pragma once

#include <string>

namespace impasto {

/// Text and attribute values as XML wants them; control characters, which it does not allow, become
/// spaces.
std::string escaped(const std::string& text);

/// ` name="value"`, escaped.
std::string attribute(const std::string& name, const std::string& value);

/// "12.5": hundredths of a pixel are enough for every screen.
std::string hundredths(double value);

}  // namespace impasto
