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
      return "1/(*N*·*M*) ";
  }
  return "";
}

std::string gram_front(GramForm form) {
  switch (form) {
    case GramForm::kRaw:
      return "";
    case GramForm::kPositions:
      return "1/*M* ";
    case GramForm::kElements:
      return "1/(*N*·*M*) ";
  }
  return "";
}

std::string style_front(StyleLoss loss) {
  switch (loss) {
    case StyleLoss::kSum:
      return "";
    case StyleLoss::kMean:
      return "1/*N*² ";
    case StyleLoss::kMeanPerElement:
      return "1/(*N*²·*N*·*M*) ";
    case StyleLoss::kGatys:
      return "1/(4 *N*² *M*²) ";
    case StyleLoss::kWasserstein:
      break;  // no sum of squares: style_formula
  }
  return "";
}

}  // namespace

std::string total_formula() {
  return "*L* = α Σ<sub>*l*</sub> *ω<sub>l</sub>* content<sub>*l*</sub> + β Σ<sub>*l*</sub> "
         "*ω<sub>l</sub>* style<sub>*l*</sub> + τ TV";
}

std::string content_formula(ContentLoss form) {
  return "content = " + content_front(form) + "Σ (*F* − *P*)²";
}

std::string gram_formula(GramForm form, StyleLoss loss) {
  return "*G* = " + (loss == StyleLoss::kGatys ? "" : gram_front(form)) + "*F* *F*<sup>T</sup>";
}

std::string style_formula(StyleLoss loss) {
  if (loss == StyleLoss::kWasserstein) {
    return "style = 1/*N* (|*μ* − *μ<sub>t</sub>*|² + tr(*Σ<sub>t</sub>* + *Σ* − 2 "
           "(*Σ<sub>t</sub>*<sup>½</sup> *Σ* *Σ<sub>t</sub>*<sup>½</sup>)<sup>½</sup>))";
  }
  return "style = " + style_front(loss) + "Σ (*G* − *A*)²";
}

std::string tv_formula() {
  return "TV = ½ Σ (*x*<sub>*c*,*i*,*j*+1</sub> − *x*<sub>*c*,*i*,*j*</sub>)² + "
         "(*x*<sub>*c*,*i*+1,*j*</sub> − *x*<sub>*c*,*i*,*j*</sub>)²";
}

}  // namespace impasto
