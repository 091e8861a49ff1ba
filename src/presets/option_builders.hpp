// How an option of each kind of value is built: parsed, printed, and when it has no effect.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "impasto/error.hpp"
#include "presets/option_table.hpp"
#include "presets/parse.hpp"

namespace impasto {

using Ineffective = std::function<std::optional<std::string>(const TransferOptions&)>;

/// "has no effect" with this reason whenever `condition` holds.
template <typename Condition>
Ineffective unless(const Condition& has_effect, const std::string& reason) {
  return [has_effect, reason](const TransferOptions& options) -> std::optional<std::string> {
    if (has_effect(options)) {
      return std::nullopt;
    }
    return reason;
  };
}

inline std::optional<std::string> always(const TransferOptions& /*options*/) {
  return std::nullopt;
}

inline OptionEntry number(const std::string& name, const std::string& group,
                          const std::string& help, double TransferOptions::*member,
                          NumberRange range, Ineffective ineffective) {
  return {name,
          group,
          OptionType::kNumber,
          "F",
          help,
          [=](TransferOptions& o, const std::string& text) {
            o.*member = parse_number(name, text, range);
          },
          [=](const TransferOptions& o) { return print_number(o.*member); },
          std::move(ineffective)};
}

template <typename Integer>
OptionEntry integer(const std::string& name, const std::string& group, const std::string& help,
                    Integer TransferOptions::*member, std::int64_t low, std::int64_t high,
                    Ineffective ineffective) {
  return {name,
          group,
          OptionType::kInteger,
          "N",
          help,
          [=](TransferOptions& o, const std::string& text) {
            o.*member = static_cast<Integer>(parse_integer(name, text, low, high));
          },
          [=](const TransferOptions& o) { return std::to_string(o.*member); },
          std::move(ineffective)};
}

inline OptionEntry flag(const std::string& name, const std::string& group, const std::string& help,
                        bool TransferOptions::*member, Ineffective ineffective) {
  return {name,
          group,
          OptionType::kFlag,
          "",
          help,
          [=](TransferOptions& o, const std::string& text) { o.*member = parse_flag(name, text); },
          [=](const TransferOptions& o) { return o.*member ? "true" : "false"; },
          std::move(ineffective)};
}

inline OptionEntry layers(const std::string& name, const std::string& group,
                          const std::string& help,
                          std::vector<LayerWeight> TransferOptions::*member) {
  return {
      name,
      group,
      OptionType::kText,
      "L[=w],...",
      help,
      [=](TransferOptions& o, const std::string& text) { o.*member = parse_layers(name, text); },
      [=](const TransferOptions& o) { return print_layers(o.*member); },
      always};
}

template <typename Value>
using Spellings = std::vector<std::pair<std::string, Value>>;

template <typename Value>
std::string list(const Spellings<Value>& spellings, const std::string& separator) {
  std::string text;
  for (const auto& [spelling, value] : spellings) {
    text += (text.empty() ? "" : separator) + spelling;
  }
  return text;
}

template <typename Value>
std::vector<std::string> names_of(const Spellings<Value>& spellings) {
  std::vector<std::string> names;
  for (const auto& [spelling, value] : spellings) {
    names.push_back(spelling);
  }
  return names;
}

template <typename Value>
OptionEntry choice(const std::string& name, const std::string& group, const std::string& help,
                   Value TransferOptions::*member, const Spellings<Value>& spellings,
                   Ineffective ineffective) {
  return {name,
          group,
          OptionType::kText,
          list(spellings, "|"),
          help,
          [=](TransferOptions& o, const std::string& text) {
            for (const auto& [spelling, value] : spellings) {
              if (spelling == text) {
                o.*member = value;
                return;
              }
            }
            throw UsageError("'" + text + "' is not a value of --" + name, "--" + name,
                             "give one of " + list(spellings, ", "));
          },
          [=](const TransferOptions& o) -> std::optional<std::string> {
            for (const auto& [spelling, value] : spellings) {
              if (value == o.*member) {
                return spelling;
              }
            }
            return std::nullopt;
          },
          std::move(ineffective)};
}

template <typename T, typename Parse>
OptionEntry numbers(const std::string& name, const std::string& group, const std::string& hint,
                    const std::string& help, std::vector<T> TransferOptions::*member,
                    const Parse& parse, Ineffective ineffective) {
  return {name,
          group,
          OptionType::kText,
          hint,
          help,
          [=](TransferOptions& o, const std::string& text) {
            std::vector<T> values;
            for (const std::string& part : split(text)) {
              values.push_back(parse(name, part));
            }
            if (values.empty()) {
              throw UsageError("--" + name + " is empty", "--" + name, "give " + hint);
            }
            o.*member = values;
          },
          [=](const TransferOptions& o) -> std::optional<std::string> {
            if ((o.*member).empty()) {
              return std::nullopt;
            }
            std::string text;
            for (const T value : o.*member) {
              text += (text.empty() ? "" : ",") + print_number(static_cast<double>(value));
            }
            return text;
          },
          std::move(ineffective)};
}

}  // namespace impasto
