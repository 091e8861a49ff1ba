// The report as a reader's program sees it: parsed as XML, with its pictures decoded and its
// numbers read back.
#include "explain/page/report_html.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "explain/page/explanation_fixture.hpp"
#include "image/picture_files.hpp"
#include "report/html.hpp"
#include "support/paths.hpp"
#include "support/xml_reader.hpp"

namespace impasto {

// For GoogleTest's messages.
void PrintTo(OptimizerKind optimizer,
             std::ostream* stream) {  // NOLINT(readability-identifier-naming)
  *stream << (optimizer == OptimizerKind::kAdam ? "Adam" : "Lbfgs");
}

namespace {

const std::vector<std::string> kSections{"run",      "network", "forward", "grams",
                                         "backward", "pixel",   "course",  "choices"};

/// A parsed page.
class Page {
 public:
  explicit Page(const Explanation& explanation)
      : markup_(report_html(explanation)), elements_(xml_elements(markup_)) {}

  [[nodiscard]] const std::string& markup() const { return markup_; }
  [[nodiscard]] const std::vector<XmlElement>& elements() const { return elements_; }

  [[nodiscard]] std::vector<const XmlElement*> all(
      const std::function<bool(const XmlElement&)>& wanted) const {
    std::vector<const XmlElement*> found;
    for (const XmlElement& element : elements_) {
      if (wanted(element)) {
        found.push_back(&element);
      }
    }
    return found;
  }
  [[nodiscard]] std::vector<const XmlElement*> named(const std::string& name) const {
    return all([&](const XmlElement& element) { return element.name == name; });
  }
  [[nodiscard]] const XmlElement* by_id(const std::string& id) const {
    const auto found = all([&](const XmlElement& element) { return element["id"] == id; });
    EXPECT_LE(found.size(), 1U) << id;
    return found.empty() ? nullptr : found.front();
  }
  /// Elements of this name anywhere inside the one.
  [[nodiscard]] std::vector<const XmlElement*> inside(const XmlElement& outer,
                                                      const std::string& name) const {
    const auto index = static_cast<std::size_t>(&outer - elements_.data());
    return all([&](const XmlElement& element) {
      return element.name == name &&
             std::count(element.ancestors.begin(), element.ancestors.end(), index) > 0;
    });
  }
  /// The texts of a table's body, row by row, of the one that is shown where there are several.
  [[nodiscard]] std::vector<std::vector<std::string>> rows(const std::string& figure_id) const {
    std::vector<std::vector<std::string>> rows;
    const XmlElement* figure = by_id(figure_id);
    if (figure == nullptr) {
      ADD_FAILURE() << "no " << figure_id;
      return rows;
    }
    for (const XmlElement* body : inside(*figure, "tbody")) {
      if (!(*body)["hidden"].empty()) {
        continue;
      }
      for (const XmlElement* row : inside(*body, "tr")) {
        rows.emplace_back();
        for (const XmlElement& cell : elements_) {
          if ((cell.name == "td" || cell.name == "th") &&
              cell.ancestors.back() == static_cast<std::size_t>(row - elements_.data())) {
            rows.back().push_back(cell.text);
          }
        }
      }
    }
    return rows;
  }

 private:
  std::string markup_;
  std::vector<XmlElement> elements_;
};

const Page& usual_page() {
  static const Page kPage(explanation_fixture());
  return kPage;
}

nlohmann::json numbers_of(const Page& page) {
  return nlohmann::json::parse(page.by_id("explanation")->text);
}

/// "−4.5×10⁻⁷" as a number.
double read_back(std::string text) {
  const std::vector<std::pair<std::string, std::string>> spellings{
      {"\u2212", "-"}, {"\u207B", "-"}, {"\u00D710", "e"}, {"\u00A0%", ""}, {"\u2070", "0"},
      {"\u00B9", "1"}, {"\u00B2", "2"}, {"\u00B3", "3"},   {"\u2074", "4"}, {"\u2075", "5"},
      {"\u2076", "6"}, {"\u2077", "7"}, {"\u2078", "8"},   {"\u2079", "9"}};
  for (const auto& [written, plain_text] : spellings) {
    for (std::size_t at = text.find(written); at != std::string::npos; at = text.find(written)) {
      text.replace(at, written.size(), plain_text);
    }
  }
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  EXPECT_EQ(*end, '\0') << text;
  return value;
}

void expect_shown(const std::string& text, double value, int digits = 4) {
  EXPECT_NEAR(read_back(text), value, 0.51 * std::abs(value) * std::pow(10, 1 - digits)) << text;
}

std::string decoded(const std::string& base64_text) {
  std::string bytes(base64_text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(base64_text.data()),
                                   static_cast<int>(base64_text.size()));
  EXPECT_GE(size, 0);
  bytes.resize(static_cast<std::size_t>(std::max(size, 0)));
  return bytes;
}

TEST(ReportHtml, HasEverySectionWithAHeadingAndALinkToIt) {
  const Page& page = usual_page();
  std::set<std::string> targets;
  for (const XmlElement* link : page.named("a")) {
    targets.insert((*link)["href"]);
  }
  for (const std::string& id : kSections) {
    const XmlElement* section = page.by_id(id);
    ASSERT_NE(section, nullptr) << id;
    EXPECT_EQ(section->name, "section");
    EXPECT_EQ(page.inside(*section, "h2").size(), 1U) << id;
    EXPECT_NE(page.by_id((*section)["aria-labelledby"]), nullptr) << id;
    EXPECT_EQ(targets.count("#" + id), 1U) << id;
  }
  for (const std::string& target : targets) {
    EXPECT_NE(page.by_id(target.substr(1)), nullptr) << target;
  }
}

TEST(ReportHtml, NamesEveryIdOnce) {
  std::set<std::string> ids;
  for (const XmlElement& element : usual_page().elements()) {
    const std::string id = element["id"];
    EXPECT_TRUE(id.empty() || ids.insert(id).second) << id;
  }
}

/// A parameter with a name: a bare enumerator stands in lists of tests as bytes.
struct Optimizer {
  OptimizerKind kind;
};
void PrintTo(const Optimizer& optimizer, std::ostream* stream) {
  *stream << (optimizer.kind == OptimizerKind::kAdam ? "Adam" : "L-BFGS");
}

class ReportOf : public ::testing::TestWithParam<Optimizer> {};

TEST_P(ReportOf, EveryFigureAndTableHasACaptionWithFormulaAndCode) {
  const std::filesystem::path root = std::filesystem::path(test_data()).parent_path().parent_path();
  if (!std::filesystem::exists(root / "src")) {
    GTEST_SKIP() << "the sources are not there";
  }
  const Page page(explanation_fixture(GetParam().kind));
  const std::vector<const XmlElement*> figures = page.named("figure");
  EXPECT_GT(figures.size(), 45U);
  const std::regex reference(R"((\w+) in (src/[\w/]+\.[ch]pp))");
  for (const XmlElement* figure : figures) {
    SCOPED_TRACE((*figure)["id"]);
    const auto captions = page.inside(*figure, "figcaption");
    ASSERT_EQ(captions.size(), 1U);
    const auto paragraphs = page.inside(*captions[0], "p");
    ASSERT_GE(paragraphs.size(), 2U);
    EXPECT_GT(paragraphs[0]->text.size(), 20U);
    if (paragraphs.size() > 2) {
      EXPECT_EQ((*paragraphs[1])["class"], "formula");
      EXPECT_GT(paragraphs[1]->text.size(), 5U);
    }
    EXPECT_EQ((*paragraphs.back())["class"], "code");
    const std::string code = paragraphs.back()->text;
    int references = 0;
    for (std::sregex_iterator match(code.begin(), code.end(), reference), end; match != end;
         ++match, ++references) {
      const std::string file = (*match)[2];
      ASSERT_TRUE(std::filesystem::exists(root / file)) << file;
      const std::regex function("\\b" + (*match)[1].str() + R"(\()");
      EXPECT_TRUE(std::regex_search(bytes_of((root / file).string()), function)) << match->str();
    }
    EXPECT_GT(references, 0) << code;
    EXPECT_EQ(static_cast<std::size_t>(2 * references),
              page.inside(*paragraphs.back(), "code").size());
  }
  for (const XmlElement* table : page.named("table")) {
    const bool captioned =
        std::any_of(table->ancestors.begin(), table->ancestors.end(),
                    [&](std::size_t outer) { return page.elements()[outer].name == "figure"; });
    EXPECT_TRUE(captioned) << table->text;
  }
}

TEST_P(ReportOf, CanBeReadByScreenReadersAndKeyboard) {
  const Page page(explanation_fixture(GetParam().kind));
  EXPECT_EQ((*page.named("html").at(0))["lang"], "en");
  EXPECT_EQ(page.named("h1").size(), 1U);
  EXPECT_EQ(page.named("main").size(), 1U);
  for (const XmlElement* table : page.named("table")) {
    const XmlElement& box = page.elements()[table->ancestors.back()];
    EXPECT_EQ(box["tabindex"], "0");
    EXPECT_EQ(box["role"], "region");
    EXPECT_NE(box["aria-label"], "");
    for (const XmlElement* heading : page.inside(*table, "th")) {
      EXPECT_NE((*heading)["scope"], "");
    }
  }
  for (const XmlElement* drawing : page.named("svg")) {
    EXPECT_TRUE((*drawing)["aria-hidden"] == "true" ||
                ((*drawing)["role"] == "img" && !(*drawing)["aria-label"].empty()));
  }
  for (const XmlElement* input : page.named("input")) {
    const XmlElement& around = page.elements()[input->ancestors.back()];
    const auto labels = page.all([&](const XmlElement& element) {
      return element.name == "label" && element["for"] == (*input)["id"];
    });
    EXPECT_TRUE(around.name == "label" || labels.size() == 1) << (*input)["id"];
  }
  for (const std::string id : {"pixel-live", "moment-live"}) {
    EXPECT_EQ((*page.by_id(id))["aria-live"], "polite");
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, ReportOf,
                         ::testing::Values(Optimizer{OptimizerKind::kAdam},
                                           Optimizer{OptimizerKind::kLbfgs}),
                         [](const auto& tested) {
                           return tested.param.kind == OptimizerKind::kAdam ? "Adam" : "Lbfgs";
                         });

TEST(ReportHtml, EveryPictureIsInsideThePageAndHasATextInItsPlace) {
  const TempFolder folder;
  const std::vector<const XmlElement*> images = usual_page().named("img");
  EXPECT_GT(images.size(), 250U);
  for (const XmlElement* image : images) {
    EXPECT_NE((*image)["alt"], "");
    const std::string text = (*image)["src"];
    const std::size_t comma = text.find(',');
    ASSERT_NE(comma, std::string::npos) << text.substr(0, 80);
    const std::string head = text.substr(0, comma);
    ASSERT_TRUE(head == "data:image/png;base64" || head == "data:image/jpeg;base64") << head;
    const std::string file = folder.keep("picture", decoded(text.substr(comma + 1)));
    const Image picture = load_image(file);
    EXPECT_EQ(std::to_string(picture.width), (*image)["width"]);
    EXPECT_EQ(std::to_string(picture.height), (*image)["height"]);
  }
}

TEST(ReportHtml, RefersToNothingOutsideItself) {
  for (const XmlElement& element : usual_page().elements()) {
    for (const auto& [name, value] : element.attributes) {
      EXPECT_NE(name, "srcset");
      EXPECT_NE(name.substr(0, 2), "on") << "a script in an attribute";
      if (name == "src") {
        EXPECT_EQ(value.substr(0, 11), "data:image/");
      }
      if (name == "href") {
        EXPECT_EQ(value.substr(0, 1), "#");
      }
    }
    EXPECT_NE(element.name, "link");
    EXPECT_NE(element.name, "iframe");
  }
  for (const std::string part : {"http:", "https:", "url(", "@import", "fetch(", "import("}) {
    EXPECT_EQ(usual_page().markup().find(part), std::string::npos) << part;
  }
}

TEST(ReportHtml, ShowsForeignTextAsText) {
  const Explanation explanation = explanation_fixture();
  const Page& page = usual_page();
  EXPECT_EQ(page.named("h1").at(0)->text,
            "<b>\"chips\" & 'peas' in the style of script><script>alert(1)<script> + \uFFFD not "
            "UTF-8 ]]>");
  const std::string names = page.by_id("run-pictures")->text;
  EXPECT_THAT(names, ::testing::HasSubstr(R"(<b>"chips" & 'peas'.jpg)"));
  EXPECT_THAT(names, ::testing::HasSubstr("script><script>alert(1)<script>.jpg"));
  EXPECT_THAT(names, ::testing::HasSubstr("\uFFFD not UTF-8 ]]>.png"));
  EXPECT_EQ(page.rows("run-settings")[3][1], "a<b>&c*d*");
  // To an HTML parser a script ends at the first "</script", whatever is around it.
  std::size_t ends = 0;
  const std::string& markup = page.markup();
  for (std::size_t at = markup.find("</script"); at != std::string::npos;
       at = markup.find("</script", at + 1)) {
    ++ends;
  }
  EXPECT_EQ(ends, page.named("script").size());
  EXPECT_EQ(markup.find("<b>"), std::string::npos);
}

TEST(ReportHtml, HoldsTheNumbersAsJson) {
  const Explanation explanation = explanation_fixture();
  const nlohmann::json json = numbers_of(usual_page());
  const auto near = [](const nlohmann::json& read, double value) {
    EXPECT_NEAR(read.get<double>(), value, 1e-8 * std::abs(value));
  };
  EXPECT_EQ(json["content"], explanation.content_name);
  EXPECT_EQ(json["styles"][0], explanation.style_names[0]);
  ASSERT_EQ(json["trace"].size(), explanation.trace.size());
  for (std::size_t n = 0; n < explanation.trace.size(); ++n) {
    near(json["trace"][n]["total"], explanation.trace[n].total);
    near(json["trace"][n]["style"], explanation.trace[n].style);
  }
  ASSERT_EQ(json["stations"].size(), explanation.stations.size());
  for (std::size_t n = 0; n < explanation.stations.size(); ++n) {
    const Station& station = explanation.stations[n];
    const nlohmann::json& read = json["stations"][n];
    EXPECT_EQ(read["tap"], station.tap);
    EXPECT_EQ(read["shape"][0], station.shape.channels);
    EXPECT_EQ(read["receptive_field"], station.receptive_field);
    near(read["activations"]["deviation"], station.activations.deviation);
    for (std::size_t stop = 0; stop < 3; ++stop) {
      near(read["gradients"][stop]["leaving"], station.gradients[stop].leaving);
    }
  }
  ASSERT_EQ(json["shares"].size(), explanation.shares.size());
  for (std::size_t n = 0; n < explanation.shares.size(); ++n) {
    for (std::size_t stop = 0; stop < explanation.stops.size(); ++stop) {
      near(json["shares"][n]["at"][stop]["share"], explanation.shares[n].at[stop].share);
    }
  }
  for (std::size_t n = 0; n < explanation.cosines.size(); ++n) {
    near(json["cosines"][n], explanation.cosines[n]);
  }
  for (std::size_t n = 0; n < explanation.first_filters.size(); ++n) {
    EXPECT_EQ(json["first_filters"][n].get<float>(), explanation.first_filters[n]);
  }
  for (std::size_t n = 0; n < explanation.pixels.size(); ++n) {
    const WorkedPixel& pixel = explanation.pixels[n];
    EXPECT_EQ(json["pixels"][n]["dz"].get<std::vector<float>>(), pixel.dz);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      near(json["pixels"][n]["channels"][channel]["sum"], pixel.channel(channel).sum);
      near(json["pixels"][n]["channels"][channel]["numeric"], pixel.channel(channel).numeric);
    }
  }
  near(json["optimizer"]["adam"][5]["step"], explanation.optimizer.adam[5].step);
  near(json["pool"]["dmax"][2], explanation.pool->dmax[2]);
  near(json["grams"][1]["losses"][2]["loss"], explanation.grams[1].at[2].loss);
  near(json["weight_choices"][3]["style"], explanation.weight_choices[3].style);
  near(json["alternatives"][1]["at"][1]["cosine"], explanation.alternatives[1].at[1].cosine);
}

TEST(ReportHtml, SaysOfANumberThatIsNotFiniteThatItIsNot) {
  Explanation explanation = explanation_fixture();
  explanation.shares[0].at[1].norm = std::numeric_limits<double>::quiet_NaN();
  explanation.trace.back().total = std::numeric_limits<double>::infinity();
  const Page page(explanation);
  EXPECT_EQ(page.rows("backward-shares")[0][2], "not a number");
  EXPECT_EQ(page.rows("run-losses")[0][2], "\u221E");
  EXPECT_TRUE(numbers_of(page)["shares"][0]["norm"].is_null());
}

TEST(ReportHtml, TablesShowTheExplanationsNumbers) {
  const Explanation explanation = explanation_fixture();
  const Page& page = usual_page();
  const auto losses = page.rows("run-losses");
  expect_shown(losses[0][1], explanation.trace.front().total);
  expect_shown(losses[2][2], explanation.trace.back().style);

  const auto layers = page.rows("network-layers");
  ASSERT_EQ(layers.size(), explanation.stations.size());
  const auto norms = page.rows("backward-norms");
  ASSERT_EQ(norms.size(), layers.size() + 1);
  for (std::size_t n = 0; n < layers.size(); ++n) {
    const Station& station = explanation.stations[n];
    EXPECT_EQ(layers[n][0], station.tap);
    EXPECT_EQ(layers[n][3], std::to_string(station.receptive_field));
    expect_shown(layers[n][5], station.mflop);
    const auto& row = norms[layers.size() - 1 - n];
    EXPECT_EQ(row[0], station.tap);
    for (std::size_t stop = 0; stop < 3; ++stop) {
      expect_shown(row[1 + 3 * stop], station.gradients[stop].arriving);
      expect_shown(row[3 + 3 * stop], station.gradients[stop].leaving);
    }
  }
  expect_shown(norms.back()[9], explanation.pixel_norm[2]);

  const auto shares = page.rows("backward-shares");
  const auto course = page.rows("backward-share-course");
  const auto cosines = page.rows("backward-cosines");
  const std::size_t count = explanation.shares.size();
  ASSERT_EQ(shares.size(), count);
  for (std::size_t n = 0; n < count; ++n) {
    EXPECT_EQ(shares[n][0], explanation.shares[n].name);
    expect_shown(shares[n][1], explanation.shares[n].at[1].value);
    expect_shown(shares[n][3], 100 * explanation.shares[n].at[1].share, 3);
    for (std::size_t stop = 0; stop < explanation.stops.size(); ++stop) {
      expect_shown(course[n][2 * stop + 1], explanation.shares[n].at[stop].norm);
      expect_shown(course[n][2 * stop + 2], 100 * explanation.shares[n].at[stop].share, 3);
    }
    for (std::size_t column = 0; column < count; ++column) {
      expect_shown(cosines[n][column + 1], explanation.cosines[n * count + column], 3);
    }
  }
  const auto pool = page.rows("choices-pool");
  expect_shown(pool[2][2], explanation.pool->dmax[2]);
  const auto weights = page.rows("choices-weights");
  expect_shown(weights[4][1], 100 * explanation.weight_choices[4].content, 3);
  const auto alternatives = page.rows("choices-alternatives");
  for (std::size_t stop = 0; stop < explanation.stops.size(); ++stop) {
    const AlternativeAt& at = explanation.alternatives[1].at[stop];
    expect_shown(alternatives[1][2 * stop + 2], at.norm / explanation.pixel_norm[stop], 3);
    expect_shown(alternatives[1][2 * stop + 3], at.cosine, 3);
  }
}

TEST(ReportHtml, WorksOutTheFirstPixelsStrongestChannel) {
  const Explanation explanation = explanation_fixture();
  const WorkedPixel& pixel = explanation.pixels[0];
  const WorkedChannel* strongest = std::max_element(
      std::begin(pixel.channels), std::end(pixel.channels),
      [](const auto& a, const auto& b) { return std::abs(a.sum) < std::abs(b.sum); });
  const Page& page = usual_page();
  double sum = 0;
  for (const auto& row : page.rows("pixel-parts")) {
    for (std::size_t j = 1; j < 4; ++j) {
      sum += read_back(row[j]);
    }
  }
  EXPECT_NEAR(sum, strongest->sum, 1e-5 * std::abs(strongest->sum));
  const auto terms = page.rows("pixel-terms");
  ASSERT_EQ(terms.size(), 10U);
  const auto channel = static_cast<std::size_t>(strongest - pixel.channels.data());
  double last = std::numeric_limits<double>::infinity();
  for (const auto& term : terms) {
    const auto k = static_cast<std::size_t>(std::stoul(term[0]));
    const auto place = static_cast<std::size_t>(3 * std::stoul(term[1]) + std::stoul(term[2]));
    const auto w = static_cast<double>(explanation.first_filters[(3 * k + channel) * 9 + place]);
    const auto dz = static_cast<double>(pixel.dz[9 * k + place]);
    expect_shown(term[3], w, 6);
    expect_shown(term[4], dz, 6);
    expect_shown(term[5], w * dz, 6);
    EXPECT_LE(std::abs(w * dz), last);
    last = std::abs(w * dz);
  }
  const auto checks = page.rows("pixel-check");
  expect_shown(checks[0][1], strongest->sum, 9);
  expect_shown(checks[2][1], strongest->sum + strongest->tv, 9);
  expect_shown(checks[3][1], strongest->backend, 9);
  expect_shown(checks[4][1], strongest->numeric, 9);
  expect_shown(checks[4][2],
               std::abs(strongest->numeric - strongest->backend) / std::abs(strongest->backend), 2);
  expect_shown(checks[5][1], strongest->loss_change, 9);
}

TEST(ReportHtml, HasEveryChannelOfEveryPixelReadyToBeChosen) {
  const Explanation explanation = explanation_fixture();
  const Page& page = usual_page();
  for (const std::string table : {"pixel-parts", "pixel-terms", "pixel-check"}) {
    const auto bodies = page.inside(*page.by_id(table), "tbody");
    ASSERT_EQ(bodies.size(), 3 * explanation.pixels.size()) << table;
    EXPECT_EQ(std::count_if(bodies.begin(), bodies.end(),
                            [](const XmlElement* body) { return (*body)["hidden"].empty(); }),
              1)
        << table;
  }
  std::size_t n = 0;
  for (const XmlElement* body : page.inside(*page.by_id("pixel-check"), "tbody")) {
    const std::size_t pixel = n / 3;
    const std::size_t channel = n++ % 3;
    EXPECT_EQ((*body)["data-choice"], std::to_string(pixel) + "-" + std::to_string(channel));
    const WorkedChannel& worked = explanation.pixels[pixel].channels[channel];
    const auto cells = page.inside(*body, "td");
    expect_shown(cells.at(0)->text, worked.sum, 9);
    expect_shown(cells.at(8)->text, worked.numeric, 9);
  }
}

TEST(ReportHtml, TellsTheLossesOfEveryPicture) {
  const Explanation explanation = explanation_fixture();
  const auto moments =
      usual_page().all([](const XmlElement& element) { return !element["data-losses"].empty(); });
  ASSERT_EQ(moments.size(), explanation.moments.size());
  EXPECT_EQ((*moments.front())["data-losses"], "total " + number(explanation.trace[0].total) +
                                                   ", content " +
                                                   number(explanation.trace[0].content) +
                                                   ", style " + number(explanation.trace[0].style));
  EXPECT_EQ((*moments.back())["data-losses"], "not evaluated any more");
}

TEST(ReportHtml, LossCurvesReadBackToTheTrace) {
  const Explanation explanation = explanation_fixture();
  const Page& page = usual_page();
  const XmlElement* chart = page.by_id("course-losses");
  const auto drawing = page.inside(*chart, "svg").at(0);
  const double from = std::stod((*drawing)["data-from"]);
  const double to = std::stod((*drawing)["data-to"]);
  const auto curves = page.inside(*drawing, "g");
  ASSERT_EQ(curves.size(), 4U);
  std::vector<std::string> points;
  for (const XmlElement* line : page.inside(*curves[0], "polyline")) {
    std::istringstream text((*line)["points"]);
    for (std::string point; text >> point;) {
      points.push_back(point);
    }
  }
  ASSERT_EQ(points.size(), explanation.trace.size());
  const auto y_of = [&](std::size_t n) {
    return std::stod(points[n].substr(points[n].find(',') + 1));
  };
  const auto log_total = [&](std::size_t n) { return std::log(explanation.trace[n].total); };
  const double scale = (y_of(0) - y_of(39)) / (log_total(0) - log_total(39));
  for (std::size_t n = 0; n < points.size(); ++n) {
    EXPECT_NEAR(std::stod(points[n]), from + (to - from) * static_cast<double>(n) / 39, 0.02);
    EXPECT_NEAR(y_of(n), y_of(39) + scale * (log_total(n) - log_total(39)), 0.05);
  }
}

TEST(ReportHtml, ListsTheCurvaturePairsOfLbfgs) {
  const Explanation explanation = explanation_fixture(OptimizerKind::kLbfgs);
  const auto rows = Page(explanation).rows("course-pairs");
  ASSERT_EQ(rows.size(), explanation.optimizer.pairs.size());
  for (std::size_t n = 0; n < rows.size(); ++n) {
    expect_shown(rows[n][1], explanation.optimizer.pairs[n].s_norm);
    expect_shown(rows[n][4], explanation.optimizer.pairs[n].scale);
  }
}

TEST(ReportHtml, SaysWhatARunDoesNotHave) {
  Explanation bare = explanation_fixture(OptimizerKind::kLbfgs);
  bare.pool.reset();
  bare.grams.clear();
  bare.alternatives.clear();
  bare.weight_choices.clear();
  bare.optimizer.pairs.clear();
  bare.pixels.clear();
  bare.shares.resize(1);
  bare.cosines = {1};
  bare.stops.resize(1);
  bare.compared = 0;
  bare.shares[0].at.resize(1);
  bare.pixel_norm.resize(1);
  for (Station& station : bare.stations) {
    station.gradients.resize(1);
  }
  const Page page(bare);
  const auto says = [&](const std::string& section, const std::string& part) {
    EXPECT_THAT(page.by_id(section)->text, ::testing::HasSubstr(part));
  };
  says("grams", "no style term");
  says("backward", "only evaluation 1 was looked into");
  says("backward", "only one loss");
  says("pixel", "No pixel was worked out");
  says("course", "no curvature pair");
  says("choices", "No pooling layer");
  says("choices", "no other choice");
  says("choices", "both a content and a style term");
}

TEST(ReportHtml, ShowsEveryFormulaOnce) {
  std::map<std::string, int> times;
  for (const XmlElement* line : usual_page().named("p")) {
    if ((*line)["class"] == "formula") {
      ++times[line->text];
    }
  }
  EXPECT_GT(times.size(), 15U);
  for (const auto& [formula, count] : times) {
    EXPECT_EQ(count, 1) << formula;
  }
}

TEST(ReportHtml, SaysWhetherTheNetworkWasTrained) {
  Explanation explanation = explanation_fixture();
  const auto start = [&] { return Page(explanation).by_id("run")->text; };
  EXPECT_THAT(start(), ::testing::HasSubstr("come from vgg19.h5"));
  EXPECT_THAT(start(), ::testing::Not(::testing::HasSubstr("never trained")));
  explanation.untrained = true;
  explanation.weights_name = "oriented";
  EXPECT_THAT(start(), ::testing::HasSubstr("never trained"));
  EXPECT_THAT(start(), ::testing::HasSubstr("oriented"));
  EXPECT_THAT(start(), ::testing::Not(::testing::HasSubstr("were trained")));
}

TEST(ReportHtml, SpeaksOfFilesWithoutTheirFolders) {
  Explanation explanation = explanation_fixture();
  explanation.content_name = "/home/somebody/photo.jpg";
  explanation.style_names = {"/mnt/paintings/night.jpg", "daubs.jpg"};
  const Page page(explanation);
  const std::string run = page.by_id("run")->text;
  for (const std::string name : {"photo.jpg", "night.jpg", "daubs.jpg"}) {
    EXPECT_THAT(run, ::testing::HasSubstr(name));
  }
  EXPECT_THAT(run, ::testing::Not(::testing::HasSubstr("somebody")));
  EXPECT_THAT(run, ::testing::Not(::testing::HasSubstr("/mnt")));
}

TEST(ReportHtml, ComparesLossesAndChoicesAtAnEarlyEvaluation) {
  const Page& page = usual_page();
  for (const std::string id : {"backward-shares", "backward-gradients", "backward-cosines",
                               "choices-gradients", "choices-weights"}) {
    EXPECT_THAT(page.by_id(id)->text, ::testing::HasSubstr("evaluation 6")) << id;
  }
}

TEST(ReportHtml, FoldsTheSettings) {
  const XmlElement* settings = usual_page().by_id("run-settings");
  const auto folds = usual_page().named("details");
  ASSERT_EQ(folds.size(), 1U);
  const auto inside = usual_page().inside(*folds[0], "figure");
  ASSERT_EQ(inside.size(), 1U);
  EXPECT_EQ(inside[0], settings);
}

TEST(ReportHtml, OfARunThatWasStoppedAtOnceIsStillAPage) {
  Explanation explanation;
  explanation.content = explanation_fixture().content;
  const Page page(explanation);
  for (const std::string& id : kSections) {
    EXPECT_NE(page.by_id(id), nullptr) << id;
  }
}

TEST(ReportHtml, OfAUsualRunIsAtMostFourMegabytes) {
  const std::string& markup = usual_page().markup();
  EXPECT_LT(markup.size(), 4U << 20U);
  RecordProperty("bytes", static_cast<int>(markup.size()));
}

TEST(Html, NumbersReadBack) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(0.0123456), "0.01235");
  EXPECT_EQ(number(123456, 2), "120000");
  EXPECT_EQ(number(-4.5e-7), "\u22124.5\u00D710\u207B\u2077");
  EXPECT_EQ(number(1234567.891, 9), "1.23456789\u00D710\u2076");
  EXPECT_EQ(number(31234.56789, 9), "31234.5679");
  for (const double value : {-0.002345, 3.21e-8, 6.789e12, -250000.0, 1.0}) {
    expect_shown(number(value), value);
  }
}

}  // namespace
}  // namespace impasto
