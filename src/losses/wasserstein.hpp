// Style loss at one tap by the Wasserstein-2 distance between Gaussians (option w2). F is the
// feature map as an N × M matrix, w the weight; the statistic is its mean and second moment:
//
//   μ = F 1 / M        S = F Fᵀ / M        Σ = S − μ μᵀ + ε I,   ε = 10⁻⁴
//
//   L = w/N · ( |μ − μₜ|² + tr( Σₜ + Σ − 2 (A Σ A)^½ ) ),   A = Σₜ^½
//
// which is the squared distance between the normal distributions of that mean and covariance
// (Dowson & Landau 1982), over N. μₜ, Sₜ are the style picture's; several pictures blend in them.
//
// The square roots are 12 steps of Newton–Schulz on X = C / ‖C‖ for C = A Σ A:
//
//   Y₀ = X,  Z₀ = I,   W = Z Y,   Y ← Y (3I − W)/2,   Z ← (3I − W)/2 Z,   C^½ ≈ √‖C‖ · Y
//
// Y and Z are polynomials p(X) and q(X) with p(x) = x q(x). Differentiating a step,
// p ← p (3 − q p)/2, and putting q for p/x gives the derivative D = p′(X) beside Y and Z:
//
//   D₀ = I,   D ← 3/2 D (I − W) + ½ W Z
//
// All of them commute and are symmetric, and d tr p(X) = ⟨p′(X), dX⟩. As ‖C‖ depends on C too,
//
//   K = d tr(√‖C‖ Y) / dC = (D + (½ tr Y − ⟨X, D⟩) X) / √‖C‖
//
// holds exactly for the 12 steps, however near the root they are. Then
//
//   dL/dΣ = w/N · (I − 2 A K A)          dL/dμ = 2w/N (μ − μₜ) − 2 (dL/dΣ) μ
//   dL/dF = 2/M (dL/dΣ) F + 1/M (dL/dμ) 1ᵀ
#pragma once

#include <memory>

#include "losses/statistic.hpp"

namespace impasto {

std::unique_ptr<Statistic> wasserstein_statistic();

}  // namespace impasto
