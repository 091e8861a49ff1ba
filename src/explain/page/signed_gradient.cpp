#include "explain/page/signed_gradient.hpp"

#include "explain/page/colour_maps.hpp"
#include "explain/page/html.hpp"

namespace impasto {

std::string signed_gradient(const Image& gradient, const std::string& alt,
                            const std::string& label) {
  const double largest = magnitude_quantile(gradient.rgb, 0.995);
  return element("div",
                 photo(signed_picture(gradient, largest), alt) +
                     element("span", {{"class", "label"}}, label + "<br/>±" + number(largest, 3)));
}

}  // namespace impasto
