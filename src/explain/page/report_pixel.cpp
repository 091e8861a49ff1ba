// One number of the gradient, worked out by hand and checked twice.
#include <algorithm>
#include <cmath>

#include "explain/page/parts.hpp"
#include "explain/page/report_sections.hpp"
#include "explain/worked_sum.hpp"

namespace impasto {
namespace {

constexpr std::size_t kTermsShown = 10;

/// A channel of a worked pixel, which the reader can choose.
struct Choice {
  std::size_t pixel = 0;
  std::int64_t channel = 0;
  const WorkedChannel& worked;
  WorkedSum sum;
  Attributes attributes;  ///< of what is shown while it is chosen
};

/// Every channel of every pixel; the first pixel's strongest is shown until the script takes over,
/// and for ever without one.
std::vector<Choice> choices_of(const Explanation& explanation) {
  std::vector<Choice> choices;
  for (std::size_t n = 0; n < explanation.pixels.size(); ++n) {
    const WorkedPixel& pixel = explanation.pixels[n];
    for (std::int64_t c = 0; c < 3; ++c) {
      Attributes attributes{{"data-choice", std::to_string(n) + "-" + std::to_string(c)}};
      if (n != 0 || c != strongest_channel(pixel)) {
        attributes.emplace_back("hidden", "hidden");
      }
      choices.push_back(
          {n, c, pixel.channel(c), worked_sum(explanation.first_filters, pixel, c), attributes});
    }
  }
  return choices;
}

std::vector<TableBody> bodies(const std::vector<Choice>& choices,
                              std::vector<Row> (*rows_of)(const Choice&)) {
  std::vector<TableBody> bodies;
  bodies.reserve(choices.size());
  for (const Choice& choice : choices) {
    bodies.push_back({rows_of(choice), choice.attributes});
  }
  return bodies;
}

std::string position(const WorkedPixel& pixel) {
  return "(" + std::to_string(pixel.x) + ", " + std::to_string(pixel.y) + ")";
}

/// One choice of a group of radio buttons.
std::string radio(const std::string& group, std::int64_t value, bool chosen,
                  const std::string& label) {
  Attributes attributes{{"type", "radio"},
                        {"name", group},
                        {"value", std::to_string(value)},
                        {"id", group + "-" + std::to_string(value)}};
  if (chosen) {
    attributes.emplace_back("checked", "checked");
  }
  return element("label", empty_element("input", attributes) + " " + label);
}

std::string chooser(const Explanation& explanation) {
  std::string pixels;
  for (std::size_t n = 0; n < explanation.pixels.size(); ++n) {
    pixels += radio("pixel-choice", static_cast<std::int64_t>(n), n == 0,
                    std::to_string(n + 1) + " at " + position(explanation.pixels[n]));
  }
  std::string channels;
  const std::int64_t strongest = strongest_channel(explanation.pixels.front());
  for (std::int64_t c = 0; c < 3; ++c) {
    channels += radio("channel-choice", c, c == strongest, channel_name(c));
  }
  return element("form", {{"id", "pixel-chooser"}, {"class", "js-only"}},
                 element("fieldset", element("legend", "Pixel (column, row)") + pixels) +
                     element("fieldset", element("legend", "Channel") + channels));
}

/// So many pixels as a part of a picture's side, which has `side`: "2.08%".
std::string part_of(double pixels, std::int64_t side) {
  return hundredths(100 * pixels / static_cast<double>(side)) + "%";
}

/// The picture with a ring around each pixel, its number beside it: neither covers the pixel.
std::string map_of_pixels(const Explanation& explanation) {
  const Image& image =
      explanation.moments.empty() ? explanation.content : explanation.moments.back().picture;
  std::string content = photo(image, "The picture whose pixels are worked out");
  for (std::size_t n = 0; n < explanation.pixels.size(); ++n) {
    const WorkedPixel& pixel = explanation.pixels[n];
    content +=
        element("span",
                {{"class", n == 0 ? "ring chosen" : "ring"},
                 {"data-pixel", std::to_string(n)},
                 {"aria-hidden", "true"},
                 {"style", "left:" + part_of(static_cast<double>(pixel.x) + 0.5, image.width) +
                               ";top:" + part_of(static_cast<double>(pixel.y) + 0.5, image.height) +
                               ";--pixel:" + part_of(1, image.width)}},
                element("span", std::to_string(n + 1)));
  }
  return figure("pixel-map", "map-of-pixels", element("div", {{"class", "rings"}}, content),
                {"Where the worked pixels lie: each in the middle of its ring.",
                 "*x*[*c*, *i*, *j*]: channel, row and column, counted from 0 at the top left",
                 {{"image_in", "src/backend/backend.hpp"}}});
}

std::vector<Row> part_rows(const Choice& choice) {
  static constexpr const char* kRows[] = {"*r* = 0<br/>row *i* + 1", "*r* = 1<br/>row *i*",
                                          "*r* = 2<br/>row *i* − 1"};
  std::vector<Row> rows;
  for (std::size_t i = 0; i < 3; ++i) {
    rows.push_back({kRows[i]});
    for (std::size_t j = 0; j < 3; ++j) {
      rows.back().push_back(number(choice.sum.parts[3 * i + j], 6));
    }
  }
  return rows;
}

std::string parts_table(const std::vector<Choice>& choices) {
  const Table table{.head = {"Σ<sub>*k*</sub> *w* · *dz*", "*s* = 0<br/>column *j* + 1",
                             "*s* = 1<br/>column *j*", "*s* = 2<br/>column *j* − 1"},
                    .bodies = bodies(choices, part_rows)};
  return table_figure("pixel-parts", "The nine subtotals", table,
                      {"The pixel touches nine positions of the first convolution’s output. At "
                       "each of them all channels *k* are summed.",
                       "d*L*/d*x*[*c*,*i*,*j*] = Σ<sub>*r*,*s*</sub> Σ<sub>*k*</sub> "
                       "*w*[*k*,*c*,*r*,*s*] · *dz*[*k*, *i*+1−*r*, *j*+1−*s*]",
                       {{"dconvolution", "src/backend/reference/convolution.hpp"}}});
}

std::vector<Row> term_rows(const Choice& choice) {
  std::vector<Row> rows;
  for (std::size_t n = 0; n < std::min(kTermsShown, choice.sum.terms.size()); ++n) {
    const WorkedTerm& term = choice.sum.terms[n];
    rows.push_back({whole(term.k), whole(term.i), whole(term.j), number(term.w, 6),
                    number(term.dz, 6), number(term.product(), 6)});
  }
  return rows;
}

std::string terms_table(const std::vector<Choice>& choices) {
  const Table table{
      .head = {"channel *k*", "*r*", "*s*", "*w*[*k*,*c*,*r*,*s*]", "*dz*", "product"},
      .bodies = bodies(choices, term_rows)};
  return table_figure(
      "pixel-terms", "The ten largest terms", table,
      {"The ten largest of the " +
           whole(static_cast<std::int64_t>(choices.front().sum.terms.size())) +
           " terms, by magnitude. *dz* is the gradient at the first convolution’s output.",
       "",
       {{"dconvolution", "src/backend/reference/convolution.hpp"},
        {"drelu", "src/backend/reference/activation.hpp"}}});
}

double relative(double value, double reference) {
  return std::abs(value - reference) / std::abs(reference);
}

std::vector<Row> check_rows(const Choice& choice) {
  const WorkedChannel& worked = choice.worked;
  const double mine = worked.sum + worked.tv;
  return {{"the sum above, in double", number(worked.sum, 9), ""},
          {"+ total variation’s part", number(worked.tv, 9), ""},
          {"= by the formula", number(mine, 9), number(relative(mine, worked.backend), 2)},
          {"the backend’s gradient in the run", number(worked.backend, 9), ""},
          {"finite difference", number(worked.numeric, 9),
           number(relative(worked.numeric, worked.backend), 2)},
          {"*L*(*x* + *h*) − *L*(*x*)", number(worked.loss_change, 9), ""}};
}

std::string check_table(const Explanation& explanation, const std::vector<Choice>& choices) {
  const Table table{
      {"what", "value", "off from the backend’s"}, {}, {}, bodies(choices, check_rows)};
  return table_figure("pixel-check", "The sum, the backend and a finite difference", table,
                      {"Three ways to the same number. The finite difference moves this one number "
                       "of the picture by *h* = " +
                           number(explanation.numeric_step) +
                           " in the network’s input space and looks only at the loss.",
                       "(*L*(*x* + *h*) − *L*(*x*)) / *h*; off = |value − backend’s| / |backend’s|",
                       {{"dconvolution", "src/backend/reference/convolution.hpp"},
                        {"total_variation", "src/backend/reference/loss_operations.hpp"},
                        {"loss_changes", "src/explain/loss_change.cpp"}}});
}

std::string precision_note() {
  return paragraph(
      "How the finite difference keeps its digits: one pixel hardly moves the loss of the whole "
      "picture, so that subtracting two losses in float32 would leave two or three digits. Instead "
      "the change itself is followed forward: through each convolution, through ReLU as max(*z* + "
      "*δ*, 0) − max(*z*, 0), through pooling and into each loss. It reaches only a patch of each "
      "feature map, and no derivative is used on the way. What is left of a difference is the "
      "backend’s rounding and, rarely, a ReLU or a pooling window that changes sides within *h*. "
      "<code>impasto gradcheck</code> shows what happens for larger and smaller steps.");
}

std::string announcement(const Explanation& explanation, const std::vector<Choice>& choices) {
  std::string texts;
  for (const Choice& choice : choices) {
    texts +=
        element("span", choice.attributes,
                "Pixel " + std::to_string(choice.pixel + 1) + " at " +
                    position(explanation.pixels[choice.pixel]) + ", " +
                    channel_name(choice.channel) + ": the sum is " + number(choice.worked.sum, 9) +
                    ", the backend has " + number(choice.worked.backend, 9) + ".");
  }
  return element("p", {{"id", "pixel-live"}, {"class", "live"}, {"aria-live", "polite"}}, texts);
}

}  // namespace

std::string pixel_section(const Explanation& explanation) {
  const std::string heading = "One pixel, worked out";
  if (explanation.pixels.empty()) {
    return section("pixel", heading, paragraph("No pixel was worked out in this run."));
  }
  const std::vector<Choice> choices = choices_of(explanation);
  return section(
      "pixel", heading,
      paragraph("The last step to the pixels is the first convolution, read backward. It is a sum "
                "of products and nothing else, so it can be checked by hand. All numbers are those "
                "of the last evaluation.") +
          map_of_pixels(explanation) + chooser(explanation) + announcement(explanation, choices) +
          parts_table(choices) + terms_table(choices) + check_table(explanation, choices) +
          precision_note());
}

}  // namespace impasto
