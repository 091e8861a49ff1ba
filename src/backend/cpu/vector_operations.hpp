// Losses' and optimisers' loops of the CPU backend, on float32 arrays. Formulas:
// src/backend/reference/. `partial` holds the chunk sums; see parallel.hpp.
#pragma once

#include <vector>

#include "backend/adam_step.hpp"

namespace impasto::cpu {

double squared_difference(double c, const Tensor& f, const Tensor& p, const Tensor& df,
                          bool accumulate, std::vector<double>& partial);
double total_variation(double c, const Tensor& x, const Tensor& dx, std::vector<double>& partial);

double dot(const Tensor& x, const Tensor& y, std::vector<double>& partial);
double absolute_sum(const Tensor& x, std::vector<double>& partial);
double absolute_max(const Tensor& x, std::vector<double>& partial);
void scale(double a, const Tensor& y);
void axpy(double a, const Tensor& x, const Tensor& y);
void adam(const AdamStep& step, const Tensor& g, const Tensor& m, const Tensor& v, const Tensor& x,
          const PixelBounds* bounds);
void clamp(const PixelBounds& bounds, const Tensor& x);

}  // namespace impasto::cpu
