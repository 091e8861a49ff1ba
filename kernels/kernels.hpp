// The launchers of all custom kernels. Each enqueues on `stream` and returns at once; formulas and
// derivations stand in src/backend/reference/, layouts in element.hpp. (=) overwrites, (+=)
// accumulates. Reductions share one `Reduction`: on a stream
// they come one after another.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "element.hpp"

namespace impasto::kernels {

/// Most blocks of a reduction's first stage, on every GPU: the order of additions does not depend
/// on it.
constexpr unsigned kMostPartials = 1024;

/// What a sum or maximum over a whole grid takes beside.
struct Reduction {
  double* partials;    ///< room for kMostPartials
  unsigned* finished;  ///< blocks that have left their partial result; 0 between launches
};

// ---- image.cu

/// Picture (3 × H × W, float, CHW) to feature map, y =. Its one pack per pixel is filled with
/// zeros.
void image_in(const float* picture, const FeatureMap& y, cudaStream_t stream);
/// The gradient's way back: dpicture =.
void dimage_in(const FeatureMap& dy, float* dpicture, cudaStream_t stream);

// ---- first_convolution.cu

/// dpicture (3 × H × W, float, CHW) =: the data gradient of a 3 × 3 convolution of a picture with
/// one zero around it. dy and y: its output's gradient and, where `masked`, its output behind a
/// ReLU, whose mask goes over dy as drelu would. filters: K × 9 (stored channels), each with the
/// weights w[k,c](u, v) of the picture's channels.
void dfirst_convolution(const FeatureMap& dy, const FeatureMap& y, bool masked,
                        const float4* filters, float* dpicture, cudaStream_t stream);

// ---- relu.cu

/// y = max(x, 0); y may be x.
void relu(const FeatureMap& x, const FeatureMap& y, cudaStream_t stream);
/// dx = dy where y > 0, else 0, and NaN where y is +infinity or NaN; dx may lie over dy or y.
void drelu(const FeatureMap& dy, const FeatureMap& y, const FeatureMap& dx, cudaStream_t stream);
/// The same of the sum dy + addend; dx may lie over any of them.
void drelu_of_sum(const FeatureMap& dy, const FeatureMap& addend, const FeatureMap& y,
                  const FeatureMap& dx, cudaStream_t stream);
/// y += bias (one float per stored channel, at a multiple of 16 bytes), then max(y, 0) where
/// `relu`.
void add_bias(const FeatureMap& y, const float* bias, bool relu, cudaStream_t stream);

// ---- pooling.cu: 2 × 2, stride 2, odd rows and columns at the end dropped

void max_pool(const FeatureMap& x, const FeatureMap& y, cudaStream_t stream);
/// dx =: each dy goes to its window's first maximum in row order, the rest is 0. With `behind_relu`
/// each window is masked as drelu would.
void dmax_pool(const FeatureMap& dy, const FeatureMap& x, const FeatureMap& dx, bool behind_relu,
               cudaStream_t stream);
void average_pool(const FeatureMap& x, const FeatureMap& y, cudaStream_t stream);
void daverage_pool(const FeatureMap& dy, const FeatureMap& dx, cudaStream_t stream);

// ---- padding.cu

/// y (one larger on every side) = x mirrored without its border (reflect) or with its border
/// repeated.
void pad(bool reflect, const FeatureMap& x, const FeatureMap& y, cudaStream_t stream);
/// dx =: gathers from every padded pixel that was copied from it.
void dpad(bool reflect, const FeatureMap& dy, const FeatureMap& dx, cudaStream_t stream);

// ---- content.cu

/// *value = c Σ (f − p)²; df = or += 2c (f − p), unless df.data is null.
void squared_difference(double c, const FeatureMap& f, const FeatureMap& p, double* value,
                        const FeatureMap& df, bool accumulate, const Reduction& reduction,
                        cudaStream_t stream);

// ---- gram_difference.cu

/// *value = c Σ (g − a)²; dg = 2c (g − a). Floats; dg may be g.
void matrix_difference(double c, const float* g, const float* a, std::int64_t count, double* value,
                       float* dg, const Reduction& reduction, cudaStream_t stream);
/// The same with g = the sum of `pieces` matrices of `count` floats that follow one another. dg, of
/// `type` (float, bfloat16), may be g where that is one matrix and dg is of floats.
void sum_difference(double c, const float* g_pieces, unsigned pieces, const float* a,
                    std::int64_t count, double* value, void* dg, Element type,
                    const Reduction& reduction, cudaStream_t stream);
/// g = the sum of such matrices, which sum_difference has the same bits of.
void sum_matrices(const float* g_pieces, unsigned pieces, std::int64_t count, float* g,
                  cudaStream_t stream);

// ---- matrices.cu

/// mean[c] = Σ f[c] / positions, for the first `channels` channels. `tf32`: of the values as TF32's
/// tensor cores see them, so that with the second moments which these make there is a covariance.
void channel_means(const FeatureMap& f, std::int64_t channels, bool tf32, float* mean,
                   const Reduction& reduction, cudaStream_t stream);
/// df[c] += a values[c] at every position, for the first `channels` channels.
void add_to_channels(float a, const float* values, std::int64_t channels, const FeatureMap& df,
                     cudaStream_t stream);
/// y = x / √*squares, or 0 where that is 0. y may be x.
void divide_by_norm(const float* x, const double* squares, float* y, std::int64_t count,
                    cudaStream_t stream);
/// *value += c (tr s − 2 *squares^¼ tr y);  dc = −2c *squares^-¼ (d + (½ tr y − *product) x).
/// Square matrices of `side` rows; dc may be d.
void bures_distance(double c, const float* s, const double* squares, const double* product,
                    const float* x, const float* y, const float* d, std::int64_t side,
                    double* value, float* dc, cudaStream_t stream);

// ---- total_variation.cu

/// *value = c/2 Σ (x→² + x↓²) over a picture of 3 channels; dx +=.
void total_variation(double c, const float* x, std::int64_t height, std::int64_t width,
                     double* value, float* dx, const Reduction& reduction, cudaStream_t stream);

// ---- adam.cu

struct AdamConstants {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
};
struct ChannelBounds {
  float low[3];
  float high[3];
};
/// Step number *steps + 1 on `count` floats; *steps += 1. Where bounds is not null, element n is
/// clamped to those of channel n / positions.
void adam(const AdamConstants& constants, double* steps, const Reduction& reduction, const float* g,
          float* m, float* v, float* x, std::int64_t count, std::int64_t positions,
          const ChannelBounds* bounds, cudaStream_t stream);
void clamp(const ChannelBounds& bounds, float* x, std::int64_t count, std::int64_t positions,
           cudaStream_t stream);

// ---- vectors.cu

void fill(float value, float* y, std::int64_t count, cudaStream_t stream);
void scale(float a, float* y, std::int64_t count, cudaStream_t stream);
/// y += a x
void axpy(float a, const float* x, float* y, std::int64_t count, cudaStream_t stream);
/// *value = Σ x y
void dot(const float* x, const float* y, std::int64_t count, double* value,
         const Reduction& reduction, cudaStream_t stream);
/// *value = Σ |x|
void absolute_sum(const float* x, std::int64_t count, double* value, const Reduction& reduction,
                  cudaStream_t stream);
/// *value = max |x|, NaN if any is
void absolute_max(const float* x, std::int64_t count, double* value, const Reduction& reduction,
                  cudaStream_t stream);

/// Vectors of one length, and a number for each.
constexpr unsigned kMostVectors = 32;
struct VectorList {
  const float* at[kMostVectors];
  double factor[kMostVectors];
  unsigned count;
};
/// values[2n] = Σ x[n] y, values[2n + 1] = Σ x[n] z; without z (null) values[n] = Σ x[n] y.
void dots(const VectorList& x, const float* y, const float* z, std::int64_t count, double* values,
          const Reduction& reduction, cudaStream_t stream);
/// y = or += Σ factor[n] x[n], summed in double.
void combine(const VectorList& x, float* y, bool accumulate, std::int64_t count,
             cudaStream_t stream);

// ---- convert.cu

/// to = from, in another element type; both of `count` elements.
void convert(const void* from, Element from_type, void* to, Element to_type, std::int64_t count,
             cudaStream_t stream);
/// Row number *rows of the log = `count` doubles; *rows += 1.
void append(const double* first, std::int64_t count, double* log, double* rows,
            cudaStream_t stream);

}  // namespace impasto::kernels
