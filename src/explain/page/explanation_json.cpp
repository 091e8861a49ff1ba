#include "explain/page/explanation_json.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace impasto {
namespace {

using Json = nlohmann::json;

Json rounded(double value) {
  if (!std::isfinite(value)) {
    return nullptr;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return std::strtod(text, nullptr);
}

template <typename Numbers>
Json rounded_all(const Numbers& values) {
  Json result = Json::array();
  for (const auto value : values) {
    result.push_back(rounded(static_cast<double>(value)));
  }
  return result;
}

template <typename Items, typename Map>
Json each(const Items& items, const Map& map) {
  Json result = Json::array();
  for (const auto& item : items) {
    result.push_back(map(item));
  }
  return result;
}

std::string kind_name(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConvolution:
      return "convolution";
    case LayerKind::kRelu:
      return "relu";
    case LayerKind::kPool:
      return "pool";
  }
  return "";
}

Json trace_json(const TraceRow& row) {
  return {{"iteration", row.iteration},     {"scale", row.scale},
          {"total", rounded(row.total)},    {"content", rounded(row.content)},
          {"style", rounded(row.style)},    {"tv", rounded(row.tv)},
          {"seconds", rounded(row.seconds)}};
}

Json station_json(const Station& station) {
  const ActivationStatistics& values = station.activations;
  return {{"tap", station.tap},
          {"kind", kind_name(station.kind)},
          {"shape", {station.shape.channels, station.shape.height, station.shape.width}},
          {"receptive_field", station.receptive_field},
          {"stride", station.stride},
          {"mflop", rounded(station.mflop)},
          {"bytes", station.bytes},
          {"content_tap", station.content_tap},
          {"style_tap", station.style_tap},
          {"activations",
           {{"mean", rounded(values.mean)},
            {"deviation", rounded(values.deviation)},
            {"least", rounded(values.least)},
            {"largest", rounded(values.largest)},
            {"zeros", rounded(values.zeros)}}},
          {"strongest",
           each(station.strongest, [](const ChannelMap& map) { return Json(map.channel); })},
          {"gradients", each(station.gradients, [](const StationGradient& gradient) {
             return Json{{"arriving", rounded(gradient.arriving)},
                         {"joining", rounded(gradient.joining)},
                         {"leaving", rounded(gradient.leaving)}};
           })}};
}

Json gram_json(const GramView& view) {
  return {{"tap", view.tap},
          {"channels", view.channels},
          {"shown", view.shown},
          {"losses", each(view.at, [](const GramAt& at) {
             return Json{{"iteration", at.iteration}, {"loss", rounded(at.loss)}};
           })}};
}

Json share_json(const LossShare& share) {
  return {{"name", share.name}, {"tap", share.tap}, {"at", each(share.at, [](const ShareAt& at) {
                                                       return Json{{"value", rounded(at.value)},
                                                                   {"norm", rounded(at.norm)},
                                                                   {"share", rounded(at.share)}};
                                                     })}};
}

Json channel_json(const WorkedChannel& channel) {
  return {{"sum", rounded(channel.sum)},
          {"tv", rounded(channel.tv)},
          {"backend", rounded(channel.backend)},
          {"numeric", rounded(channel.numeric)},
          {"loss_change", rounded(channel.loss_change)},
          {"path", rounded_all(channel.path)},
          {"path_gradient", rounded_all(channel.path_gradient)}};
}

Json pixel_json(const WorkedPixel& pixel) {
  return {{"x", pixel.x},
          {"y", pixel.y},
          {"dz", rounded_all(pixel.dz)},
          {"channels", each(pixel.channels, channel_json)}};
}

const char* name_of(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::kAdam:
      return "adam";
    case OptimizerKind::kLbfgs:
      return "lbfgs";
  }
  return "";
}

Json optimizer_json(const OptimizerView& view) {
  Json adam = Json::array();
  for (const auto& step : view.adam) {
    adam.push_back({{"m", rounded(step.m)}, {"v", rounded(step.v)}, {"step", rounded(step.step)}});
  }
  return {{"kind", name_of(view.kind)},
          {"adam", adam},
          {"adam_channel", view.adam_channel},
          {"adam_deviation", rounded(view.adam_deviation)},
          {"pairs", each(view.pairs, [](const CurvaturePair& pair) {
             return Json{{"s_norm", rounded(pair.s_norm)},
                         {"y_norm", rounded(pair.y_norm)},
                         {"curvature", rounded(pair.curvature)},
                         {"scale", rounded(pair.scale)}};
           })}};
}

Json pool_json(const std::optional<PoolWindow>& pool) {
  if (!pool) {
    return nullptr;
  }
  return {{"tap", pool->tap},
          {"channel", pool->channel},
          {"x", pool->x},
          {"y", pool->y},
          {"input", rounded_all(pool->input)},
          {"dy", rounded(pool->dy)},
          {"dmax", rounded_all(pool->dmax)},
          {"daverage", rounded_all(pool->daverage)}};
}

Json alternative_json(const Alternative& alternative) {
  return {{"name", alternative.name},
          {"instead_of", alternative.instead_of},
          {"at", each(alternative.at, [](const AlternativeAt& at) {
             return Json{{"norm", rounded(at.norm)}, {"cosine", rounded(at.cosine)}};
           })}};
}

Json weight_choice_json(const WeightChoice& choice) {
  return {{"factor", rounded(choice.factor)},
          {"content", rounded(choice.content)},
          {"style", rounded(choice.style)}};
}

}  // namespace

Json explanation_json(const Explanation& explanation) {
  Json json;
  json["program"] = explanation.program;
  json["device"] = explanation.device;
  json["content"] = explanation.content_name;
  json["styles"] = explanation.style_names;
  json["weights"] = explanation.weights_name;
  json["untrained"] = explanation.untrained;
  json["settings"] = Json::object();
  for (const auto& [option, value] : explanation.settings) {
    json["settings"][option] = value;
  }
  json["style_weight"] = rounded(explanation.style_weight);
  json["trace"] = each(explanation.trace, trace_json);
  json["moments"] =
      each(explanation.moments, [](const Moment& moment) { return Json(moment.updates); });
  json["stops"] = explanation.stops;
  json["compared"] = explanation.compared;
  json["stations"] = each(explanation.stations, station_json);
  json["pixel_norm"] = rounded_all(explanation.pixel_norm);
  json["grams"] = each(explanation.grams, gram_json);
  json["shares"] = each(explanation.shares, share_json);
  json["cosines"] = rounded_all(explanation.cosines);
  json["first_filters"] = rounded_all(explanation.first_filters);
  json["numeric_step"] = rounded(explanation.numeric_step);
  json["pixels"] = each(explanation.pixels, pixel_json);
  json["optimizer"] = optimizer_json(explanation.optimizer);
  json["pool"] = pool_json(explanation.pool);
  json["alternatives"] = each(explanation.alternatives, alternative_json);
  json["weight_choices"] = each(explanation.weight_choices, weight_choice_json);
  json["run_seconds"] = rounded(explanation.run_seconds);
  json["explain_seconds"] = rounded(explanation.explain_seconds);
  return json;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace impasto
