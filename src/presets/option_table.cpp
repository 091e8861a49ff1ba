#include "presets/option_table.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>

#include "core/near_name.hpp"
#include "impasto/error.hpp"
#include "presets/option_builders.hpp"
#include "presets/parse.hpp"

namespace impasto {
namespace {

constexpr double kMost = std::numeric_limits<double>::max();
constexpr std::int64_t kLongestSide = 32768;
constexpr std::int64_t kMostIterations = 100'000'000;

bool has_content(const TransferOptions& o) {
  return !o.content_layers.empty() && o.content_weight != 0;
}
bool has_style(const TransferOptions& o) {
  return !o.style_layers.empty() && o.style_weight != 0;
}
/// Whether gradients, not the style weight itself, decide how hard the style pulls.
bool has_balance(const TransferOptions& o) {
  return has_content(o) && has_style(o) && (o.balance || o.auto_balance);
}
bool is_adam(const TransferOptions& o) {
  return o.optimizer == OptimizerKind::kAdam;
}
bool starts_from_noise(const TransferOptions& o) {
  return o.init == InitialImage::kNoise;
}

// ---- the options that are like no other

OptionEntry device_option() {
  return {"device",
          "Machine",
          OptionType::kText,
          "auto|cpu|cuda[:N]",
          "where to compute",
          [](TransferOptions& o, const std::string& text) {
            const std::string cuda = "cuda";
            if (text == "auto" || text == "cpu") {
              o.device = text == "cpu" ? DeviceKind::kCpu : DeviceKind::kAuto;
            } else if (text == cuda || text.starts_with(cuda + ":")) {
              o.device = DeviceKind::kCuda;
              o.device_index = text == cuda ? 0
                                            : static_cast<int>(parse_integer(
                                                  "device", text.substr(cuda.size() + 1), 0, 1023));
            } else {
              throw UsageError("unknown device '" + text + "'", "--device",
                               "give auto, cpu, cuda or cuda:N");
            }
          },
          [](const TransferOptions& o) -> std::optional<std::string> {
            switch (o.device) {
              case DeviceKind::kCpu:
                return "cpu";
              case DeviceKind::kCuda:
                return "cuda:" + std::to_string(o.device_index);
              case DeviceKind::kAuto:
                break;
            }
            return "auto";
          },
          always};
}

OptionEntry precision_option() {
  const Spellings<Precision> spellings{{"fp32", Precision::kFp32},
                                       {"tf32", Precision::kTf32},
                                       {"bf16", Precision::kBf16},
                                       {"fp16", Precision::kFp16}};
  return {"precision",
          "Machine",
          OptionType::kText,
          list(spellings, "|"),
          "features' precision; unset: tf32 on CUDA, fp32 on the CPU",
          [=](TransferOptions& o, const std::string& text) {
            for (const auto& [spelling, value] : spellings) {
              if (spelling == text) {
                o.precision = value;
                return;
              }
            }
            throw UsageError("unknown precision '" + text + "'", "--precision",
                             "give one of " + list(spellings, ", "));
          },
          [=](const TransferOptions& o) -> std::optional<std::string> {
            for (const auto& [spelling, value] : spellings) {
              if (o.precision == value) {
                return spelling;
              }
            }
            return std::nullopt;
          },
          always};
}

OptionEntry style_size_option() {
  return {"style-size",
          "Sizes",
          OptionType::kInteger,
          "N",
          "long side of the style images, pixels; 0 = their own",
          [](TransferOptions& o, const std::string& text) {
            o.style_size = parse_integer("style-size", text, 0, kLongestSide);
          },
          [](const TransferOptions& o) -> std::optional<std::string> {
            return o.style_size ? std::optional(std::to_string(*o.style_size)) : std::nullopt;
          },
          unless([](const TransferOptions& o) { return !o.stretch && !o.style_stretch; },
                 "--stretch or --style-stretch gives the style images the output's size")};
}

constexpr const char* kAuto = "auto";
constexpr const char* kOff = "off";

OptionEntry balance_option() {
  return {
      "balance",
      "Losses",
      OptionType::kNumberOrWord,
      "auto|off|R",
      "set the style weight by pixel gradients: the style's is R times the content's; auto: the R "
      "that suits the preset; unset: auto where the weights are not the preset's",
      [](TransferOptions& o, const std::string& text) {
        const bool is_word = text == kAuto || text == kOff;
        try {
          o.balance = is_word ? std::nullopt
                              : std::optional(parse_number("balance", text, {0, kMost, true}));
        } catch (const UsageError&) {
          throw UsageError("'" + text + "' is not a value of --balance", "--balance",
                           "give auto, off or a number above 0");
        }
        o.auto_balance = text == kAuto;
      },
      [](const TransferOptions& o) -> std::optional<std::string> {
        return o.auto_balance ? kAuto : o.balance ? print_number(*o.balance) : kOff;
      },
      unless([](const TransferOptions& o) { return has_content(o) && has_style(o); },
             "it needs a content and a style loss")};
}

// By looking; docs/presets.md shows them.
const Spellings<double> strengths{{"weak", 0.25}, {"normal", 1.0}, {"strong", 4.0}};

OptionEntry strength_option() {
  return {"strength",
          "Losses",
          OptionType::kNumberOrWord,
          list(strengths, "|") + "|F",
          "how hard the style pulls, over any preset and weights: multiplies the balance, or else "
          "the style weight",
          [](TransferOptions& o, const std::string& text) {
            for (const auto& [spelling, value] : strengths) {
              if (spelling == text) {
                o.strength = value;
                return;
              }
            }
            try {
              o.strength = parse_number("strength", text, {0, kMostStrength, true});
            } catch (const UsageError&) {
              throw UsageError("'" + text + "' is not a value of --strength", "--strength",
                               did_you_mean(text, names_of(strengths),
                                            "give " + list(strengths, ", ") +
                                                " or a number above 0, at most 1000000"));
            }
          },
          [](const TransferOptions& o) -> std::optional<std::string> {
            for (const auto& [spelling, value] : strengths) {
              if (value == o.strength) {
                return spelling;
              }
            }
            return print_number(o.strength);
          },
          unless(
              [](const TransferOptions& o) {
                return has_style(o) && (has_content(o) || o.tv_weight != 0);
              },
              "there is nothing that the style could be stronger than")};
}

OptionEntry init_option() {
  const Spellings<InitialImage> spellings{{"content", InitialImage::kContent},
                                          {"noise", InitialImage::kNoise},
                                          {"gray", InitialImage::kGray},
                                          {"style", InitialImage::kStyle}};
  return {"init",
          "Picture",
          OptionType::kText,
          "content|noise|gray|style|PATH",
          "initial image; a PATH must have the output's size",
          [=](TransferOptions& o, const std::string& text) {
            if (text.empty()) {
              throw UsageError("--init is empty", "--init",
                               "give " + list(spellings, ", ") + " or a picture");
            }
            o.init = InitialImage::kFile;
            o.init_path = text;
            for (const auto& [spelling, value] : spellings) {
              if (spelling == text) {
                o.init = value;
                o.init_path.clear();
              }
            }
          },
          [=](const TransferOptions& o) -> std::optional<std::string> {
            for (const auto& [spelling, value] : spellings) {
              if (value == o.init) {
                return spelling;
              }
            }
            return o.init_path;
          },
          always};
}

OptionEntry seed_option() {
  return {"seed",
          "Picture",
          OptionType::kInteger,
          "N",
          "seed of the noise",
          [](TransferOptions& o, const std::string& text) { o.seed = parse_seed("seed", text); },
          [](const TransferOptions& o) { return std::to_string(o.seed); },
          unless(starts_from_noise, "only --init noise draws random numbers")};
}

std::int64_t parse_long_side(const std::string& name, const std::string& text) {
  return parse_integer(name, text, 1, kLongestSide);
}
std::int64_t parse_iterations(const std::string& name, const std::string& text) {
  return parse_integer(name, text, 0, kMostIterations);
}
double parse_blend(const std::string& name, const std::string& text) {
  return parse_number(name, text, {0, kMost});
}

void append(std::vector<OptionEntry>& entries, OptionStage stage,
            const std::vector<OptionEntry>& more) {
  for (const OptionEntry& entry : more) {
    entries.push_back(entry);
    entries.back().stage = stage;
  }
}

std::vector<OptionEntry> machine_options() {
  return {device_option(), precision_option(),
          integer("threads", "Machine",
                  "CPU threads; 0 = every core that affinity mask and CPU quota allow",
                  &TransferOptions::threads, 0, 4096,
                  unless([](const TransferOptions& o) { return o.device != DeviceKind::kCuda; },
                         "the GPU does the work")),
          flag("graph", "Machine", "on CUDA, replay one captured graph per iteration",
               &TransferOptions::graph,
               unless([](const TransferOptions& o) { return o.device != DeviceKind::kCpu; },
                      "the CPU does the work")),
          flag("deterministic", "Machine",
               "choose algorithms without a clock, so that runs on machines of one kind agree to "
               "the byte",
               &TransferOptions::deterministic, always)};
}

std::vector<OptionEntry> size_options() {
  const auto one_scale = [](const TransferOptions& o) { return o.scales.empty(); };
  return {
      integer("size", "Sizes", "long side of the output, pixels; 0 = the content image's own",
              &TransferOptions::size, 0, kLongestSide,
              unless(one_scale, "the last of --scales is the output's size")),
      flag("upscale", "Sizes", "enlarge a content image that is smaller than the size asked for",
           &TransferOptions::upscale,
           unless(
               [](const TransferOptions& o) {
                 return !o.stretch && (o.size > 0 || !o.scales.empty());
               },
               "the output has the size asked for anyway")),
      numbers("scales", "Sizes", "N,N,...", "coarse to fine: long sides in growing order, pixels",
              &TransferOptions::scales, parse_long_side, always),
      numbers("scale-iterations", "Sizes", "n,n,...",
              "loss evaluations at each of --scales; 0 leaves one out",
              &TransferOptions::scale_iterations, parse_iterations,
              unless([](const TransferOptions& o) { return !o.scales.empty(); },
                     "there are no --scales")),
      number("style-scale", "Sizes", "style images' long side as a multiple of the output's",
             &TransferOptions::style_scale, {0, 64, true},
             unless(
                 [](const TransferOptions& o) {
                   return !o.stretch && !o.style_stretch && !o.style_size;
                 },
                 "--style-size, --stretch or --style-stretch gives the style images their size")),
      style_size_option(),
      flag("stretch", "Sizes",
           "resize all images to exactly size x size, ignoring aspect; with --size 0 the style "
           "images to the content's own size",
           &TransferOptions::stretch, always),
      flag(
          "style-stretch", "Sizes",
          "resize the style images to exactly the output's width and height, ignoring their aspect",
          &TransferOptions::style_stretch,
          unless([](const TransferOptions& o) { return !o.stretch; },
                 "--stretch gives the style images the output's size anyway"))};
}

std::vector<OptionEntry> loss_options() {
  const Ineffective needs_content = unless(has_content, "there is no content loss");
  const Ineffective needs_style = unless(has_style, "there is no style loss");
  std::vector<OptionEntry> entries;
  append(entries, OptionStage::kTaps,
         {layers("content-layers", "Losses",
                 "content taps with weights (pixels: the picture itself), or none",
                 &TransferOptions::content_layers),
          layers("style-layers", "Losses", "style taps with weights (w/N^2: by channels), or none",
                 &TransferOptions::style_layers)});
  append(entries, OptionStage::kPath,
         {number("content-weight", "Losses", "weight of the content loss",
                 &TransferOptions::content_weight, {0, kMost},
                 unless([](const TransferOptions& o) { return !o.content_layers.empty(); },
                        "there are no --content-layers")),
          number("style-weight", "Losses", "weight of the style loss",
                 &TransferOptions::style_weight, {0, kMost},
                 [](const TransferOptions& o) -> std::optional<std::string> {
                   if (o.style_layers.empty()) {
                     return "there are no --style-layers";
                   }
                   return has_balance(o) ? std::optional("--balance sets it") : std::nullopt;
                 }),
          number("tv-weight", "Losses", "weight of the total variation",
                 &TransferOptions::tv_weight, {0, kMost}, always),
          balance_option(), strength_option()});
  append(entries, OptionStage::kStyleTargets,
         {numbers("style-weights", "Losses", "w,w,...", "blend of several style images",
                  &TransferOptions::style_weights, parse_blend, needs_style)});
  append(entries, OptionStage::kPath,
         {choice<ContentLoss>("content-loss", "Losses", "form of the content loss",
                              &TransferOptions::content_loss,
                              {{"sum", ContentLoss::kSum},
                               {"half-sum", ContentLoss::kHalfSum},
                               {"mean", ContentLoss::kMean}},
                              needs_content)});
  append(entries, OptionStage::kStyleTargets,
         {choice<GramForm>(
              "gram", "Losses", "what Gram matrices are divided by", &TransferOptions::gram,
              {{"raw", GramForm::kRaw},
               {"positions", GramForm::kPositions},
               {"elements", GramForm::kElements}},
              unless(
                  [](const TransferOptions& o) {
                    return has_style(o) && o.style_loss != StyleLoss::kGatys &&
                           o.style_loss != StyleLoss::kWasserstein;
                  },
                  "there is no style loss, or it is gatys, which takes raw Gram matrices, or w2, "
                  "which takes none")),
          choice<StyleLoss>("style-loss", "Losses", "form of the style loss",
                            &TransferOptions::style_loss,
                            {{"sum", StyleLoss::kSum},
                             {"mean", StyleLoss::kMean},
                             {"mean-per-element", StyleLoss::kMeanPerElement},
                             {"gatys", StyleLoss::kGatys},
                             {"w2", StyleLoss::kWasserstein}},
                            needs_style)});
  append(entries, OptionStage::kPath,
         {choice<LayerReduction>(
             "layer-reduction", "Losses", "layers' weights as given, or divided",
             &TransferOptions::layer_reduction,
             {{"sum", LayerReduction::kSum}, {"mean", LayerReduction::kMean}}, always)});
  return entries;
}

std::vector<OptionEntry> network_options() {
  return {choice<Pooling>("pooling", "Network", "pooling between blocks", &TransferOptions::pooling,
                          {{"max", Pooling::kMax}, {"average", Pooling::kAverage}}, always),
          choice<Padding>("padding", "Network", "what convolutions see beyond the border",
                          &TransferOptions::padding,
                          {{"zero", Padding::kZero},
                           {"reflect", Padding::kReflect},
                           {"replicate", Padding::kReplicate}},
                          always)};
}

std::vector<OptionEntry> optimizer_options() {
  const Ineffective needs_adam = unless(is_adam, "the optimizer is lbfgs");
  const Ineffective needs_lbfgs =
      unless([](const TransferOptions& o) { return !is_adam(o); }, "the optimizer is adam");
  return {
      integer("iterations", "Optimizer", "loss evaluations (forward + backward) over all scales",
              &TransferOptions::iterations, 1, kMostIterations,
              unless([](const TransferOptions& o) { return o.scale_iterations.empty(); },
                     "--scale-iterations gives them")),
      choice<OptimizerKind>(
          "optimizer", "Optimizer", "how pixels are moved", &TransferOptions::optimizer,
          {{"adam", OptimizerKind::kAdam}, {"lbfgs", OptimizerKind::kLbfgs}}, always),
      number("learning-rate", "Optimizer", "step length", &TransferOptions::learning_rate,
             {0, kMost, true}, always),
      number("adam-beta1", "Optimizer", "decay of the first moment", &TransferOptions::adam_beta1,
             {0, 0.9999999}, needs_adam),
      number("adam-beta2", "Optimizer", "decay of the second moment", &TransferOptions::adam_beta2,
             {0, 0.9999999999}, needs_adam),
      number("adam-epsilon", "Optimizer", "added to the root of the second moment",
             &TransferOptions::adam_epsilon, {0, kMost, true}, needs_adam),
      integer("lbfgs-history", "Optimizer", "pairs remembered", &TransferOptions::lbfgs_history, 1,
              10000, needs_lbfgs),
      choice<LineSearch>(
          "lbfgs-line-search", "Optimizer", "how far each step goes", &TransferOptions::line_search,
          {{"none", LineSearch::kNone}, {"strong-wolfe", LineSearch::kStrongWolfe}}, needs_lbfgs)};
}

std::vector<OptionEntry> start_options() {
  return {init_option(),
          number("noise-std", "Picture", "standard deviation of the noise, in normalised space",
                 &TransferOptions::noise_std, {0, kMost},
                 unless(starts_from_noise, "only --init noise uses it")),
          seed_option(),
          flag("clamp", "Picture", "clamp pixels to the displayable range after each step",
               &TransferOptions::clamp, always)};
}

std::vector<OptionEntry> output_options() {
  return {choice<OutputRange>("output-range", "Picture",
                              "clip to the displayable range, or stretch the whole range to it",
                              &TransferOptions::output_range,
                              {{"clip", OutputRange::kClip}, {"rescale", OutputRange::kRescale}},
                              always),
          integer("save-every", "Picture", "evaluations between snapshots OUT_NNNN; 0 = none",
                  &TransferOptions::save_every, 0, kMostIterations, always)};
}

std::vector<OptionEntry> build_table() {
  std::vector<OptionEntry> table;
  append(table, OptionStage::kMachine, machine_options());
  append(table, OptionStage::kSizes, size_options());
  for (const OptionEntry& entry : loss_options()) {
    table.push_back(entry);
  }
  append(table, OptionStage::kNetwork, network_options());
  append(table, OptionStage::kPath, optimizer_options());
  append(table, OptionStage::kPath, start_options());
  append(table, OptionStage::kOutput, output_options());
  return table;
}

}  // namespace

const std::vector<OptionEntry>& option_table() {
  static const std::vector<OptionEntry> table = build_table();
  return table;
}

const OptionEntry& find_option(const std::string& name) {
  const std::vector<OptionEntry>& table = option_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const OptionEntry& entry) { return entry.name == name; });
  if (found == table.end()) {
    std::vector<std::string> names;
    names.reserve(table.size());
    for (const OptionEntry& entry : table) {
      names.push_back(entry.name);
    }
    throw UsageError("unknown option '" + name + "'", "option",
                     did_you_mean(name, names, "see impasto transfer --help-all"));
  }
  return *found;
}

void set_option(TransferOptions& options, const std::string& name, const std::string& value) {
  find_option(name).set(options, value);
}

std::string text_of_stage(const TransferOptions& options, OptionStage stage) {
  std::string text;
  for (const OptionEntry& entry : option_table()) {
    if (entry.stage == stage) {
      if (const std::optional<std::string> value = entry.get(options)) {
        text += " " + entry.name + "=" + *value;
      }
    }
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> effective_settings(
    const TransferOptions& options) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const OptionEntry& entry : option_table()) {
    const std::optional<std::string> value = entry.get(options);
    if (value && !entry.ineffective(options)) {
      settings.emplace_back(entry.name, *value);
    }
  }
  return settings;
}

}  // namespace impasto
