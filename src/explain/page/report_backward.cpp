// The walk backward: how the gradient grows from the deepest tap to the pixels, and whose it is.
#include <algorithm>

#include "explain/page/formulas.hpp"
#include "explain/page/parts.hpp"
#include "explain/page/report_sections.hpp"
#include "report/chart.hpp"

namespace impasto {
namespace {

/// The stations from the deepest up, as the gradient meets them.
std::vector<const Station*> backward_order(const Explanation& explanation) {
  std::vector<const Station*> stations;
  for (const Station& station : explanation.stations) {
    stations.insert(stations.begin(), &station);
  }
  return stations;
}

/// The norms of one stop, down the list that ends at the pixels.
Curve norms_at(const Explanation& explanation, std::size_t stop) {
  Curve curve{at_evaluation(explanation.stops[stop]),
              "stop-" + std::to_string(std::min<std::size_t>(stop, 3)),
              {}};
  double line = 0;
  for (const Station* station : backward_order(explanation)) {
    if (stop < station->gradients.size()) {
      curve.points.push_back({station->gradients[stop].leaving, line});
    }
    ++line;
  }
  if (stop < explanation.pixel_norm.size()) {
    curve.points.push_back({explanation.pixel_norm[stop], line});
  }
  return curve;
}

std::vector<CodeReference> backward_code() {
  return {{"Network::backward", "src/network/network.cpp"},
          {"dconvolution", "src/backend/reference/convolution.hpp"},
          {"drelu", "src/backend/reference/activation.hpp"},
          {"Losses::visit", "src/losses/losses.cpp"}};
}

std::string norm_chart(const Explanation& explanation) {
  std::vector<std::string> lines;
  for (const Station* station : backward_order(explanation)) {
    lines.push_back((station->joins() ? "+ " : "") + station->tap);
  }
  lines.emplace_back("pixels");
  std::vector<Curve> curves;
  for (std::size_t stop = 0; stop < explanation.stops.size(); ++stop) {
    curves.push_back(norms_at(explanation, stop));
  }
  const std::string chart =
      list_chart({.title = "Norm of the gradient at every layer, from the deepest to the pixels",
                  .x_label = "‖dL/dy‖, logarithmic",
                  .curves = curves},
                 lines);
  return figure("backward-chart", "chart", chart + legend(curves),
                {"The gradient’s norm as it leaves each layer, from the deepest at the top to the "
                 "pixels at the bottom. + marks a layer at which a loss joins.",
                 "‖d*L*/d*y*‖ = √Σ (d*L*/d*y*)²", backward_code()});
}

std::string norm_table(const Explanation& explanation) {
  Table table = table_over_stops(explanation, {"layer"}, {"arriving", "joining", "leaving"});
  for (const Station* station : backward_order(explanation)) {
    Row row{tap_name(station->tap)};
    for (const StationGradient& gradient : station->gradients) {
      row.insert(row.end(),
                 {number(gradient.arriving), station->joins() ? number(gradient.joining) : "–",
                  number(gradient.leaving)});
    }
    table.rows.push_back(row);
  }
  Row pixels{"pixels"};
  for (const double norm : explanation.pixel_norm) {
    pixels.insert(pixels.end(), {"", "", number(norm)});
  }
  table.rows.push_back(pixels);
  return table_figure(
      "backward-norms", "Norms of the gradient", table,
      {"The norms themselves. What <em>arrives</em> comes from deeper layers, what "
       "<em>joins</em> from the losses at this very layer, and both together <em>leave</em>: "
       "vectors are added, so norms need not add up.",
       "leaving = ‖arriving gradient + Σ d(loss at *l*)/d*F<sub>l</sub>*‖, with d content/d*F* ∝ "
       "*F* − *P* and d style/d*F* ∝ (*G* − *A*) *F*",
       backward_code()});
}

std::string share_table(const Explanation& explanation) {
  double least = 0;
  double largest = 0;
  for (const LossShare& share : explanation.shares) {
    least = std::min(least, share.at[explanation.compared].share);
    largest = std::max(largest, share.at[explanation.compared].share);
  }
  const auto row_of = [&](const LossShare& share) -> Row {
    const ShareAt& at = share.at[explanation.compared];
    return {plain(share.name), number(at.value), number(at.norm), percent(at.share),
            bar(at.share, least, largest)};
  };
  return table_figure(
      "backward-shares", "Share of each loss in the pixel gradient",
      {{"loss", "value, weighted", "‖*g<sub>l</sub>*‖", "share", ""},
       rows_of(explanation.shares, row_of)},
      {"Whose gradient it is, at " + compared_evaluation(explanation) +
           ": each loss alone, sent backward to the pixels. The shares add up to 100 %; one below "
           "0 pulls against all the others together. An early evaluation is compared, because "
           "where a run ends its losses hold each other, and the little that is left of their sum "
           "says nothing of any of them.",
       "share<sub>*l*</sub> = ⟨*g<sub>l</sub>*, *g*⟩ / ‖*g*‖²  with *g* = Σ *g<sub>l</sub>*",
       {{"study_shares", "src/explain/shares.cpp"}, {"Losses::visit", "src/losses/losses.cpp"}}});
}

/// The shares at every stop, side by side.
std::string share_course(const Explanation& explanation) {
  Table table = table_over_stops(explanation, {"loss"}, {"‖*g<sub>l</sub>*‖", "share"});
  for (const LossShare& share : explanation.shares) {
    Row row{plain(share.name)};
    for (const ShareAt& at : share.at) {
      row.insert(row.end(), {number(at.norm), percent(at.share)});
    }
    table.rows.push_back(row);
  }
  return table_figure(
      "backward-share-course", "The shares over the run", table,
      {"How the shares move. A run that starts from the content picture has no content gradient at "
       "first. Towards the end the losses pull against each other: gradients that are long each "
       "for itself add up to a short one, and shares beyond 100 % and below 0 show it.",
       "",
       {{"study_shares", "src/explain/shares.cpp"}}});
}

std::string gradient_pictures(const Explanation& explanation) {
  std::string content = signed_gradient(explanation.compared_gradient,
                                        "Gradient of all losses together", "all together");
  for (const LossShare& share : explanation.shares) {
    content +=
        signed_gradient(share.gradient, "Gradient of " + share.name + " alone", plain(share.name));
  }
  return figure(
      "backward-gradients", "wide pictures", content,
      {"The gradient at the pixels at " + compared_evaluation(explanation) +
           ", of every loss alone and of all together: mid-grey is 0, brighter pixels would raise "
           "the loss if they were raised. Each picture is scaled to its own 99.5th percentile, "
           "given below it.",
       "*g<sub>l</sub>* = d*L<sub>l</sub>*/d*x*",
       {{"dimage_in", "src/backend/backend.hpp"},
        {"Losses::visit_pixels", "src/losses/losses.cpp"}}});
}

std::string cosine_table(const Explanation& explanation) {
  const std::size_t count = explanation.shares.size();
  Table table{{"loss"}};
  for (const LossShare& share : explanation.shares) {
    table.head.push_back(plain(share.name));
  }
  for (std::size_t row = 0; row < count; ++row) {
    table.rows.push_back({plain(explanation.shares[row].name)});
    for (std::size_t column = 0; column < count; ++column) {
      table.rows.back().push_back(number(explanation.cosines[row * count + column], 3));
    }
  }
  return table_figure(
      "backward-cosines", "Cosines between the losses’ gradients", table,
      {"Which losses agree at " + compared_evaluation(explanation) +
           ": 1 means the same direction in the space of all pixels, 0 that they ignore each "
           "other, −1 that they are opposed.",
       "cosine of two losses *l* and *l*′ = ⟨*g<sub>l</sub>*, *g<sub>l</sub>*′⟩ / "
       "(‖*g<sub>l</sub>*‖ ‖*g<sub>l</sub>*′‖)",
       {{"study_shares", "src/explain/shares.cpp"}, {"Losses::visit", "src/losses/losses.cpp"}}});
}

std::string one_stop_note(const Explanation& explanation) {
  return explanation.stops.size() == 1
             ? paragraph("The run was too short to compare: only " +
                         at_evaluation(explanation.stops.front()) + " was looked into.")
             : "";
}

}  // namespace

std::string backward_section(const Explanation& explanation) {
  std::string content =
      paragraph(
          "The chain rule, layer by layer from the deepest tap to the pixels: each layer "
          "turns the gradient at its output into the gradient at its input, and where a loss "
          "looks, its own gradient joins.") +
      one_stop_note(explanation) + norm_chart(explanation) + norm_table(explanation);
  if (!explanation.shares.empty()) {
    content +=
        share_table(explanation) + share_course(explanation) + gradient_pictures(explanation);
  }
  if (explanation.shares.size() > 1 &&
      explanation.cosines.size() == explanation.shares.size() * explanation.shares.size()) {
    content += cosine_table(explanation);
  } else {
    content += paragraph("There is only one loss, so there is nothing to compare it with.");
  }
  return section("backward", "Backward: from the losses to the pixels", content);
}

}  // namespace impasto
