#include "report/sheet.hpp"

#include <algorithm>
#include <cmath>

#include "impasto/error.hpp"
#include "report/labels.hpp"

namespace impasto {
namespace {

constexpr Colour kSheetInk{0.12, 0.12, 0.14};
constexpr Colour kAlarm{0.75, 0.1, 0.05};
constexpr Colour kNothing{0.9, 0.9, 0.9};
constexpr std::size_t kMostLines = 8;
constexpr int kLargestSide = 16384;
constexpr double kEmptySide = 128;

struct CellSize {
  double width = 0;
  double height = 0;
};

/// Of a row's pictures, or of all.
CellSize largest_picture(const std::vector<SheetRow>& rows) {
  CellSize size;
  for (const SheetRow& row : rows) {
    for (const SheetCell& cell : row.cells) {
      size.width = std::max(size.width, static_cast<double>(cell.picture.width));
      size.height = std::max(size.height, static_cast<double>(cell.picture.height));
    }
  }
  return size.width > 0 ? size : CellSize{kEmptySide, kEmptySide};
}

std::size_t columns_of(const Sheet& sheet) {
  std::size_t columns = sheet.columns.size();
  for (const SheetRow& row : sheet.rows) {
    columns = std::max(columns, row.cells.size());
  }
  return columns;
}

double text_height(const std::vector<std::string>& lines, double font) {
  return lines.empty() ? 0 : static_cast<double>(lines.size()) * line_height(font);
}

/// Lays texts and pictures out from top to bottom.
class Arranger {
 public:
  explicit Arranger(const Sheet& sheet)
      : sheet_(sheet), columns_(columns_of(sheet)), cell_(largest_picture(sheet.rows)) {
    const double wide = static_cast<double>(columns_) * cell_.width;
    // Readable when a document shows the sheet some 900 pixels wide, and not wider than a panel.
    layout_.font = std::floor(std::clamp(wide / 68, 11.0, std::max(11.0, cell_.width / 9)));
    gap_ = std::round(0.6 * layout_.font);
    margin_ = std::round(0.8 * layout_.font);
    for (const SheetRow& row : sheet.rows) {
      const double most = std::max(11 * layout_.font, 120.0);
      for (const std::string& line : wrap(row.label, layout_.font, most, kMostLines, true)) {
        label_width_ = std::max(label_width_, std::ceil(text_width(line, layout_.font, true)));
      }
    }
    left_ = margin_ + (label_width_ > 0 ? label_width_ + gap_ : 0);
  }

  SheetLayout arrange() {
    top_ = margin_;
    add_column_labels();
    for (const SheetRow& row : sheet_.rows) {
      add_row(row);
    }
    layout_.width = static_cast<int>(left_ + static_cast<double>(columns_) * (cell_.width + gap_) -
                                     gap_ + margin_);
    layout_.height = static_cast<int>(std::ceil(top_ - gap_ / 2 + margin_ / 2));
    return std::move(layout_);
  }

 private:
  [[nodiscard]] double x_of(std::size_t column) const {
    return left_ + static_cast<double>(column) * (cell_.width + gap_);
  }

  /// Adds a text in a field of its own; returns its height.
  double add(const std::string& text, double x, double y, double width, TextStyle style) {
    if (text.empty()) {
      return 0;
    }
    style.size = layout_.font;
    const std::vector<std::string> lines = wrap(text, style.size, width, kMostLines, style.bold);
    const double height = text_height(lines, style.size);
    layout_.texts.push_back({lines, {x, y, width, height}, style});
    return height;
  }

  void add_column_labels() {
    double height = 0;
    const std::size_t first = layout_.texts.size();
    for (std::size_t n = 0; n < sheet_.columns.size(); ++n) {
      height =
          std::max(height, add(sheet_.columns[n], x_of(n), top_, cell_.width,
                               {.colour = kSheetInk, .anchor = Anchor::kMiddle, .bold = true}));
    }
    // They stand on the pictures, not on the ceiling.
    for (std::size_t n = first; n < layout_.texts.size(); ++n) {
      layout_.texts[n].field.y += height - layout_.texts[n].field.height;
    }
    top_ += height + (height > 0 ? gap_ / 2 : 0);
  }

  void add_row(const SheetRow& row) {
    const double picture_height = row_height(row);
    if (!row.label.empty()) {
      const std::size_t index = layout_.texts.size();
      const double height = add(row.label, margin_, top_, label_width_,
                                {.colour = kSheetInk, .anchor = Anchor::kEnd, .bold = true});
      layout_.texts[index].field.y += std::max(0.0, (picture_height - height) / 2);
    }
    const double foot = top_ + picture_height + gap_ / 2;
    double below = 0;
    for (std::size_t n = 0; n < row.cells.size(); ++n) {
      const SheetCell& cell = row.cells[n];
      const double x = x_of(n);
      layout_.pictures.push_back({x, top_, cell_.width, picture_height});
      double y = foot + add(cell.caption, x, foot, cell_.width,
                            {.colour = kSheetInk, .anchor = Anchor::kMiddle});
      if (cell.picture.pixels() > 0) {
        y += add(cell.mark, x, y, cell_.width,
                 {.colour = kAlarm, .anchor = Anchor::kMiddle, .bold = true});
      } else {
        add_inside(cell.mark, layout_.pictures.back());
      }
      below = std::max(below, y - foot);
    }
    top_ = std::round(foot + below + (below > 0 ? gap_ : gap_ / 2));
  }

  /// As high as its largest picture; as all others' where it has none.
  [[nodiscard]] double row_height(const SheetRow& row) const {
    const bool has_pictures =
        std::any_of(row.cells.begin(), row.cells.end(),
                    [](const SheetCell& cell) { return cell.picture.pixels() > 0; });
    return has_pictures ? largest_picture({row}).height : cell_.height;
  }

  /// A text within a field, as many lines as have room there.
  void add_inside(const std::string& text, const Rectangle& field) {
    const double pad = gap_ / 2;
    const double font = layout_.font;
    const auto most = static_cast<std::size_t>(
        std::max(1.0, std::floor((field.height - 2 * pad) / line_height(font))));
    const Rectangle inside{field.x + pad, field.y + pad, field.width - 2 * pad,
                           field.height - 2 * pad};
    if (!text.empty()) {
      layout_.texts.push_back(
          {wrap(text, font, inside.width, most), inside, {.size = font, .colour = kAlarm}});
    }
  }

  const Sheet& sheet_;
  std::size_t columns_;
  CellSize cell_;
  SheetLayout layout_;
  double gap_ = 0;
  double margin_ = 0;
  double label_width_ = 0;
  double left_ = 0;
  double top_ = 0;
};

void draw_text(Canvas& canvas, const SheetLayout::Text& text) {
  double x = text.field.x;
  if (text.style.anchor == Anchor::kMiddle) {
    x += text.field.width / 2;
  } else if (text.style.anchor == Anchor::kEnd) {
    x += text.field.width;
  }
  draw_lines(canvas, text.lines, x, text.field.y, text.style);
}

/// `picture` into the middle of `field`. Its colours stand on white already; see Image.
void put(const Image& picture, const Rectangle& field, Image& sheet) {
  const auto left = std::llround(field.x + (field.width - static_cast<double>(picture.width)) / 2);
  const auto top = std::llround(field.y + (field.height - static_cast<double>(picture.height)) / 2);
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t i = 0; i < picture.height; ++i) {
      for (std::int64_t j = 0; j < picture.width; ++j) {
        sheet.rgb[static_cast<std::size_t>((c * sheet.height + top + i) * sheet.width + left + j)] =
            picture.rgb[static_cast<std::size_t>((c * picture.height + i) * picture.width + j)];
      }
    }
  }
}

/// The same sheet with panels `factor` times as large.
Sheet shrunk(Sheet sheet, double factor) {
  const auto side = [&](std::int64_t pixels) {
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::floor(static_cast<double>(pixels) * factor)));
  };
  for (SheetRow& row : sheet.rows) {
    for (SheetCell& cell : row.cells) {
      if (cell.picture.pixels() > 0) {
        cell.picture = resize(cell.picture, side(cell.picture.width), side(cell.picture.height));
      }
    }
  }
  return sheet;
}

}  // namespace

Sheet sheet_of_cells(std::vector<SheetCell> cells, std::size_t columns) {
  Sheet sheet;
  for (SheetCell& cell : cells) {
    if (sheet.rows.empty() || sheet.rows.back().cells.size() == columns) {
      sheet.rows.emplace_back();
    }
    sheet.rows.back().cells.push_back(std::move(cell));
  }
  return sheet;
}

std::size_t columns_for(std::size_t cells) {
  if (cells <= 5) {
    return std::max<std::size_t>(cells, 1);
  }
  // The width that leaves the fewest holes in the last row; the wider one of equals.
  std::size_t best = 5;
  for (const std::size_t columns : {std::size_t{4}, std::size_t{3}}) {
    const auto holes = [&](std::size_t width) { return (width - cells % width) % width; };
    if (holes(columns) < holes(best)) {
      best = columns;
    }
  }
  return best;
}

SheetLayout lay_out(const Sheet& sheet) {
  if (columns_of(sheet) == 0) {
    throw UsageError("there is nothing to show", "contact sheet", "give it at least one panel");
  }
  return Arranger(sheet).arrange();
}

Image draw_sheet(const Sheet& sheet) {
  const SheetLayout layout = lay_out(sheet);
  if (const int side = std::max(layout.width, layout.height); side > kLargestSide) {
    return draw_sheet(shrunk(sheet, 0.95 * kLargestSide / side));
  }
  const std::unique_ptr<PictureCanvas> canvas = make_picture_canvas(layout.width, layout.height);
  std::size_t field = 0;
  for (const SheetRow& row : sheet.rows) {
    for (const SheetCell& cell : row.cells) {
      if (cell.picture.pixels() == 0) {
        canvas->fill(layout.pictures[field], kNothing);
      }
      ++field;
    }
  }
  for (const SheetLayout::Text& text : layout.texts) {
    draw_text(*canvas, text);
  }
  Image picture = canvas->picture();
  field = 0;
  for (const SheetRow& row : sheet.rows) {
    for (const SheetCell& cell : row.cells) {
      put(cell.picture, layout.pictures[field++], picture);
    }
  }
  return picture;
}

}  // namespace impasto
