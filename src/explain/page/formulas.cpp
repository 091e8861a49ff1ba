#include "explain/page/formulas.hpp"

namespace impasto {
namespace {

std::string content_front(ContentLoss form) {
  switch (form) {
    case ContentLoss::kSum:
      return "";
    case ContentLoss::kHalfSum:
      return "½ ";
    case ContentLoss::kMean:
      return "1/(<var>N</var>·<var>M</var>) ";
  }
  return "";
}

std::string gram_front(GramForm form) {
  switch (form) {
    case GramForm::kRaw:
      return "";
    case GramForm::kPositions:
      return "1/<var>M</var> ";
    case GramForm::kElements:
      return "1/(<var>N</var>·<var>M</var>) ";
  }
  return "";
}

std::string style_front(StyleLoss loss) {
  switch (loss) {
    case StyleLoss::kSum:
      return "";
    case StyleLoss::kMean:
      return "1/<var>N</var>² ";
    case StyleLoss::kMeanPerElement:
      return "1/(<var>N</var>²·<var>N</var>·<var>M</var>) ";
    case StyleLoss::kGatys:
      return "1/(4 <var>N</var>² <var>M</var>²) ";
    case StyleLoss::kWasserstein:
      break;  // no sum of squares: style_formula
  }
  return "";
}

}  // namespace

std::string variable(const std::string& name) {
  return "<var>" + name + "</var>";
}

std::string total_formula() {
  return "<var>L</var> = α Σ<sub><var>l</var></sub> <var>ω<sub>l</sub></var> "
         "content<sub><var>l</var></sub> + β Σ<sub><var>l</var></sub> "
         "<var>ω<sub>l</sub></var> style<sub><var>l</var></sub> + τ TV";
}

std::string content_formula(ContentLoss form) {
  return "content = " + content_front(form) + "Σ (<var>F</var> − <var>P</var>)²";
}

std::string gram_formula(GramForm form, StyleLoss loss) {
  return "<var>G</var> = " + (loss == StyleLoss::kGatys ? "" : gram_front(form)) +
         "<var>F</var> <var>F</var><sup>T</sup>";
}

std::string style_formula(StyleLoss loss) {
  if (loss == StyleLoss::kWasserstein) {
    return "style = 1/<var>N</var> (|<var>μ</var> − <var>μ<sub>t</sub></var>|² + "
           "tr(<var>Σ<sub>t</sub></var> + <var>Σ</var> − 2 (<var>Σ<sub>t</sub></var><sup>½</sup> "
           "<var>Σ</var> <var>Σ<sub>t</sub></var><sup>½</sup>)<sup>½</sup>))";
  }
  return "style = " + style_front(loss) + "Σ (<var>G</var> − <var>A</var>)²";
}

std::string tv_formula() {
  return "TV = ½ Σ (<var>x</var><sub><var>c</var>,<var>i</var>,<var>j</var>+1</sub> − "
         "<var>x</var><sub><var>c</var>,<var>i</var>,<var>j</var></sub>)² + "
         "(<var>x</var><sub><var>c</var>,<var>i</var>+1,<var>j</var></sub> − "
         "<var>x</var><sub><var>c</var>,<var>i</var>,<var>j</var></sub>)²";
}

}  // namespace impasto
