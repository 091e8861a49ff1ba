// Running a figure's panels on the command line, and writing the figure.
#pragma once

#include <string>

#include "cli/transfer_arguments.hpp"
#include "impasto/error.hpp"
#include "report/figure.hpp"

namespace impasto {

/// Where the outputs of a figure FIG.png are.
std::string figure_csv_path(const std::string& output);  ///< FIG.csv
std::string figure_folder(const std::string& output);    ///< FIG_panels

/// Makes every panel of `run`'s output with progress on stderr, then writes contact sheet and
/// table. An interrupted figure keeps its finished panels and returns kInterrupted. Throws
/// UsageError and InputError before any work for outputs that would replace an input or cannot be
/// written; InputError; an Error with the first failed panel's exit code, after the outputs are
/// written unless every panel failed.
ExitCode make_figure(const Figure& figure, const TransferArguments& run);

}  // namespace impasto
