// From the command lines of impasto sweep and impasto reconstruct to a figure's panels.
#pragma once

#include <string>
#include <vector>

#include "cli/transfer_arguments.hpp"
#include "cli/vary.hpp"
#include "report/figure.hpp"

namespace impasto {

/// What the command line says besides the options of a run.
struct SweepArguments {
  TransferArguments run;              ///< its content and styles come from `pictures`
  std::vector<std::string> pictures;  ///< CONTENT STYLE …, without what is varied
  std::vector<std::string> vary;
  std::int64_t columns = 0;
  bool inputs = false;
};

/// Every panel of the sweep. One axis: panels one after another; two: the first goes down the rows,
/// the second along the columns. Throws UsageError for what decide_run throws it for, for an option
/// that has no effect in any panel, for one that is both given and varied, and for more axes or
/// panels than a figure can show.
Figure plan_sweep(const SweepArguments& arguments);

/// One panel per content or style layer of the run's options, or per growing set of them, of a
/// reconstruction of `image`. Starts from noise unless the run says otherwise. Throws UsageError,
/// also unless exactly one of --content-layers and --style-layers is given.
Figure plan_reconstruction(const TransferArguments& run, const std::string& image, bool cumulative);

}  // namespace impasto
