#include "cli/run_record.hpp"

#include <nlohmann/json.hpp>

#include "core/nesting.hpp"
#include "core/text.hpp"
#include "impasto/error.hpp"
#include "presets/option_table.hpp"

namespace impasto {
namespace {

using Json = nlohmann::json;

[[noreturn]] void throw_no_record(const std::string& place) {
  throw InputError("the checkpoint does not say which command it is of", place,
                   "name a checkpoint that an interrupted impasto transfer wrote");
}

}  // namespace

std::string print_record(const RunRecord& record) {
  Json json{{"content", escape_bytes(record.content)},
            {"styles", Json::array()},
            {"weights", escape_bytes(record.weights)},
            {"output", escape_bytes(record.output)},
            {"trace", escape_bytes(record.trace)},
            {"picture_sha256", record.picture_sha256},
            {"settings", Json::array()}};
  for (const std::string& style : record.styles) {
    json["styles"].push_back(escape_bytes(style));
  }
  for (const auto& [name, value] : record.settings) {
    json["settings"].push_back({name, escape_bytes(value)});
  }
  for (const auto& [key, choice] : record.choices) {
    json["choices"][escape_bytes(key)] = escape_bytes(choice);
  }
  return json.dump();
}

RunRecord parse_record(const std::string& text, const std::string& place) {
  if (json_nests_deeper(text)) {
    throw_no_record(place);
  }
  try {
    const Json json = Json::parse(text);
    const auto bytes = [](const Json& value) { return unescape_bytes(value.get<std::string>()); };
    RunRecord record;
    record.content = bytes(json.at("content"));
    for (const Json& style : json.at("styles")) {
      record.styles.push_back(bytes(style));
    }
    record.weights = bytes(json.at("weights"));
    record.output = bytes(json.at("output"));
    record.trace = bytes(json.at("trace"));
    record.picture_sha256 = json.value("picture_sha256", "");
    for (const Json& setting : json.at("settings")) {
      record.settings.emplace_back(setting.at(0).get<std::string>(), bytes(setting.at(1)));
    }
    const Json choices = json.value("choices", Json::object());
    for (const auto& [key, choice] : choices.items()) {
      record.choices[unescape_bytes(key)] = bytes(choice);
    }
    return record;
  } catch (const Json::exception&) {
    throw_no_record(place);
  }
}

TransferOptions options_of(const RunRecord& record, const std::string& place) {
  try {
    TransferOptions options;
    for (const auto& [name, value] : record.settings) {
      if (name == "preset") {
        options.preset = preset(value).preset;
      } else {
        set_option(options, name, value);
      }
    }
    validate(options);
    return options;
  } catch (const UsageError& error) {
    throw InputError("the checkpoint's settings make no run: " + printable(error.what()), place,
                     "name a checkpoint that this impasto wrote");
  }
}

}  // namespace impasto
