#include "transfer/memory_check.hpp"

#include <algorithm>

#include "backend/select.hpp"
#include "impasto/error.hpp"
#include "transfer/picture_checks.hpp"
#include "transfer/sizes.hpp"

namespace impasto {
namespace {

std::string mebibytes(std::size_t bytes) {
  return std::to_string(bytes >> 20U) + " MiB";
}

std::string shortage(const MemoryNeed& need, const MemoryLimit& limit) {
  const std::string needed = "this run needs " + mebibytes(need.total());
  if (need.total() > limit.machine) {
    return needed + ", and the machine has " + mebibytes(limit.machine) + ", swap included";
  }
  return needed + ", and " + mebibytes(limit.bytes) + " are available " + limit.where;
}

/// Whether a run of this need would be refused memory, or ended for it, whatever the system does.
bool is_out_of_reach(const MemoryNeed& need, const MemoryLimit& limit) {
  return need.total() > limit.machine || (limit.hard && need.total() > limit.bytes);
}

}  // namespace

std::string size_that_fits(const std::optional<std::int64_t>& largest) {
  return largest ? "the largest --size that fits is " + std::to_string(*largest)
                 : "no --size is known to fit";
}

void require_possible(const Backend& backend, const MemoryNeed& need) {
  require_maps_that_fit(backend, need);
  const MemoryLimit limit = memory_limit(backend);
  if (need.total() > limit.machine) {
    throw MemoryError(shortage(need, limit));
  }
}

void check_memory(const Backend& backend, const Image& content, const std::vector<Image>& styles,
                  const NetworkWeights& weights, const TransferOptions& options,
                  TransferObserver& observer) {
  const MemoryNeed need = memory_need(backend, content, styles, weights, options);
  const MemoryLimit limit = memory_limit(backend);
  if (need.total() <= limit.bytes) {
    return;
  }
  const std::string remedy =
      size_that_fits(largest_size(backend, content, styles, weights, options, limit.bytes));
  if (is_out_of_reach(need, limit)) {
    throw MemoryError(shortage(need, limit), "memory", remedy);
  }
  observer.on_warning(shortage(need, limit) + ": the system may swap, or end the program; " +
                      remedy);
}

void require_memory(const Backend& backend, const Image& content, const Image& style,
                    const NetworkWeights& weights, const TransferOptions& options) {
  const MemoryNeed need = memory_need(backend, content, {style}, weights, options);
  require_maps_that_fit(backend, need);
  const MemoryLimit limit = memory_limit(backend);
  if (need.total() <= limit.bytes) {
    return;
  }
  const std::optional<std::int64_t> largest =
      largest_size(backend, content, {style}, weights, options, limit.bytes);
  std::string remedy = size_that_fits(std::nullopt);
  if (largest) {
    const PixelSize size = fit({content.width, content.height}, *largest);
    remedy = "the largest --size of this shape that fits is " + std::to_string(size.width) + "x" +
             std::to_string(size.height);
  }
  throw MemoryError(shortage(need, limit), "memory", remedy);
}

std::vector<std::string> memory_report(const Image& content, const std::vector<Image>& styles,
                                       const NetworkWeights& weights,
                                       const TransferOptions& options) {
  validate(options);
  check_pictures(content, styles, options);
  const SelectedBackend selected = select_backend(options);
  const Backend& backend = *selected.backend;
  const MemoryNeed need = memory_need(backend, content, styles, weights, options);
  const MemoryLimit limit = memory_limit(backend);
  require_maps_that_fit(backend, need);
  const std::optional<std::int64_t> largest =
      largest_size(backend, content, styles, weights, options, limit.bytes);
  const auto line = [](const std::string& what, std::size_t bytes) {
    return what + ": " + std::to_string(bytes) + " bytes (" +
           std::to_string((bytes + (1U << 20U) - 1) >> 20U) + " MiB)";
  };
  std::vector<std::string> lines{
      "device: " + selected.description,
      line("filters", need.filters),
      line("feature maps and gradients", need.walk),
      line("style images' walk, before the loop", need.style),
      line("targets and Gram matrices", need.losses),
      line("optimiser", need.optimizer),
      line("pictures", need.pictures),
      line(need.workspace == 0 ? "in all, without algorithms' workspaces" : "in all", need.total()),
      line("available", limit.bytes) + (limit.hard ? ", the limit " + limit.where : "")};
  if (need.workspace > 0) {
    lines.insert(lines.end() - 2, line("convolutions' workspace, at most", need.workspace));
  }
  if (!backend.free_bytes()) {
    lines.insert(lines.end() - 1,
                 line("libraries and trials on top, at most", room_beside(backend, need)));
  }
  lines.push_back("largest --size that fits: " + (largest ? std::to_string(*largest) : "none"));
  if (need.total() > limit.bytes) {
    throw MemoryError(shortage(need, limit), selected.description, size_that_fits(largest));
  }
  return lines;
}

}  // namespace impasto
