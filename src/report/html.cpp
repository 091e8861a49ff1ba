#include "report/html.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base64.hpp"
#include "image/encode.hpp"
#include "report/ticks.hpp"

namespace impasto {
namespace {

constexpr std::int64_t kLongestPhotoSide = 640;
constexpr std::size_t kColumnsInText = 6;  // a table of more may be wider than the text
constexpr int kPagePictureQuality = 91;    // the lowest that keeps colours at full resolution

/// The variables of a section's markup.
std::string with_variables(const std::string& markup) {
  std::string text;
  bool inside = false;
  for (const char letter : markup) {
    if (letter == '*') {
      text += inside ? "</var>" : "<var>";
      inside = !inside;
    } else {
      text += letter;
    }
  }
  return text;
}

std::string with_minus(const std::string& text) {
  return text.front() == '-' ? "\u2212" + text.substr(1) : text;
}

std::string code_references(const std::vector<CodeReference>& code) {
  std::string text;
  for (const CodeReference& reference : code) {
    text += (text.empty() ? "Computed by " : ", ") + element("code", reference.function) + " in " +
            element("code", reference.file);
  }
  return text;
}

std::string caption_markup(const Caption& caption) {
  return element(
      "figcaption",
      element("p", caption.text) +
          (caption.formula.empty() ? "" : element("p", {{"class", "formula"}}, caption.formula)) +
          element("p", {{"class", "code"}}, code_references(caption.code)));
}

std::string table_head(const Table& table) {
  std::string groups;
  for (const auto& [heading, columns] : table.groups) {
    const Attributes spanning{{"colspan", std::to_string(columns)}, {"scope", "colgroup"}};
    groups += heading.empty() ? element("td", Attributes{{"colspan", std::to_string(columns)}}, "")
                              : element("th", spanning, heading);
  }
  std::string heads;
  for (const std::string& cell : table.head) {
    heads += element("th", {{"scope", "col"}}, cell);
  }
  return element("thead", (groups.empty() ? "" : element("tr", groups)) + element("tr", heads));
}

std::string table_body(const TableBody& body) {
  std::string rows;
  for (const Row& row : body.rows) {
    std::string cells;
    for (std::size_t n = 0; n < row.size(); ++n) {
      cells += n == 0 ? element("th", {{"scope", "row"}}, row[n]) : element("td", row[n]);
    }
    rows += element("tr", cells) + "\n";
  }
  return element("tbody", body.attributes, rows);
}

std::string table_bodies(const Table& table) {
  std::string bodies;
  for (const TableBody& body : table.bodies) {
    bodies += table_body(body);
  }
  return bodies.empty() ? table_body({table.rows, {}}) : bodies;
}

}  // namespace

std::string plain(const std::string& text) {
  // The JSON library knows what UTF-8 is.
  using nlohmann::json;
  const std::string valid = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  std::string markup;
  for (const char letter : escaped(json::parse(valid).get<std::string>())) {
    markup += letter == '*' ? "&#42;" : std::string(1, letter);
  }
  return markup;
}

std::string paragraph(const std::string& content) {
  return element("p", content) + "\n";
}

std::string number(double value, int digits) {
  if (!std::isfinite(value)) {
    return std::isnan(value) ? "not a number" : value > 0 ? "\u221E" : "\u2212\u221E";
  }
  return with_minus(tick_label(rounded(value, digits), std::max(digits, kLabelDigits)));
}

std::string whole(std::int64_t value) {
  return with_minus(std::to_string(value));
}

std::string percent(double share) {
  return number(100 * share, 3) + "\u00A0%";
}

std::string figure(const std::string& id, const std::string& css_class, const std::string& content,
                   const Caption& caption) {
  return element("figure", {{"id", id}, {"class", css_class}},
                 element("div", {{"class", "body"}}, content) + caption_markup(caption)) +
         "\n";
}

std::string table_figure(const std::string& id, const std::string& label, const Table& table,
                         const Caption& caption) {
  const Attributes box{
      {"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", label}};
  const std::string content =
      element("table", {{"aria-label", label}}, table_head(table) + table_bodies(table));
  return figure(id, table.head.size() > kColumnsInText ? "wide table" : "table",
                element("div", box, content), caption);
}

std::string picture(const Image& image, PictureFormat format, const std::string& alt,
                    const Attributes& more) {
  const std::string type = format == PictureFormat::kPng ? "png" : "jpeg";
  const std::string bytes = encode_picture(image, format, kPagePictureQuality);
  Attributes attributes{{"src", "data:image/" + type + ";base64," + base64(bytes)},
                        {"alt", alt},
                        {"width", std::to_string(image.width)},
                        {"height", std::to_string(image.height)}};
  attributes.insert(attributes.end(), more.begin(), more.end());
  return empty_element("img", attributes);
}

std::string photo(const Image& image, const std::string& alt, const Attributes& more) {
  const std::int64_t longest = std::max(image.width, image.height);
  if (longest <= kLongestPhotoSide) {
    return picture(image, PictureFormat::kJpeg, alt, more);
  }
  const auto shrunk = [&](std::int64_t side) {
    return std::max<std::int64_t>(1, side * kLongestPhotoSide / longest);
  };
  return picture(resize(image, shrunk(image.width), shrunk(image.height)), PictureFormat::kJpeg,
                 alt, more);
}

std::string section(const std::string& id, const std::string& heading, const std::string& content) {
  const std::string heading_id = id + "-heading";
  return element(
             "section", {{"id", id}, {"aria-labelledby", heading_id}},
             "\n" + element("h2", {{"id", heading_id}}, heading) + "\n" + with_variables(content)) +
         "\n";
}

std::string folded(const std::string& summary, const std::string& content) {
  return element("details", element("summary", summary) + "\n" + content) + "\n";
}

std::string file_name(const std::string& path) {
  return plain(std::filesystem::path(path).filename().string());
}

std::string tap_name(const std::string& tap) {
  return element("span", {{"class", "name"}}, plain(tap));
}

}  // namespace impasto
