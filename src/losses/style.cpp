#include "losses/style.hpp"

namespace impasto {

double gram_factor(GramForm form, StyleLoss loss, const Shape& feature) {
  if (loss == StyleLoss::kGatys) {
    return 1;
  }
  switch (form) {
    case GramForm::kRaw:
      return 1;
    case GramForm::kPositions:
      return 1 / static_cast<double>(feature.positions());
    case GramForm::kElements:
      return 1 / static_cast<double>(feature.elements());
  }
  return 0;
}

double style_factor(StyleLoss loss, const Shape& feature) {
  const auto n = static_cast<double>(feature.channels);
  const auto m = static_cast<double>(feature.positions());
  switch (loss) {
    case StyleLoss::kSum:
      return 1;
    case StyleLoss::kMean:
      return 1 / (n * n);
    case StyleLoss::kMeanPerElement:
      return 1 / (n * n * n * m);
    case StyleLoss::kGatys:
      return 1 / (4 * n * n * m * m);
  }
  return 0;
}

void style_loss(Backend& backend, GramForm form, StyleLoss loss, double weight,
                const Tensor& feature, const Tensor& target, const Tensor& gram, Scalar value,
                const Tensor& dfeature, bool accumulate) {
  const double s = gram_factor(form, loss, feature.shape);
  backend.gram(s, feature, gram);
  // The Gram matrix makes way for its own gradient.
  const Tensor& dgram = gram;
  backend.matrix_difference(weight * style_factor(loss, feature.shape), gram, target, value, dgram);
  if (dfeature.data != nullptr) {
    backend.dgram(2 * s, dgram, feature, dfeature, accumulate);
  }
}

}  // namespace impasto
