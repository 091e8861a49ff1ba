#include "report/figure.hpp"

#include <algorithm>
#include <cstdio>

#include "transfer/sizes.hpp"

namespace impasto {
namespace {

std::string status_text(PanelStatus status) {
  switch (status) {
    case PanelStatus::kDone:
      return "done";
    case PanelStatus::kDiverged:
      return "diverged";
    case PanelStatus::kFailed:
      return "failed";
    case PanelStatus::kMissing:
      break;
  }
  return "missing";
}

/// As RFC 4180 wants it: quoted where it must be.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char character : text) {
    quoted += character;
    if (character == '"') {
      quoted += '"';
    }
  }
  return quoted + "\"";
}

std::string csv_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

/// The largest panel's sides, or 256 × 256 without any.
PixelSize panel_size(const FigureResult& result) {
  PixelSize size;
  for (const PanelResult& panel : result.panels) {
    size.width = std::max(size.width, panel.picture.width);
    size.height = std::max(size.height, panel.picture.height);
  }
  return size.width > 0 ? size : PixelSize{256, 256};
}

/// Scaled to fit into `box`, in [0, 1].
Image fitted(const Image& picture, const PixelSize& box) {
  PixelSize size = fit({picture.width, picture.height}, std::max(box.width, box.height));
  if (size.width > box.width || size.height > box.height) {
    const bool too_wide = size.width * box.height > size.height * box.width;
    const std::int64_t side = too_wide ? box.width : box.height;
    const std::int64_t own = too_wide ? size.width : size.height;
    size = fit(size, std::max<std::int64_t>(1, std::max(size.width, size.height) * side / own));
  }
  Image small = resize(picture, size.width, size.height);
  for (float& value : small.rgb) {
    value = std::clamp(value, 0.0F, 1.0F);
  }
  return small;
}

std::vector<SheetCell> input_cells(const Figure& figure, const FigureResult& result) {
  std::vector<SheetCell> cells;
  for (const FigureInput& input : figure.inputs) {
    cells.push_back({fitted(load_image(input.path), panel_size(result)), input.caption, ""});
  }
  return cells;
}

SheetCell panel_cell(const PanelJob& job, const PanelResult& panel, bool captioned) {
  SheetCell cell;
  cell.picture = panel.picture;
  cell.caption = captioned ? job.label : "";
  if (panel.status == PanelStatus::kFailed) {
    cell.mark = "failed: " + panel.message;
  } else if (panel.status == PanelStatus::kDiverged) {
    cell.mark = "diverged";
  }
  return cell;
}

}  // namespace

Sheet figure_sheet(const Figure& figure, const FigureResult& result) {
  const bool grid = !figure.columns.empty();
  std::vector<SheetCell> cells;
  for (std::size_t n = 0; n < figure.panels.size(); ++n) {
    cells.push_back(panel_cell(figure.panels[n], result.panels[n], !grid));
  }
  std::vector<SheetCell> inputs = input_cells(figure, result);
  if (!grid) {
    inputs.insert(inputs.end(), std::make_move_iterator(cells.begin()),
                  std::make_move_iterator(cells.end()));
    const std::size_t width = figure.width > 0 ? figure.width : columns_for(inputs.size());
    return sheet_of_cells(std::move(inputs), width);
  }
  Sheet sheet = sheet_of_cells(std::move(cells), figure.columns.size());
  sheet.columns = figure.columns;
  for (std::size_t n = 0; n < sheet.rows.size() && n < figure.rows.size(); ++n) {
    sheet.rows[n].label = figure.rows[n];
  }
  if (!inputs.empty()) {
    // Below the grid, so that the column labels stay on their columns.
    for (SheetRow& row : sheet_of_cells(std::move(inputs), figure.columns.size()).rows) {
      sheet.rows.push_back(std::move(row));
    }
  }
  return sheet;
}

std::string figure_csv(const Figure& figure, const FigureResult& result) {
  std::string text = "panel";
  for (const std::string& name : figure.names) {
    text += "," + csv_cell(name);
  }
  text +=
      ",status,evaluations,final_total,final_content,final_style,final_tv,seconds,file,message\n";
  for (std::size_t n = 0; n < figure.panels.size(); ++n) {
    const PanelResult& panel = result.panels[n];
    text += std::to_string(n + 1);
    for (const std::string& value : figure.values[n]) {
      text += "," + csv_cell(value);
    }
    text += "," + status_text(panel.status);
    const bool evaluated = panel.last.iteration > 0;
    const TraceRow& last = panel.last;
    text += "," + (evaluated ? std::to_string(figure.panels[n].initial ? 0 : last.iteration) : "");
    for (const double value : {last.total, last.content, last.style, last.tv, last.seconds}) {
      text += "," + (evaluated ? csv_number(value) : "");
    }
    const bool has_file = panel.picture.pixels() > 0;
    text += "," + (has_file ? csv_cell(figure.panels[n].file) : "") + "," +
            csv_cell(panel.message) + "\n";
  }
  return text;
}

}  // namespace impasto
