// The choices that style transfer leaves open, and what they do to this run's gradient.
#include "explain/page/parts.hpp"
#include "explain/page/report_sections.hpp"

namespace impasto {
namespace {

std::string alternative_pictures(const Explanation& explanation) {
  std::string content =
      signed_gradient(explanation.compared_gradient, "The run’s gradient", "as it was run");
  for (const Alternative& alternative : explanation.alternatives) {
    content += signed_gradient(alternative.gradient, "Gradient with " + alternative.name,
                               plain(alternative.name));
  }
  return figure(
      "choices-gradients", "wide pictures", content,
      {"The pixel gradient at " + compared_evaluation(explanation) +
           ", as it was run and with one choice made otherwise. Mid-grey is 0; each is scaled to "
           "its own 99.5th percentile, given below it.",
       "*g*′ = d*L*′/d*x* at the same *x*",
       {{"study_alternatives", "src/explain/shares.cpp"}, {"plan_taps", "src/transfer/taps.cpp"}}});
}

std::string alternative_table(const Explanation& explanation) {
  Table table =
      table_over_stops(explanation, {"choice", "instead of"}, {"‖*g*′‖ / ‖*g*‖", "cosine"});
  for (const Alternative& alternative : explanation.alternatives) {
    Row row{plain(alternative.name), plain(alternative.instead_of)};
    for (std::size_t stop = 0; stop < alternative.at.size(); ++stop) {
      const AlternativeAt& at = alternative.at[stop];
      row.insert(row.end(),
                 {number(at.norm / explanation.pixel_norm[stop], 3), number(at.cosine, 3)});
    }
    table.rows.push_back(row);
  }
  return table_figure(
      "choices-alternatives", "Other choices", table,
      {"How far another choice would turn and stretch the gradient: a cosine of 1 means that it "
       "would only change its length. The first evaluations say what the choice does. Near the "
       "end the run’s own gradient has become short, as this is what it minimises, and another "
       "choice looks both longer and unrelated, whatever it is.",
       "cosine = ⟨*g*′, *g*⟩ / (‖*g*′‖ ‖*g*‖)",
       {{"study_alternatives", "src/explain/shares.cpp"},
        {"Network::backward", "src/network/network.cpp"}}});
}

std::string alternatives(const Explanation& explanation) {
  return explanation.alternatives.empty()
             ? paragraph("There was no other choice of taps or pooling to compare with.")
             : alternative_pictures(explanation) + alternative_table(explanation);
}

std::string pool_window(const PoolWindow& pool) {
  static constexpr const char* kPlaces[] = {"top left", "top right", "bottom left", "bottom right"};
  Table table{{"place", "input *x*", "*dx* of max pooling", "*dx* of average pooling"}};
  for (std::size_t n = 0; n < 4; ++n) {
    table.rows.push_back({kPlaces[n], number(pool.input[n], 6), number(pool.dmax[n], 6),
                          number(pool.daverage[n], 6)});
  }
  return table_figure(
      "choices-pool", "One window of pooling", table,
      {"One 2 × 2 window of " + tap_name(pool.tap) + ", channel " + whole(pool.channel) +
           ", output position (" + whole(pool.x) + ", " + whole(pool.y) +
           "), where the gradient *dy* = " + number(pool.dy, 6) +
           " arrives: max pooling hands all of it to the largest input, average pooling a quarter "
           "to each.",
       "max: *dx* = *dy* at the first maximum, 0 elsewhere; average: *dx* = *dy* / 4",
       {{"dmax_pool", "src/backend/reference/pooling.hpp"},
        {"daverage_pool", "src/backend/reference/pooling.hpp"}}});
}

std::string weight_table(const Explanation& explanation) {
  const auto row_of = [](const WeightChoice& choice) -> Row {
    return {number(choice.factor) + "\u00A0×", percent(choice.content), percent(choice.style)};
  };
  return table_figure(
      "choices-weights", "Other style weights",
      {{"style weight", "content’s share", "style’s share"},
       rows_of(explanation.weight_choices, row_of)},
      {"How much content and style would pull at " + compared_evaluation(explanation) +
           "’s picture with another style weight; what is missing to 100 % is total variation’s.",
       "share of content = ⟨*g*<sub>content</sub>, *g*⟩ / ‖*g*‖² with *g* = *g*<sub>content</sub> "
       "+ factor · *g*<sub>style</sub> + *g*<sub>TV</sub>",
       {{"weight_choice", "src/explain/shares.cpp"}, {"Losses::visit", "src/losses/losses.cpp"}}});
}

}  // namespace

std::string choices_section(const Explanation& explanation) {
  std::string content =
      element("h3", "Before or after ReLU, max or average") + "\n" +
      paragraph(
          "Taps after ReLU see only what is positive; taps before it see both signs, and "
          "their gradient passes where the ReLU is closed. Max pooling sends the gradient to "
          "one pixel in four, average pooling spreads it, and pictures come out smoother.") +
      alternatives(explanation);
  content += explanation.pool
                 ? pool_window(*explanation.pool)
                 : paragraph(
                       "No pooling layer lies on the way to this run’s taps, so max and "
                       "average pooling are the same here.");
  content += element("h3", "Layers") + "\n" +
             paragraph(
                 "Which layers are asked decides the size of what is carried over: shallow "
                 "ones see colours and small strokes, deep ones large forms (their receptive "
                 "fields stand <a href=\"#network\">in the network’s table</a>). How much "
                 "each of them pulls here stands <a href=\"#backward-shares\">in the table "
                 "of shares</a>.") +
             element("h3", "Weights") + "\n";
  content += explanation.weight_choices.empty()
                 ? paragraph(
                       "This run does not have both a content and a style term, so there is "
                       "no weight to balance.")
                 : weight_table(explanation);
  return section("choices", "The choices, and what they do here", content);
}

}  // namespace impasto
