// The report's markup: numbers as readers see them, figures and tables with their captions. What is
// called content, text of a caption, formula or cell is markup already; what comes from outside
// goes through plain(). In a section's markup *x* is the variable x.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "image/header.hpp"
#include "impasto/image.hpp"
#include "report/markup.hpp"

namespace impasto {

/// The style sheet of all that this makes, page.css, which the build puts into the program
/// (cmake/EmbedText.cmake).
std::string_view page_css();

/// Text from outside as markup, whatever its bytes: what is no UTF-8 becomes "\uFFFD".
std::string plain(const std::string& text);

std::string paragraph(const std::string& content);

/// "0.0123", "−4.5×10⁻⁷": rounded to significant digits.
std::string number(double value, int digits = 4);
/// "−12", with the minus that number() has.
std::string whole(std::int64_t value);
/// "12.5 %" of a share in [0, 1].
std::string percent(double share);

/// A function and the file under src/ that it stands in.
struct CodeReference {
  std::string function;
  std::string file;
};

/// What stands under every figure and table: what it shows, how it is defined, who computes it.
struct Caption {
  std::string text;
  std::string formula;  ///< empty where an earlier figure of the page has it already
  std::vector<CodeReference> code;
};

std::string figure(const std::string& id, const std::string& css_class, const std::string& content,
                   const Caption& caption);

using Row = std::vector<std::string>;

/// One body of a table. The first cell of every row is its heading.
struct TableBody {
  std::vector<Row> rows;
  Attributes attributes;
};

struct Table {
  Row head;
  std::vector<Row> rows = {};
  std::vector<std::pair<std::string, std::size_t>> groups = {};  ///< headings over so many columns
  std::vector<TableBody> bodies = {};  ///< instead of `rows`, where the reader chooses one of them
};

/// A row for each item.
template <typename Items, typename RowOf>
std::vector<Row> rows_of(const Items& items, const RowOf& row_of) {
  std::vector<Row> rows;
  rows.reserve(items.size());
  for (const auto& item : items) {
    rows.push_back(row_of(item));
  }
  return rows;
}

/// A figure that is a table, in a box that scrolls where the window is narrow. `label` is plain
/// text: what the table is called.
std::string table_figure(const std::string& id, const std::string& label, const Table& table,
                         const Caption& caption);

/// The picture itself, inside the page. `alt` is plain text.
std::string picture(const Image& image, PictureFormat format, const std::string& alt,
                    const Attributes& more = {});

/// A photo or painting, shrunk where it is larger than a page needs.
std::string photo(const Image& image, const std::string& alt, const Attributes& more = {});

/// A part of the report with its heading; *x* in its content becomes <var>x</var>.
std::string section(const std::string& id, const std::string& heading, const std::string& content);

/// What is folded away behind a line of its own until the reader opens it.
std::string folded(const std::string& summary, const std::string& content);

/// "night.jpg" of "/home/me/night.jpg": whose folder it was is no one's business.
std::string file_name(const std::string& path);

/// "relu1_1" as a name in the text.
std::string tap_name(const std::string& tap);

}  // namespace impasto
