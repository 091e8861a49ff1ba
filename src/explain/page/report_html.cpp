#include "explain/page/report_html.hpp"

#include <filesystem>

#include "explain/page/assets.hpp"
#include "explain/page/explanation_json.hpp"
#include "explain/page/report_sections.hpp"
#include "report/html.hpp"

namespace impasto {
namespace {

/// The browser itself sees to it that the page fetches nothing.
constexpr const char* kPolicy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// Between <script> tags nothing may look like a tag; JSON can write these letters by number.
std::string without_markup(const std::string& json) {
  std::string text;
  for (const char letter : json) {
    switch (letter) {
      case '<':
        text += "\\u003c";
        break;
      case '>':
        text += "\\u003e";
        break;
      case '&':
        text += "\\u0026";
        break;
      default:
        text += letter;
    }
  }
  return text;
}

/// CSS or a script as both an HTML and an XML parser leave it alone.
std::string foreign(const std::string& element_name, std::string_view text) {
  return element(element_name, "/*<![CDATA[*/\n" + std::string(text) + "/*]]>*/") + "\n";
}

std::string head(const std::string& title) {
  return element(
      "head",
      "\n" + empty_element("meta", {{"charset", "utf-8"}}) + "\n" +
          empty_element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", kPolicy}}) +
          "\n" +
          empty_element(
              "meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
          "\n" + empty_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) +
          "\n" + element("title", title) + "\n" +
          foreign("style", std::string(page_css()) + std::string(report_css())));
}

std::string table_of_contents() {
  std::string items;
  for (const auto& [id, heading] : {std::pair{"run", "What was run"},
                                    {"network", "The network"},
                                    {"forward", "Forward"},
                                    {"grams", "Gram matrices"},
                                    {"backward", "Backward"},
                                    {"pixel", "One pixel"},
                                    {"course", "Over time"},
                                    {"choices", "Choices"}}) {
    items += element("li", element("a", {{"href", std::string("#") + id}}, heading));
  }
  return element("nav", {{"aria-label", "Contents"}}, element("ol", items)) + "\n";
}

/// "starry-night" for "pictures/starry-night.jpg".
std::string short_name(const std::string& path) {
  return plain(std::filesystem::path(path).stem().string());
}

std::string title_of(const Explanation& explanation) {
  std::string styles;
  for (const std::string& style : explanation.style_names) {
    styles += (styles.empty() ? "" : " + ") + short_name(style);
  }
  return short_name(explanation.content_name) + " in the style of " + styles;
}

}  // namespace

std::string report_html(const Explanation& explanation) {
  const std::string title = title_of(explanation);
  const std::string header =
      element("header", element("p", {{"class", "overline"}}, "impasto explain") +
                            element("h1", title) + table_of_contents());
  const std::string sections = run_section(explanation) + network_section(explanation) +
                               forward_section(explanation) + grams_section(explanation) +
                               backward_section(explanation) + pixel_section(explanation) +
                               course_section(explanation) + choices_section(explanation);
  const std::string data = element("script", {{"type", "application/json"}, {"id", "explanation"}},
                                   without_markup(json_text(explanation_json(explanation))));
  const std::string body =
      element("a", {{"class", "skip"}, {"href", "#main"}}, "Skip to the report") + "\n" + header +
      "\n" + element("main", {{"id", "main"}, {"tabindex", "-1"}}, "\n" + sections) + "\n" +
      element("footer", paragraph("Made by " + plain(explanation.program) + ".")) + "\n" + data +
      "\n" + foreign("script", report_js());
  return "<!DOCTYPE html>\n" +
         element("html", {{"lang", "en"}}, "\n" + head(title) + "\n" + element("body", body)) +
         "\n";
}

}  // namespace impasto
