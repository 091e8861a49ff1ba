// The run over time: pictures, losses, and what the optimiser does.
#include <algorithm>
#include <cmath>

#include "explain/page/formulas.hpp"
#include "explain/page/parts.hpp"
#include "explain/page/report_sections.hpp"
#include "report/chart.hpp"

namespace impasto {
namespace {

std::string after_updates(std::int64_t updates) {
  return updates == 0   ? "the initial picture"
         : updates == 1 ? "after 1 update"
                        : "after " + std::to_string(updates) + " updates";
}

CodeReference optimiser_code(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::kAdam:
      return {"adam", "src/backend/reference/optimizer_operations.hpp"};
    case OptimizerKind::kLbfgs:
      return {"Lbfgs::minimise", "src/optim/lbfgs.cpp"};
  }
  return {};
}

std::string update_formula(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::kAdam:
      return "*x* ← *x* − η *m̂* / (√*v̂* + ε)";
    case OptimizerKind::kLbfgs:
      return "*x* ← *x* + λ *d* with *d* = −*Q* *g*";
  }
  return "";
}

/// The losses of the picture after so many updates, as the script says them.
std::string losses_after(const Explanation& explanation, std::int64_t updates) {
  for (const TraceRow& row : explanation.trace) {
    if (row.iteration == updates + 1) {
      return "total " + number(row.total) + ", content " + number(row.content) + ", style " +
             number(row.style);
    }
  }
  return "not evaluated any more";
}

/// All pictures in a row; the script shows one of them at a time.
std::string moments(const Explanation& explanation) {
  std::string pictures;
  for (const Moment& moment : explanation.moments) {
    const std::string when = after_updates(moment.updates);
    pictures += labelled(photo(moment.picture, "The picture: " + when), when,
                         {{"class", "moment"},
                          {"data-updates", std::to_string(moment.updates)},
                          {"data-losses", losses_after(explanation, moment.updates)}});
  }
  const std::string last = std::to_string(explanation.moments.size() - 1);
  const std::string slider = element(
      "div", {{"class", "slider js-only"}},
      element("label", {{"for", "moment-slider"}}, "Updates") +
          empty_element("input", {{"type", "range"},
                                  {"id", "moment-slider"},
                                  {"min", "0"},
                                  {"max", last},
                                  {"step", "1"},
                                  {"value", last}}) +
          element("p", {{"id", "moment-live"}, {"class", "live"}, {"aria-live", "polite"}}, ""));
  return figure(
      "course-moments", "moments", element("div", {{"class", "row"}}, pictures) + slider,
      {"The picture over the run. Evaluation *n* + 1 is of the picture after *n* updates.",
       update_formula(explanation.optimizer.kind),
       {optimiser_code(explanation.optimizer.kind)}});
}

std::string loss_chart(const Explanation& explanation) {
  std::vector<Curve> curves;
  for (const LossPart& part : kLossParts) {
    Curve curve{part.name, part.css_class, {}};
    for (const TraceRow& row : explanation.trace) {
      curve.points.push_back({static_cast<double>(row.iteration), row.*part.value});
    }
    if (std::any_of(curve.points.begin(), curve.points.end(),
                    [](const Point& point) { return point.y > 0; })) {
      curves.push_back(curve);
    }
  }
  const std::string chart = line_chart({.title = "Losses over the evaluations",
                                        .x_label = "evaluation",
                                        .y_label = "weighted loss, logarithmic",
                                        .curves = curves,
                                        .logarithmic = true,
                                        .marker = true});
  return figure("course-losses", "chart", chart + legend(curves),
                {"The weighted losses at every evaluation; the upright line is where the slider "
                 "stands. A loss of 0 has no place on a logarithmic axis.",
                 "",
                 {{"Losses::values_of", "src/losses/losses.cpp"}}});
}

/// A chart of one value per evaluation of the worked pixel's channel.
std::string path_chart(const std::string& title, const std::string& label,
                       const std::vector<Curve>& curves) {
  const std::string chart = line_chart(
      {.title = title, .x_label = "evaluation", .y_label = label, .curves = curves, .height = 220});
  return element("div", chart + (curves.size() > 1 ? legend(curves) : ""));
}

Curve path_of(const std::string& name, const std::string& css_class,
              const std::vector<double>& values) {
  Curve curve{name, css_class, {}};
  for (const double value : values) {
    curve.points.push_back({static_cast<double>(curve.points.size() + 1), value});
  }
  return curve;
}

std::string adam_charts(const OptimizerView& view, const WorkedChannel& worked) {
  std::vector<double> means;
  std::vector<double> roots;
  std::vector<double> steps;
  for (const AdamMoments& moments : view.adam) {
    means.push_back(moments.m);
    roots.push_back(std::sqrt(moments.v));
    steps.push_back(moments.step);
  }
  return path_chart("The pixel’s value x", "x, in the network’s input space",
                    {path_of("x", "total", worked.path)}) +
         path_chart("The gradient g and its running mean m", "g and m",
                    {path_of("g", "content", worked.path_gradient), path_of("m", "style", means)}) +
         path_chart("The running mean v of the squared gradient", "√v",
                    {path_of("√v", "variation", roots)}) +
         path_chart("The step", "step", {path_of("step", "total", steps)});
}

std::string adam_figure(const Explanation& explanation) {
  const OptimizerView& view = explanation.optimizer;
  const WorkedPixel& pixel = explanation.pixels.front();
  const TransferOptions& options = explanation.options;
  return figure(
      "course-adam", "wide charts", adam_charts(view, pixel.channel(view.adam_channel)),
      {"Adam at pixel (" + whole(pixel.x) + ", " + whole(pixel.y) + "), " +
           channel_name(view.adam_channel) +
           ": computed from its gradients by the published formulas, and off from the run’s own "
           "path by at most " +
           number(view.adam_deviation, 2) +
           ". Divided by √*v*, a steady gradient makes steps of about the learning rate however "
           "large it is.",
       "*m* ← β₁*m* + (1−β₁)*g*, *v* ← β₂*v* + (1−β₂)*g*², step = −η *m̂* / (√*v̂* + ε), *m̂* = "
       "*m*/(1−β₁<sup>*t*</sup>), *v̂* = *v*/(1−β₂<sup>*t*</sup>); β₁ = " +
           number(options.adam_beta1, 6) + ", β₂ = " + number(options.adam_beta2, 6) +
           ", ε = " + number(options.adam_epsilon, 6) + ", η = " + number(options.learning_rate, 6),
       {{"adam", "src/backend/reference/optimizer_operations.hpp"}}});
}

std::string curvature_table(const std::vector<CurvaturePair>& pairs) {
  Table table{{"pair", "‖Δ*x*‖", "‖Δ*g*‖", "Δ*g*<sup>T</sup>Δ*x* / ‖Δ*x*‖²",
               "γ = Δ*g*<sup>T</sup>Δ*x* / ‖Δ*g*‖²"}};
  for (const CurvaturePair& pair : pairs) {
    const auto which = static_cast<std::int64_t>(table.rows.size() + 1);
    table.rows.push_back({whole(which), number(pair.s_norm), number(pair.y_norm),
                          number(pair.curvature), number(pair.scale)});
  }
  return table_figure(
      "course-pairs", "Curvature pairs of L-BFGS", table,
      {"What L-BFGS remembers at the end of the run, oldest first: how far the picture moved, how "
       "much the gradient changed, and so how strongly the loss bends along that way. The last "
       "column of the newest pair scales the first guess γ *I* of *Q*.",
       "Δ*x* = *x*₊ − *x*, Δ*g* = *g*₊ − *g*; *Q* *g* by the two-loop recursion, from γ *I*",
       {{"LbfgsHistory::direction", "src/optim/lbfgs_history.cpp"},
        {"LbfgsHistory::keep", "src/optim/lbfgs_history.cpp"}}});
}

std::string optimiser(const Explanation& explanation) {
  const OptimizerView& view = explanation.optimizer;
  if (view.kind == OptimizerKind::kAdam) {
    return view.adam.empty() || explanation.pixels.empty()
               ? paragraph("Adam’s insides were not followed in this run.")
               : adam_figure(explanation);
  }
  return view.pairs.empty() ? paragraph(
                                  "L-BFGS had no curvature pair in its memory at the end of "
                                  "the run, so its direction was that of steepest descent.")
                            : curvature_table(view.pairs);
}

}  // namespace

std::string course_section(const Explanation& explanation) {
  return section("course", "The run over time",
                 (explanation.moments.empty() ? paragraph("No picture was kept along the way.")
                                              : moments(explanation)) +
                     (explanation.trace.empty() ? paragraph("No evaluation was completed.")
                                                : loss_chart(explanation)) +
                     element("h3", "The step the optimiser takes") + "\n" + optimiser(explanation));
}

}  // namespace impasto
