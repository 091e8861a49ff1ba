// A figure of many transfers: its panels, and how they become a contact sheet and a table.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "report/panels.hpp"
#include "report/sheet.hpp"

namespace impasto {

/// A picture that stands before the panels: an input.
struct FigureInput {
  std::string caption;
  std::string path;
};

struct Figure {
  std::vector<PanelJob> panels;                  ///< in reading order
  std::vector<std::string> names;                ///< of what is varied, for the table's head
  std::vector<std::vector<std::string>> values;  ///< per panel, one per name

  /// Labels of a grid's rows and columns; none where the panels stand one after another with
  /// captions.
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::size_t width = 0;  ///< panels in a row where there are no column labels; 0: what looks best
  std::vector<FigureInput> inputs;
  std::set<std::string> notes;  ///< on how presets were fitted to weights, for people
};

/// The contact sheet. Panels that failed or diverged are marked; those that are missing stay grey.
Sheet figure_sheet(const Figure& figure, const FigureResult& result);

/// One line per panel under a head: panel, the varied options, status, evaluations, the losses of
/// the last evaluation, seconds, file, message.
std::string figure_csv(const Figure& figure, const FigureResult& result);

}  // namespace impasto
