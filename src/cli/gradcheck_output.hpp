// What impasto gradcheck prints and draws.
#pragma once

#include <string>
#include <vector>

#include "gradcheck/gradcheck.hpp"
#include "report/plot.hpp"

namespace impasto {

/// One row per operation: the derivative that is largest, in numbers, and the errors. Of several
/// steps, the best.
void print_checks(const std::vector<GradientCheck>& checks);

/// One row per operation, one column per step: the error of the central differences. The best one
/// of each row is marked.
void print_steps(const std::vector<GradientCheck>& checks);

/// Every number of every check, as a JSON array. `mistake` is the name of the one that was put in.
std::string checks_as_json(const std::vector<GradientCheck>& checks, const std::string& mistake);

/// Error against step, one curve per operation: the largest error among its forms.
LogFigure step_figure(const std::vector<GradientCheck>& checks);

}  // namespace impasto
