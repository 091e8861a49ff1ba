// What was run, on what, and what came of it.
#include "explain/page/formulas.hpp"
#include "explain/page/parts.hpp"
#include "explain/page/report_sections.hpp"

namespace impasto {
namespace {

std::string pictures(const Explanation& explanation) {
  std::string content = labelled(photo(explanation.content, "The content picture"),
                                 "content: " + file_name(explanation.content_name));
  for (std::size_t n = 0; n < explanation.styles.size(); ++n) {
    const std::string name =
        n < explanation.style_names.size() ? file_name(explanation.style_names[n]) : "";
    content += labelled(photo(explanation.styles[n], "Style picture " + std::to_string(n + 1)),
                        "style: " + name);
  }
  if (!explanation.moments.empty()) {
    content += labelled(photo(explanation.moments.back().picture, "The result"), "result");
  }
  return figure(
      "run-pictures", "wide pictures", content,
      {"What went in, as the run saw it, and what came out: the picture *x* at which the loss *L* "
       "was small.",
       total_formula() +
           ", with α the content weight, β the style weight, τ that of total variation and "
           "*ω<sub>l</sub>* a layer’s own; " +
           content_formula(explanation.options.content_loss) + ", " +
           style_formula(explanation.options.style_loss) + ", " + tv_formula(),
       {{"transfer", "src/transfer/session.cpp"}, {"Losses::visit", "src/losses/losses.cpp"}}});
}

std::string change(double before, double after) {
  return before > 0 ? number(after / before, 3) + "\u00A0×" : "–";
}

std::string losses(const std::vector<TraceRow>& trace) {
  if (trace.empty()) {
    return paragraph("No evaluation was completed, so there are no losses to show.");
  }
  const TraceRow& first = trace.front();
  const TraceRow& last = trace.back();
  const auto row_of = [&](const LossPart& part) -> Row {
    const double before = first.*part.value;
    const double after = last.*part.value;
    return {part.name, number(before, 5), number(after, 5), change(before, after)};
  };
  return table_figure(
      "run-losses", "Losses at start and end",
      {{"loss", "first evaluation", "last evaluation", "became"}, rows_of(kLossParts, row_of)},
      {"The weighted losses at evaluation " + whole(first.iteration) + " and at evaluation " +
           whole(last.iteration) + ", each measured before its update.",
       "total = content + style + total variation",
       {{"Losses::values_of", "src/losses/losses.cpp"}}});
}

std::string settings(const Explanation& explanation) {
  Table table{{"setting", "value"}};
  for (const auto& [option, value] : explanation.settings) {
    table.rows.push_back({tap_name(option), plain(value)});
  }
  table.rows.push_back({"style weight as used", number(explanation.style_weight, 6)});
  return folded(
      "Every setting of the run",
      table_figure("run-settings", "Settings", table,
                   {"Every setting that was in effect, those that no one gave included: α = " +
                        number(explanation.options.content_weight, 6) +
                        ", β = " + number(explanation.style_weight, 6) +
                        ", τ = " + number(explanation.options.tv_weight, 6) + ".",
                    "",
                    {{"validate", "src/presets/validate.cpp"}}}));
}

std::string facts(const Explanation& explanation) {
  const auto fact = [](const std::string& term, const std::string& description) {
    return element("dt", term) + element("dd", description);
  };
  return element(
             "dl", {{"class", "facts"}},
             fact("Program", plain(explanation.program)) +
                 fact("Device", plain(explanation.device)) +
                 fact("Weights", file_name(explanation.weights_name)) +
                 fact("Picture", whole(explanation.content.width) + " × " +
                                     whole(explanation.content.height) + " pixels") +
                 fact("Evaluations", whole(static_cast<std::int64_t>(explanation.trace.size()))) +
                 fact("Time", number(explanation.run_seconds, 3) + "\u00A0s for the transfer, " +
                                  number(explanation.explain_seconds, 3) +
                                  "\u00A0s for what this report adds")) +
         "\n";
}

std::string where_weights_come_from(const Explanation& explanation) {
  const std::string name =
      element("span", {{"class", "name"}}, file_name(explanation.weights_name));
  return explanation.untrained
             ? "The network below was never trained: its filters were drawn at random or by a rule "
               "when the run began (" +
                   name + ")."
             : "The weights of the network below come from " + name +
                   ". As a rule they were trained to name what photographs show.";
}

}  // namespace

std::string run_section(const Explanation& explanation) {
  return section("run", "What was run",
                 paragraph(where_weights_come_from(explanation) +
                           " Here the network learns nothing: its weights stay as they are, and "
                           "the numbers that change are the pixels *x*. Every evaluation sends the "
                           "picture forward through the network, "
                           "compares what its layers say with what they say of the content and of "
                           "the style, and sends the differences backward to find how each pixel "
                           "should change. The optimiser then changes all of them a little.") +
                     facts(explanation) + pictures(explanation) + losses(explanation.trace) +
                     settings(explanation));
}

}  // namespace impasto
