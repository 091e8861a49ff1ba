#include "losses/content.hpp"

namespace impasto {

double content_factor(ContentLoss form, const Shape& feature) {
  switch (form) {
    case ContentLoss::kSum:
      return 1;
    case ContentLoss::kHalfSum:
      return 0.5;
    case ContentLoss::kMean:
      return 1 / static_cast<double>(feature.elements());
  }
  return 0;
}

}  // namespace impasto
