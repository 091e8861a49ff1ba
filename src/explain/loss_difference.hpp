// L(a) − L(b) of two pictures that differ in a pixel, without the digits that float32 loses when
// two nearly equal losses are subtracted: with a² − b² = (a − b)(a + b), each term is
//
//   content   w c Σ (F_a − F_b) (F_a + F_b − 2P)
//   style     w k Σ_ij (G_a − G_b)_ij (G_a + G_b − 2A)_ij    with  G_a − G_b = s Σ_m (f_a f_aᵀ −
//   f_b f_bᵀ)
//
// where f are the columns of F and only positions m whose column differs are summed, in double.
#pragma once

#include <vector>

#include "backend/owned_tensor.hpp"
#include "transfer/run_probe.hpp"

namespace impasto {

class LossDifference {
 public:
  /// The run's losses, whose slots are overwritten.
  explicit LossDifference(const ScaleParts& parts);

  /// What the loss reads of a picture (normalised): features, Gram matrices, values.
  struct Reading {
    double loss = 0;
    double tv = 0;
    std::vector<std::vector<float>> features;  ///< per tap, row-major
    std::vector<std::vector<float>> grams;     ///< per style term
  };
  Reading read(const Image& x);

  /// L(a) − L(b).
  double between(const Reading& a, const Reading& b);

 private:
  [[nodiscard]] double content(std::size_t n, const Reading& a, const Reading& b) const;
  [[nodiscard]] double style(std::size_t n, const Reading& a, const Reading& b) const;

  Backend& backend_;
  Losses& losses_;
  Network network_;
  std::vector<Shape> shapes_;
  std::vector<std::vector<float>> content_targets_;
  std::vector<std::vector<float>> style_targets_;
};

}  // namespace impasto
