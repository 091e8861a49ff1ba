#include "cli/inspect_checkpoint.hpp"

#include <numeric>

#include "cli/resume.hpp"
#include "cli/run_record.hpp"
#include "core/text.hpp"
#include "impasto/transfer.hpp"

namespace impasto {

nlohmann::ordered_json describe_checkpoint(const std::string& path) {
  using OrderedJson = nlohmann::ordered_json;
  const Checkpoint checkpoint = read_checkpoint_file(path);
  const RunRecord record = parse_record(checkpoint.settings, path);
  OrderedJson json;
  json["content"] = printable(record.content);
  json["content_fingerprint"] = checkpoint.inputs.content;
  OrderedJson styles = OrderedJson::array();
  for (const std::string& style : record.styles) {
    styles.push_back(printable(style));
  }
  json["styles"] = styles;
  json["styles_fingerprints"] = checkpoint.inputs.styles;
  json["weights"] = printable(record.weights);
  json["weights_fingerprint"] = checkpoint.inputs.weights;
  json["output"] = printable(record.output);
  json["trace"] = printable(record.trace.empty() ? "none" : record.trace);
  json["scale"] = checkpoint.scale;
  json["scales"] = checkpoint.plan.size();
  json["size"] = std::to_string(checkpoint.picture.width) + " x " +
                 std::to_string(checkpoint.picture.height) + " pixels";
  json["evaluations"] = checkpoint.trace.size();
  json["planned"] =
      std::accumulate(checkpoint.plan.begin(), checkpoint.plan.end(), std::int64_t{0});
  if (!checkpoint.trace.empty()) {
    json["loss"] = checkpoint.trace.back().total;
  }
  for (const auto& [name, value] : record.settings) {
    json["--" + printable(name)] = printable(value);
  }
  json["to_go_on"] = resume_command(path);
  return json;
}

}  // namespace impasto
