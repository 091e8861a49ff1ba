// What several sections of the report are made of.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "explain/explanation.hpp"
#include "report/html.hpp"

namespace impasto {

/// A part of the weighted loss.
struct LossPart {
  const char* name;
  const char* css_class;  ///< of its curve
  double TraceRow::*value;
};
inline constexpr std::array<LossPart, 4> kLossParts{
    {{"total", "total", &TraceRow::total},
     {"content", "content", &TraceRow::content},
     {"style", "style", &TraceRow::style},
     {"total variation", "variation", &TraceRow::tv}}};

/// "red", "green" or "blue".
std::string channel_name(std::int64_t channel);

std::string at_evaluation(std::int64_t iteration);

/// Where losses and choices are compared.
std::string compared_evaluation(const Explanation& explanation);

/// A picture with its label (markup) below it.
std::string labelled(const std::string& picture, const std::string& label,
                     const Attributes& more = {});

/// A gradient at the pixels as a picture, with `label` (markup) and its scale below it: mid-grey is
/// 0, its own 99.5th percentile black and white.
std::string signed_gradient(const Image& gradient, const std::string& alt,
                            const std::string& label);

/// A table without rows whose columns `at_each` stand there once for each stop of the run.
Table table_over_stops(const Explanation& explanation, const Row& first, const Row& at_each);

/// What the report says of a kind of layer.
struct LayerText {
  std::string name;
  std::string formula;  ///< how its output y comes from the one before, x
  CodeReference code;
};
LayerText text_of(LayerKind kind, Pooling pooling);

}  // namespace impasto
