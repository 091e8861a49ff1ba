#include "transfer/targets.hpp"

#include "losses/style.hpp"
#include "transfer/pictures.hpp"

namespace impasto {

void set_content_targets(Backend& backend, Network& network, const Tensor& content,
                         Losses& losses) {
  if (losses.content_terms().empty()) {
    return;
  }
  network.forward(content);
  for (std::size_t n = 0; n < losses.content_terms().size(); ++n) {
    backend.copy(network.tap(losses.content_terms()[n].tap), losses.content_target(n));
  }
}

void set_style_targets(PreparedNetwork& prepared, const WalkOptions& walk,
                       const std::vector<Image>& styles, const std::vector<double>& blend,
                       Losses& losses) {
  const std::vector<LossTerm>& terms = losses.style_terms();
  if (terms.empty()) {
    return;
  }
  Backend& backend = prepared.backend();
  // Only the style taps are walked to, each once.
  WalkOptions style_walk = walk;
  style_walk.backward = false;
  style_walk.taps.clear();
  for (const LossTerm& term : terms) {
    style_walk.taps.push_back(walk.taps[term.tap]);
  }
  for (std::size_t n = 0; n < terms.size(); ++n) {
    backend.fill(0, losses.style_target(n));
  }
  for (std::size_t picture = 0; picture < styles.size(); ++picture) {
    style_walk.picture = {3, styles[picture].height, styles[picture].width};
    Network network(prepared, style_walk);
    const OwnedTensor style = device_picture(backend, styles[picture]);
    network.forward(style.get());
    for (std::size_t n = 0; n < terms.size(); ++n) {
      const Tensor target = losses.style_target(n);
      const OwnedTensor gram(backend, target.shape, target.layout);
      const Tensor feature = network.tap(n);
      backend.gram(gram_factor(losses.forms().gram, losses.forms().style, feature.shape), feature,
                   gram.get());
      backend.axpy(blend[picture], gram.get(), target);
      backend.synchronize();
    }
  }
}

}  // namespace impasto
