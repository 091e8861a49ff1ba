// How the loss changes when one number of the picture does: L(x + h) − L(x), followed forward layer
// by layer as a change, so that nothing large is ever subtracted. A single pixel reaches only a
// small patch of each feature map; outside it nothing changes. With δ for changes:
//
//   convolution   δz = w ⋆ δx                      (the bias cancels)
//   ReLU          δy = max(z + δz, 0) − max(z, 0)
//   pooling       δy = pool(x + δx) − pool(x)
//   content       δL = w c Σ δf (2 (F − P) + δf)
//   style         δL = w k Σ_ij δG_ij (2 (G − A)_ij + δG_ij),  δG = s Σ_m (f δfᵀ + δf fᵀ + δf δfᵀ)
//
// No derivative is used: divided by h it is a finite difference that has all its digits.
#pragma once

#include <vector>

#include "transfer/run_probe.hpp"

namespace impasto {

/// One number of the picture moved by h, normalised space.
struct PixelChange {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t channel = 0;
  double h = 0;
};

/// L(x + change) − L(x) of the run's whole loss at picture x (normalised), one per change. Walks
/// forward once and keeps every layer's map meanwhile. `threads` share the work on the host; 0: as
/// many as there are processors.
std::vector<double> loss_changes(const ScaleParts& parts, const Image& x,
                                 const std::vector<PixelChange>& changes, int threads);

}  // namespace impasto
