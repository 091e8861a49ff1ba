#include "weights/block_structure.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "weights/topology.hpp"

namespace impasto {

namespace {

/// The block of each convolution, from 1.
using Blocks = std::vector<int>;
using Column = std::vector<std::int64_t>;

std::vector<int> depths_of(const Blocks& blocks) {
  std::vector<int> depths(static_cast<std::size_t>(blocks.empty() ? 0 : blocks.back()));
  for (const int block : blocks) {
    ++depths[static_cast<std::size_t>(block - 1)];
  }
  return depths;
}

Blocks blocks_of(const std::vector<int>& depths) {
  Blocks blocks;
  for (std::size_t block = 0; block < depths.size(); ++block) {
    blocks.insert(blocks.end(), static_cast<std::size_t>(depths[block]),
                  static_cast<int>(block) + 1);
  }
  return blocks;
}

/// The numbers that stand at one place in all names, for each place where they differ. None when
/// the names have different numbers of them.
std::vector<Column> changing_columns(const std::vector<LayerName>& names) {
  std::vector<Column> columns;
  for (std::size_t place = 0; place < names.front().numbers.size(); ++place) {
    Column column;
    for (const LayerName& name : names) {
      if (name.numbers.size() != names.front().numbers.size()) {
        return {};
      }
      column.push_back(name.numbers[place]);
    }
    const bool changes =
        std::adjacent_find(column.begin(), column.end(), std::not_equal_to<>()) != column.end();
    if (changes && std::find(columns.begin(), columns.end(), column) == columns.end()) {
      columns.push_back(std::move(column));
    }
  }
  return columns;
}

/// Numbers that count every module: two different distances occur, and the larger one, by one,
/// steps over a pooling.
std::optional<Blocks> blocks_from_gaps(const Column& numbers) {
  std::set<std::int64_t> gaps;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    gaps.insert(numbers[i] - numbers[i - 1]);
  }
  // 2 alone or 3 alone is torchvision's numbering of a network that ends early.
  const bool torchvision =
      std::all_of(gaps.begin(), gaps.end(), [](std::int64_t gap) { return gap == 2 || gap == 3; });
  const bool two = gaps.size() == 2 && *gaps.begin() > 0 && *gaps.rbegin() == *gaps.begin() + 1;
  if (!torchvision && !two) {
    return std::nullopt;
  }
  const std::int64_t across = torchvision ? 3 : *gaps.rbegin();
  Blocks blocks{1};
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    blocks.push_back(blocks.back() + (numbers[i] - numbers[i - 1] == across ? 1 : 0));
  }
  return blocks;
}

/// Numbers that rise from block to block and stay within one.
std::optional<Blocks> blocks_from_groups(const Column& numbers) {
  Blocks blocks{1};
  bool repeats = false;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    if (numbers[i] < numbers[i - 1]) {
      return std::nullopt;
    }
    repeats = repeats || numbers[i] == numbers[i - 1];
    blocks.push_back(blocks.back() + (numbers[i] > numbers[i - 1] ? 1 : 0));
  }
  return repeats ? std::optional(blocks) : std::nullopt;
}

/// "conv3_1", "conv3-1", "block3_conv1": the last two numbers are the block and the place in it.
std::optional<Blocks> blocks_from_paper_names(const std::vector<LayerName>& names) {
  Blocks blocks;
  for (const LayerName& name : names) {
    const std::string last = name.pattern.substr(name.pattern.rfind('.') + 1);
    const bool paper = last.find("conv#_#") != std::string::npos ||
                       last.find("conv#-#") != std::string::npos ||
                       last.find("block#_conv#") != std::string::npos;
    if (!paper || std::count(last.begin(), last.end(), '#') < 2) {
      return std::nullopt;
    }
    const auto in_last = std::count(last.begin(), last.end(), '#');
    const auto first = name.numbers.end() - in_last;
    const int block = static_cast<int>(std::min<std::int64_t>(*first, 1000));
    const bool follows =
        blocks.empty() ? block == 1 : block == blocks.back() || block == blocks.back() + 1;
    if (!follows) {
      return std::nullopt;
    }
    blocks.push_back(block);
  }
  return blocks;
}

std::optional<Blocks> blocks_from_names(const std::vector<LayerName>& names) {
  if (auto blocks = blocks_from_paper_names(names)) {
    return blocks;
  }
  const auto columns = changing_columns(names);
  if (columns.empty()) {
    return std::nullopt;
  }
  const Column& last = columns.back();
  const bool counts_on =
      std::adjacent_find(last.begin(), last.end(), std::greater_equal<>()) == last.end();
  if (counts_on) {
    if (auto blocks = blocks_from_gaps(last)) {
      return blocks;
    }
  }
  return blocks_from_groups(columns.front());
}

Blocks blocks_from_widths(const std::vector<ConvolutionWeights>& convolutions) {
  std::vector<int> depths;
  for (std::size_t i = 0; i < convolutions.size(); ++i) {
    if (i == 0 || convolutions[i].out_channels != convolutions[i - 1].out_channels) {
      depths.push_back(0);
    }
    ++depths.back();
  }
  // Blocks 4 and 5 of a VGG are of one width; the third and its followers are of one depth. In
  // VGG-11 that holds from the third block on as well.
  if (depths.size() >= 2) {
    const int usual = depths[depths.size() - 2];
    const int run = depths.back();
    if (run > usual) {
      depths.back() = usual;
      depths.push_back(run - usual);
    }
  }
  return blocks_of(depths);
}

std::optional<Blocks> blocks_from_count(std::size_t count) {
  for (const auto& depths : {std::vector{1, 1, 2, 2, 2}, std::vector{2, 2, 2, 2, 2},
                             std::vector{2, 2, 3, 3, 3}, std::vector{2, 2, 4, 4, 4}}) {
    Blocks blocks = blocks_of(depths);
    if (blocks.size() == count) {
      return blocks;
    }
  }
  return std::nullopt;
}

void set(std::vector<ConvolutionWeights>& convolutions, const Blocks& blocks) {
  for (std::size_t i = 0; i < convolutions.size(); ++i) {
    convolutions[i].block = blocks[i];
    convolutions[i].index = i > 0 && blocks[i] == blocks[i - 1] ? convolutions[i - 1].index + 1 : 1;
  }
}

}  // namespace

std::string assign_blocks(std::vector<ConvolutionWeights>& convolutions,
                          const std::vector<LayerName>& names) {
  const auto named = blocks_from_names(names);
  const Blocks widths = blocks_from_widths(convolutions);
  if (named && begins_like_a_vgg(depths_of(*named))) {
    set(convolutions, *named);
    return "told by the layers' names";
  }
  if (begins_like_a_vgg(depths_of(widths))) {
    set(convolutions, widths);
    return "inferred from the layers' widths, as the names do not tell";
  }
  if (named) {
    set(convolutions, *named);
    return "told by the layers' names";
  }
  if (const auto counted = blocks_from_count(convolutions.size())) {
    set(convolutions, *counted);
    return "inferred from the number of layers, as neither names nor widths tell";
  }
  set(convolutions, widths);
  return "inferred from the layers' widths alone; they are no known VGG's";
}

}  // namespace impasto
