#include "explain/page/explanation_json.hpp"

#include <cmath>

#include "report/ticks.hpp"

namespace impasto {

// What of each part is written, under its own name. The JSON library finds these by the parts'
// types.
NLOHMANN_JSON_SERIALIZE_ENUM(LayerKind, {{LayerKind::kConvolution, "convolution"},
                                         {LayerKind::kRelu, "relu"},
                                         {LayerKind::kPool, "pool"}})
NLOHMANN_JSON_SERIALIZE_ENUM(OptimizerKind,
                             {{OptimizerKind::kAdam, "adam"}, {OptimizerKind::kLbfgs, "lbfgs"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TraceRow, iteration, scale, total, content, style, tv, seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ActivationStatistics, mean, deviation, least, largest, zeros)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StationGradient, arriving, joining, leaving)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(GramAt, iteration, loss)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ShareAt, value, norm, share)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LossShare, name, tap, at)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkedChannel, sum, tv, backend, numeric, loss_change, path,
                                   path_gradient)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkedPixel, x, y, dz, channels)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AdamMoments, m, v, step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CurvaturePair, s_norm, y_norm, curvature, scale)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OptimizerView, kind, adam, adam_channel, adam_deviation, pairs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PoolWindow, tap, channel, x, y, input, dy, dmax, daverage)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AlternativeAt, norm, cosine)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Alternative, name, instead_of, at)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WeightChoice, factor, content, style)

namespace {

using Json = nlohmann::json;

template <typename Items, typename Map>
Json each(const Items& items, const Map& map) {
  Json result = Json::array();
  for (const auto& item : items) {
    result.push_back(map(item));
  }
  return result;
}

Json station_json(const Station& station) {
  return {{"tap", station.tap},
          {"kind", station.kind},
          {"shape", {station.shape.channels, station.shape.height, station.shape.width}},
          {"receptive_field", station.receptive_field},
          {"stride", station.stride},
          {"mflop", station.mflop},
          {"bytes", station.bytes},
          {"content_tap", station.content_tap},
          {"style_tap", station.style_tap},
          {"activations", station.activations},
          {"strongest",
           each(station.strongest, [](const ChannelMap& map) { return Json(map.channel); })},
          {"gradients", station.gradients}};
}

Json gram_json(const GramView& view) {
  return {
      {"tap", view.tap}, {"channels", view.channels}, {"shown", view.shown}, {"losses", view.at}};
}

/// Every number that is not whole to nine digits, or null where it is not finite.
void round_numbers(Json& json) {
  if (json.is_structured()) {
    for (Json& part : json) {
      round_numbers(part);
    }
  } else if (json.is_number_float()) {
    const auto value = json.get<double>();
    json = std::isfinite(value) ? Json(rounded(value, 9)) : Json();
  }
}

}  // namespace

Json explanation_json(const Explanation& explanation) {
  Json json{{"program", explanation.program},
            {"device", explanation.device},
            {"content", explanation.content_name},
            {"styles", explanation.style_names},
            {"weights", explanation.weights_name},
            {"untrained", explanation.untrained},
            {"settings", Json::object()},
            {"style_weight", explanation.style_weight},
            {"trace", explanation.trace},
            {"moments",
             each(explanation.moments, [](const Moment& moment) { return Json(moment.updates); })},
            {"stops", explanation.stops},
            {"compared", explanation.compared},
            {"stations", each(explanation.stations, station_json)},
            {"pixel_norm", explanation.pixel_norm},
            {"grams", each(explanation.grams, gram_json)},
            {"shares", explanation.shares},
            {"cosines", explanation.cosines},
            {"first_filters", explanation.first_filters},
            {"numeric_step", explanation.numeric_step},
            {"pixels", explanation.pixels},
            {"optimizer", explanation.optimizer},
            {"pool", explanation.pool ? Json(*explanation.pool) : Json()},
            {"alternatives", explanation.alternatives},
            {"weight_choices", explanation.weight_choices},
            {"run_seconds", explanation.run_seconds},
            {"explain_seconds", explanation.explain_seconds}};
  for (const auto& [option, value] : explanation.settings) {
    json["settings"][option] = value;
  }
  round_numbers(json);
  return json;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace impasto
