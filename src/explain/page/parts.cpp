#include "explain/page/parts.hpp"

#include "report/colour_maps.hpp"

namespace impasto {

std::string channel_name(std::int64_t channel) {
  return channel == 0 ? "red" : channel == 1 ? "green" : "blue";
}

std::string at_evaluation(std::int64_t iteration) {
  return "evaluation " + std::to_string(iteration);
}

std::string compared_evaluation(const Explanation& explanation) {
  return at_evaluation(explanation.stops[explanation.compared]);
}

std::string labelled(const std::string& picture, const std::string& label, const Attributes& more) {
  return element("div", more, picture + element("span", {{"class", "label"}}, label));
}

std::string signed_gradient(const Image& gradient, const std::string& alt,
                            const std::string& label) {
  const double largest = magnitude_quantile(gradient.rgb, 0.995);
  return labelled(photo(signed_picture(gradient, largest), alt),
                  label + "<br/>±" + number(largest, 3));
}

Table table_over_stops(const Explanation& explanation, const Row& first, const Row& at_each) {
  Table table{first, {}, {{"", first.size()}}};
  for (const std::int64_t stop : explanation.stops) {
    table.groups.emplace_back(at_evaluation(stop), at_each.size());
    table.head.insert(table.head.end(), at_each.begin(), at_each.end());
  }
  return table;
}

LayerText text_of(LayerKind kind, Pooling pooling) {
  const std::string pooled = " of *x*[*c*, 2*i*…2*i*+1, 2*j*…2*j*+1]";
  switch (kind) {
    case LayerKind::kConvolution:
      return {"convolution 3 × 3",
              "*y*[*k*,*i*,*j*] = bias[*k*] + Σ<sub>*c*,*r*,*s*</sub> *w*[*k*,*c*,*r*,*s*] "
              "*x*[*c*, *i*+*r*−1, *j*+*s*−1]",
              {"convolution", "src/backend/reference/convolution.hpp"}};
    case LayerKind::kRelu:
      return {"ReLU", "*y* = max(*x*, 0)", {"relu", "src/backend/reference/activation.hpp"}};
    case LayerKind::kPool:
      return pooling == Pooling::kMax
                 ? LayerText{"max pooling 2 × 2",
                             "*y*[*c*,*i*,*j*] = max" + pooled,
                             {"max_pool", "src/backend/reference/pooling.hpp"}}
                 : LayerText{"average pooling 2 × 2",
                             "*y*[*c*,*i*,*j*] = mean" + pooled,
                             {"average_pool", "src/backend/reference/pooling.hpp"}};
  }
  return {};
}

}  // namespace impasto
