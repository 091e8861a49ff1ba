// What the panels of a figure are made from and on, each loaded once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/select.hpp"
#include "report/panels.hpp"
#include "transfer/shared_work.hpp"

namespace impasto {

/// Pictures and weights of all panels by name, with their SHA-256.
class PanelInputs {
 public:
  /// Loads everything that the jobs name. Throws InputError.
  PanelInputs(const std::vector<PanelJob>& jobs, FigureObserver& observer);

  [[nodiscard]] const Image& picture(const std::string& path) const { return pictures_.at(path); }
  [[nodiscard]] const NetworkWeights& weights(const std::string& specification) const {
    return weights_.at(specification);
  }
  /// The SHA-256 of a picture or weights file; the specification of weights built in memory.
  [[nodiscard]] const std::string& identity(const std::string& name) const {
    return identities_.at(name);
  }
  /// What is to be told of the pictures, once each.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  [[nodiscard]] std::size_t weights_count() const { return weights_.size(); }

 private:
  std::map<std::string, Image> pictures_;
  std::map<std::string, NetworkWeights> weights_;
  std::map<std::string, std::string> identities_;
  std::vector<std::string> warnings_;
};

/// A backend for each device that is asked for, and what the panels on it share.
class PanelBackends {
 public:
  /// Both must outlive this.
  PanelBackends(const PanelInputs& inputs, FigureObserver& observer)
      : inputs_(inputs), observer_(observer) {}

  /// Throws as select_backend.
  SharedWork& shared_work(const TransferOptions& options, const std::string& weights);

  /// Adds what was made so far.
  void count(WorkCount& work) const;

 private:
  const PanelInputs& inputs_;
  FigureObserver& observer_;
  std::map<std::string, SelectedBackend> backends_;                 // by device settings
  std::map<std::string, std::unique_ptr<SharedWork>> shared_work_;  // by these and weights
};

}  // namespace impasto
