#include "backend/cpu/winograd_convolution.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "backend/cpu/parallel.hpp"
#include "backend/host_memory.hpp"

namespace impasto::cpu {
namespace {

/// Channels whose products are kept until they are transformed back: what a thread does with one
/// block of tiles before it goes on to the next channels.
constexpr std::int64_t kPartChannels = 64;
/// Depth at which a right operand of one panel still fits in the first-level cache.
constexpr std::int64_t kProductDepth = 256;
/// Where filters are not kept and a block has fewer than kFewTiles, filters of so many input
/// channels are transformed together: few enough to be still in the second-level cache when they
/// are multiplied. With more tiles the products outweigh them, and are better summed in one go.
constexpr std::int64_t kPieceChannels = 128;
constexpr std::int64_t kFewTiles = 128;

constexpr std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}
/// A stride of an odd number of cache lines: powers of two would all fall into the same cache set.
constexpr std::int64_t odd_lines(std::int64_t floats) {
  const std::int64_t lines = round_up(floats, 16) / 16;
  return (lines | 1) * 16;
}

float* floats(const std::unique_ptr<Memory>& memory) {
  return reinterpret_cast<float*>(memory->data());
}

/// How the filters are cut: panels of as many output channels as one product has columns, and
/// those into pieces of some input channels.
struct FilterShape {
  FilterShape(const FilterView& view, TileSize size, std::int64_t depth)
      : channels(std::min(view.in_channels(), depth)),
        width(simd_kernels().panel),
        panels(round_up(view.out_channels(), width) / width),
        plain_floats(channels * 9 * width),
        stride(odd_lines(channels * width)),
        floats(product_count(size) * stride) {}

  std::int64_t channels;      ///< input channels of a piece; the last may have fewer
  std::int64_t width;         ///< output channels of a panel
  std::int64_t panels;        ///< the last may be filled up with zeros
  std::int64_t plain_floats;  ///< of a piece, (channels × 9 × width)
  std::int64_t stride;  ///< floats from one transformed matrix (channels × width) to the next
  std::int64_t floats;  ///< of a transformed piece: (m + 2)² matrices
};

/// Panel `panel`, input channels first to first + channels.
struct FilterPiece {
  std::int64_t panel = 0;
  std::int64_t first = 0;
  std::int64_t channels = 0;
};

/// One piece's filters, (channels × 9 × width) =.
void arrange_piece(const FilterView& view, const FilterShape& shape, const FilterPiece& piece,
                   float* to) {
  const std::int64_t first = piece.panel * shape.width;
  const std::int64_t count = std::min(shape.width, view.out_channels() - first);
  if (count < shape.width) {
    std::fill_n(to, shape.plain_floats, 0.0F);
  }
  const float* const weights = view.weights->weight.data();
  if (view.direction == Direction::kForward) {
    // A transpose of (count × channels · 9), a cache line at a time.
    const std::int64_t taps = piece.channels * 9;
    constexpr std::int64_t kLine = 16;
    for (std::int64_t line = 0; line < taps; line += kLine) {
      const std::int64_t end = std::min(line + kLine, taps);
      for (std::int64_t k = 0; k < count; ++k) {
        const float* from = weights + ((first + k) * view.in_channels() + piece.first) * 9;
        for (std::int64_t t = line; t < end; ++t) {
          to[t * shape.width + k] = from[t];
        }
      }
    }
    return;
  }
  for (std::int64_t c = 0; c < piece.channels; ++c) {
    for (std::int64_t k = 0; k < count; ++k) {
      const float* from = weights + ((piece.first + c) * view.out_channels() + first + k) * 9;
      for (std::int64_t t = 0; t < 9; ++t) {
        to[(c * 9 + t) * shape.width + k] = from[8 - t];
      }
    }
  }
}

/// One piece's transformed filters, (m + 2)² matrices =; `plain` is scratch.
void transform_piece(const FilterView& view, const FilterShape& shape, TileSize size,
                     const FilterPiece& piece, float* plain, float* to) {
  arrange_piece(view, shape, piece, plain);
  simd_kernels().transform_filters[static_cast<int>(size)](plain, piece.channels, to, shape.stride);
}

/// All panels, transformed once.
class TransformedFilters final : public Filters::Arrangement {
 public:
  TransformedFilters(ThreadPool& pool, const FilterView& view, TileSize size)
      : direction_(view.direction), size_(size), shape_(view, size, view.in_channels()) {
    memory_ = allocate_host_memory(static_cast<std::size_t>(shape_.panels * shape_.floats) *
                                   sizeof(float));
    for_each_index(pool, shape_.panels, [&](std::int64_t p) {
      const auto plain =
          allocate_host_memory(static_cast<std::size_t>(shape_.plain_floats) * sizeof(float));
      transform_piece(view, shape_, size_, {p, 0, shape_.channels}, floats(plain),
                      floats(memory_) + p * shape_.floats);
    });
  }

  [[nodiscard]] bool is(Direction direction, TileSize size) const {
    return direction == direction_ && size == size_;
  }
  [[nodiscard]] const float* panel(std::int64_t p) const {
    return floats(memory_) + p * shape_.floats;
  }

 private:
  Direction direction_;
  TileSize size_;
  FilterShape shape_;
  std::unique_ptr<Memory> memory_;
};

class WinogradPass final : public ConvolutionPass {
 public:
  /// Without `kept`, the filters are transformed for every block of tiles.
  WinogradPass(ThreadPool& pool, const FilterView& view,
               std::shared_ptr<const TransformedFilters> kept, const PassSpec& spec,
               const WinogradBlocking& blocking)
      : pool_(pool),
        view_(view),
        filters_(view, blocking.size, view.in_channels()),
        kept_(std::move(kept)),
        spec_(spec),
        size_(blocking.size),
        shared_(blocking.shared),
        tile_columns_(round_up(spec.y.width, output_side(size_)) / output_side(size_)),
        tiles_(tile_columns_ * (round_up(spec.y.height, output_side(size_)) / output_side(size_))),
        zeros_(static_cast<std::size_t>(spec.x.channels)),
        bias_(static_cast<std::size_t>(round_up(spec.y.channels, 16))) {
    if (spec.bias != nullptr) {
      std::copy_n(spec.bias, spec.y.channels, bias_.begin());
    }
    const SimdKernels& kernels = simd_kernels();
    // As many blocks for one thread as for another, all of about the same size, in groups of rows
    // of about the same size.
    blocks_ = round_up(tiles_, blocking.tiles) / blocking.tiles;
    if (!shared_) {
      blocks_ = round_up(blocks_, pool.threads());
    }
    block_tiles_ = round_up(tiles_, blocks_) / blocks_;
    if (!kept_ && block_tiles_ < kFewTiles) {
      filters_ = FilterShape(view, size_, kPieceChannels);
    }
    groups_ = round_up(block_tiles_, kernels.rows) / kernels.rows;
    rows_ = round_up(block_tiles_, groups_) / groups_;
    part_panels_ = std::max<std::int64_t>(1, kPartChannels / kernels.panel);
    part_panels_ = std::min(part_panels_, filters_.panels);
    parts_ = round_up(filters_.panels, part_panels_) / part_panels_;
    product_columns_ = part_panels_ * filters_.width;
    tile_stride_ = odd_lines(groups_ * rows_ * spec.x.channels);
    product_stride_ = odd_lines(groups_ * rows_ * product_columns_);
    plain_floats_ = kept_ ? 0 : filters_.plain_floats;
    filter_floats_ = kept_ ? 0 : filters_.floats * part_panels_;
  }

  [[nodiscard]] std::size_t workspace_bytes() const override {
    const std::int64_t total = shared_
                                   ? transformed_floats() + pool_.threads() * private_floats()
                                   : pool_.threads() * (transformed_floats() + private_floats());
    return static_cast<std::size_t>(total) * sizeof(float);
  }

  void run(const Tensor& x, const Tensor& mask, const Tensor& y, std::byte* workspace) override {
    auto* const memory = reinterpret_cast<float*>(workspace);
    const Input input{static_cast<const float*>(x.data), static_cast<const float*>(mask.data)};
    shared_ ? run_shared(input, y, memory) : run_private(input, y, memory);
  }

 private:
  struct Input {
    const float* x = nullptr;
    const float* mask = nullptr;
  };
  /// What a thread has to itself.
  struct Scratch {
    float* transformed = nullptr;  ///< Bᵀ d B of the block's tiles; its own or everybody's
    float* product = nullptr;
    float* filters = nullptr;  ///< transformed
    float* plain = nullptr;    ///< one panel's filters before
    float* sink = nullptr;     ///< takes what lies outside the picture
  };

  [[nodiscard]] std::int64_t transformed_floats() const {
    return product_count(size_) * tile_stride_;
  }
  [[nodiscard]] std::int64_t private_floats() const {
    return product_count(size_) * product_stride_ + filter_floats_ + plain_floats_ +
           round_up(spec_.y.channels, 16);
  }
  [[nodiscard]] Scratch carve(float* own, float* transformed) const {
    Scratch scratch;
    scratch.transformed = transformed;
    scratch.product = own;
    scratch.filters = scratch.product + product_count(size_) * product_stride_;
    scratch.plain = scratch.filters + filter_floats_;
    scratch.sink = scratch.plain + plain_floats_;
    return scratch;
  }

  void run_private(const Input& x, const Tensor& y, float* memory) const {
    pool_.for_each(blocks_, [&](std::int64_t block, int thread) {
      float* const own = memory + thread * (transformed_floats() + private_floats());
      const Scratch scratch = carve(own + transformed_floats(), own);
      const std::int64_t first = block * block_tiles_;
      const std::int64_t count = std::min(block_tiles_, tiles_ - first);
      for (std::int64_t n = 0; n < count; ++n) {
        transform_tile(x, first + n, n, scratch.transformed);
      }
      for (std::int64_t part = 0; part < parts_ && count > 0; ++part) {
        multiply(part, scratch);
        finish(y, first, count, part, scratch);
      }
    });
  }

  void run_shared(const Input& x, const Tensor& y, float* memory) const {
    for (std::int64_t first = 0; first < tiles_; first += block_tiles_) {
      const std::int64_t count = std::min(block_tiles_, tiles_ - first);
      for_each_index(pool_, count,
                     [&](std::int64_t n) { transform_tile(x, first + n, n, memory); });
      pool_.for_each(parts_, [&](std::int64_t part, int thread) {
        const Scratch scratch =
            carve(memory + transformed_floats() + thread * private_floats(), memory);
        multiply(part, scratch);
        finish(y, first, count, part, scratch);
      });
    }
  }

  /// Tile `tile` of the picture becomes row n of the block.
  void transform_tile(const Input& input, std::int64_t tile, std::int64_t n,
                      float* transformed) const {
    const std::int64_t side = input_side(size_);
    const std::int64_t top = tile / tile_columns_ * output_side(size_) - spec_.padding;
    const std::int64_t left = tile % tile_columns_ * output_side(size_) - spec_.padding;
    const Shape& x = spec_.x;
    TileSource source;
    source.masked = spec_.masked;
    for (std::int64_t i = 0; i < side; ++i) {
      const bool row_inside = top + i >= 0 && top + i < x.height;
      for (std::int64_t j = 0; j < side; ++j) {
        const bool inside = row_inside && left + j >= 0 && left + j < x.width;
        const std::int64_t at = ((top + i) * x.width + left + j) * x.channels;
        source.pixel[i * side + j] = inside ? input.x + at : zeros_.data();
        if (spec_.masked) {
          source.mask[i * side + j] = inside ? input.mask + at : zeros_.data();
        }
      }
    }
    float* const to =
        transformed + (n / rows_) * rows_ * spec_.x.channels + n % rows_ * kChannelBlock;
    simd_kernels().transform_input[static_cast<int>(size_)](source, spec_.x.channels, rows_, to,
                                                            tile_stride_);
  }

  /// The (m + 2)² products of the block's tiles with one part's filters.
  void multiply(std::int64_t part, const Scratch& scratch) const {
    const SimdKernels& kernels = simd_kernels();
    const std::int64_t channels = spec_.x.channels;
    const std::int64_t begin = part * part_panels_;
    const std::int64_t count = std::min(part_panels_, filters_.panels - begin);
    for (std::int64_t first = 0; first < channels; first += filters_.channels) {
      const std::int64_t end = std::min(channels, first + filters_.channels);
      for (std::int64_t p = 0; p < count && !kept_; ++p) {
        transform_piece(view_, filters_, size_, {begin + p, first, end - first}, scratch.plain,
                        scratch.filters + p * filters_.floats);
      }
      for (std::int64_t e = 0; e < product_count(size_); ++e) {
        for (std::int64_t depth = first; depth < end; depth += kProductDepth) {
          for (std::int64_t p = 0; p < count; ++p) {
            const float* const bank =
                kept_ ? kept_->panel(begin + p) : scratch.filters + p * filters_.floats;
            const float* const right =
                bank + e * filters_.stride + (depth - first) * filters_.width;
            for (std::int64_t group = 0; group < groups_; ++group) {
              kernels.multiply(
                  rows_,
                  scratch.transformed + e * tile_stride_ + group * rows_ * channels + depth * rows_,
                  right, std::min(kProductDepth, end - depth),
                  scratch.product + e * product_stride_ + group * rows_ * product_columns_ +
                      p * filters_.width,
                  product_columns_, depth > 0);
            }
          }
        }
      }
    }
  }

  /// One part's channels of the block's tiles, transformed back.
  void finish(const Tensor& y, std::int64_t first, std::int64_t count, std::int64_t part,
              const Scratch& scratch) const {
    const std::int64_t side = output_side(size_);
    const std::int64_t channel = part * product_columns_;
    const std::int64_t channels = std::min(product_columns_, y.shape.channels - channel);
    auto* const values = static_cast<float*>(y.data);
    for (std::int64_t n = 0; n < count; ++n) {
      const std::int64_t top = (first + n) / tile_columns_ * side;
      const std::int64_t left = (first + n) % tile_columns_ * side;
      TileTarget target;
      for (std::int64_t i = 0; i < side; ++i) {
        for (std::int64_t j = 0; j < side; ++j) {
          const bool inside = top + i < y.shape.height && left + j < y.shape.width;
          target.pixel[i * side + j] =
              inside ? values + ((top + i) * y.shape.width + left + j) * y.shape.channels + channel
                     : scratch.sink;
        }
      }
      simd_kernels().transform_output[static_cast<int>(size_)](
          scratch.product + n * product_columns_, product_stride_, channels,
          spec_.bias != nullptr ? bias_.data() + channel : nullptr, spec_.relu, target);
    }
  }

  ThreadPool& pool_;
  FilterView view_;
  FilterShape filters_;
  std::shared_ptr<const TransformedFilters> kept_;
  PassSpec spec_;
  TileSize size_;
  bool shared_;
  std::int64_t tile_columns_;
  std::int64_t tiles_;
  std::int64_t blocks_ = 0;
  std::int64_t block_tiles_ = 0;
  std::int64_t groups_ = 0;           ///< of rows in a block's products
  std::int64_t rows_ = 0;             ///< in a group
  std::int64_t part_panels_ = 0;      ///< panels of filters in a part
  std::int64_t parts_ = 0;            ///< of the output channels
  std::int64_t product_columns_ = 0;  ///< channels in a part, the last one's too
  std::int64_t tile_stride_ = 0;      ///< floats from one matrix of transformed tiles to the next
  std::int64_t product_stride_ = 0;   ///< floats from one product to the next
  std::int64_t filter_floats_ = 0;    ///< of a part
  std::int64_t plain_floats_ = 0;
  std::vector<float> zeros_;
  std::vector<float> bias_;
};

}  // namespace

bool winograd_takes(const PassSpec& spec) {
  return spec.x.channels % kChannelBlock == 0;
}

std::unique_ptr<ConvolutionPass> make_winograd_pass(ThreadPool& pool, Filters& filters,
                                                    Direction direction, const PassSpec& spec,
                                                    const WinogradBlocking& blocking) {
  std::shared_ptr<const TransformedFilters> kept;
  if (!blocking.transform_filters) {
    kept = filters.find_or_make<TransformedFilters>(
        [&](const TransformedFilters& made) { return made.is(direction, blocking.size); },
        [&] {
          return std::make_shared<TransformedFilters>(pool, filters.view(direction), blocking.size);
        });
  }
  return std::make_unique<WinogradPass>(pool, filters.view(direction), std::move(kept), spec,
                                        blocking);
}

}  // namespace impasto::cpu
