// A contact sheet: pictures in rows and columns, with their labels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impasto/image.hpp"
#include "report/canvas.hpp"

namespace impasto {

struct SheetCell {
  Image picture;        ///< empty: a grey field
  std::string caption;  ///< under the picture; may be empty
  std::string mark;     ///< in red on the grey field, or under the picture: why it is no good
};

/// One row of a sheet; it may be shorter than the others.
struct SheetRow {
  std::string label;  ///< to the left; may be empty
  std::vector<SheetCell> cells;
};

struct Sheet {
  std::vector<std::string> columns;  ///< labels above; none, or one per column
  std::vector<SheetRow> rows;
};

/// Cells in reading order, in rows of `columns`.
Sheet sheet_of_cells(std::vector<SheetCell> cells, std::size_t columns);

/// How many columns so many cells look best in: all in one row up to five, else near-equal rows of
/// three to five.
std::size_t columns_for(std::size_t cells);

/// Where everything of a sheet lies, in pixels; computed before anything is drawn.
struct SheetLayout {
  int width = 0;
  int height = 0;
  double font = 12;
  /// Per text: its lines and the field it must stay within.
  struct Text {
    std::vector<std::string> lines;
    Rectangle field;
    TextStyle style;
  };
  /// Per cell, row by row: the picture's field, whole pixels.
  std::vector<Rectangle> pictures;
  std::vector<Text> texts;
};

/// All cells have the width of the largest picture, a row's the height of its largest. Throws
/// UsageError without any cell.
SheetLayout lay_out(const Sheet& sheet);

/// The sheet as a picture, each panel pixel for pixel in the middle of its field; a sheet of more
/// than 16384 pixels in a direction is made of smaller panels.
Image draw_sheet(const Sheet& sheet);

}  // namespace impasto
