#include "report/panel_inputs.hpp"

#include <filesystem>

#include "presets/option_table.hpp"
#include "transfer/blank_pictures.hpp"
#include "weights/input_file.hpp"

namespace impasto {

PanelInputs::PanelInputs(const std::vector<PanelJob>& jobs, FigureObserver& observer) {
  for (const PanelJob& job : jobs) {
    std::vector<std::string> paths = job.styles;
    paths.push_back(job.content);
    for (const std::string& path : paths) {
      if (!pictures_.contains(path)) {
        const Image& picture = pictures_[path] = load_image(path);
        if (auto warning = blank_warning(picture, path == job.content ? "content" : "style")) {
          warnings_.push_back(std::move(*warning));
        }
        identities_[path] = sha256_of_file(path);
      }
    }
    const std::string& start = job.options.init_path;
    if (job.options.init == InitialImage::kFile && !identities_.contains(start)) {
      identities_[start] = sha256_of_file(start);
    }
    if (!weights_.contains(job.weights)) {
      const NetworkWeights& loaded = weights_[job.weights] = load_weights(job.weights);
      std::error_code ignored;  // a network that is built in memory has no file
      const bool is_file =
          !loaded.source_sha256.empty() || std::filesystem::is_regular_file(job.weights, ignored);
      identities_[job.weights] = is_file ? sha256_of_file(job.weights) : job.weights;
      observer.on_weights(job.weights, loaded);
    }
  }
}

SharedWork& PanelBackends::shared_work(const TransferOptions& options, const std::string& weights) {
  std::string device;
  for (const std::string name : {"device", "precision", "threads", "graph", "deterministic"}) {
    device += name + " " + find_option(name).get(options).value_or("unset") + "; ";
  }
  auto backend = backends_.find(device);
  if (backend == backends_.end()) {
    backend = backends_.emplace(device, select_backend(options)).first;
    observer_.on_device(backend->second.description);
  }
  std::unique_ptr<SharedWork>& shared = shared_work_[device + weights];
  if (!shared) {
    shared = std::make_unique<SharedWork>(*backend->second.backend, inputs_.weights(weights));
  }
  return *shared;
}

void PanelBackends::count(WorkCount& work) const {
  work.backends += static_cast<int>(backends_.size());
  for (const auto& [key, shared] : shared_work_) {
    work.networks += shared->networks_made();
    work.targets += shared->targets_made();
  }
}

}  // namespace impasto
