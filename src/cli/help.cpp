#include "cli/help.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <vector>

namespace impasto {
namespace {

struct Example {
  std::string command;
  std::string does;
};

struct ShortHelp {
  std::vector<Example> examples;
  /// Long names of the options that people use; none: --help shows all there are.
  std::vector<std::string> options;
};

const std::map<std::string, ShortHelp>& short_helps() {
  static const std::map<std::string, ShortHelp> helps{
      {"impasto",
       {{{"impasto transfer photo.jpg painting.jpg -o out.png", "paint the photograph"},
         {"impasto transfer --help", "more examples, and the options that people use"},
         {"impasto devices", "what can compute here"}},
        {}}},
      {"transfer",
       {{{"impasto transfer photo.jpg painting.jpg -o out.png", "paint the photograph"},
         {"impasto transfer photo.jpg painting.jpg -o out.png --weights oriented",
          "the same with a network that needs no download"},
         {"impasto transfer photo.jpg painting.jpg -o large.png --scales 256,512,1024",
          "a large picture, coarse to fine"},
         {"impasto transfer photo.jpg painting.jpg -o out.png --balance 100",
          "set how hard the style pulls against the content"},
         {"impasto transfer photo.jpg one.jpg two.jpg -o out.png --style-weights 0.7,0.3",
          "blend two paintings"}},
        {"output", "weights", "preset", "strength", "balance", "size", "scales", "iterations",
         "style-scale", "init", "device", "save-every", "resume", "help", "help-all"}}},
      {"sweep",
       {{{"impasto sweep photo.jpg painting.jpg --vary balance=10,100,1000 -o grid.png",
          "one row: the same picture at three balances"},
         {"impasto sweep photo.jpg painting.jpg --vary style-scale=0.5,1 --vary iterations=50,200 "
          "-o grid.png",
          "rows and columns"},
         {"impasto sweep photo.jpg --vary 'style=one.jpg,two.jpg' --inputs -o grid.png",
          "several paintings, with the inputs beside them"}},
        {"output", "vary", "inputs", "columns", "weights", "preset", "strength", "balance", "size",
         "iterations", "device", "overwrite", "help", "help-all"}}},
      {"reconstruct",
       {{{"impasto reconstruct photo.jpg --content-layers relu1_1,relu2_1,relu3_1 -o layers.png",
          "what each layer still knows of the photograph"},
         {"impasto reconstruct painting.jpg --style-layers relu1_1,relu2_1,relu3_1 --cumulative "
          "-o style.png",
          "the painting's style from growing sets of layers"}},
        {"output", "content-layers", "style-layers", "cumulative", "inputs", "columns", "weights",
         "size", "iterations", "init", "seed", "device", "help", "help-all"}}},
      {"explain",
       {{{"impasto explain photo.jpg painting.jpg -o report.html",
          "watch a small transfer and explain every step of it"},
         {"impasto explain photo.jpg painting.jpg -o report.html --pixel 120,80",
          "follow the gradient of one pixel"}},
        {"output", "pixel", "json", "weights", "preset", "strength", "balance", "content-layers",
         "style-layers", "size", "iterations", "device", "help", "help-all"}}},
      {"plot",
       {{{"impasto transfer photo.jpg painting.jpg -o out.png --trace out.csv",
          "write the losses of a run"},
         {"impasto plot out.csv -o losses.svg", "draw them"}},
        {}}},
      {"convert",
       {{{"impasto convert vgg19-dcbb9e9d.pth -o vgg19.h5", "a checkpoint of torchvision"}}, {}}},
      {"inspect", {{{"impasto inspect vgg19.h5", "layers and family of a weights file"}}, {}}},
      {"gradcheck",
       {{{"impasto gradcheck", "every operation's gradient against finite differences"}}, {}}},
      {"bench", {{{"impasto bench --size 512x512 --json bench.json", "time one iteration"}}, {}}},
  };
  return helps;
}

const ShortHelp* short_help_of(const CLI::App& app) {
  const auto found = short_helps().find(app.get_name());
  return found == short_helps().end() ? nullptr : &found->second;
}

std::string examples_text(const std::vector<Example>& examples) {
  std::string text = "Examples:\n";
  for (const Example& example : examples) {
    text += "  " + example.command + "\n      " + example.does + "\n";
  }
  return text + "\n";
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  const ShortHelp* help = short_help_of(*app);
  if (mode == CLI::AppFormatMode::Sub || help == nullptr) {
    return CLI::Formatter::make_help(app, name, mode);
  }
  const std::string examples = examples_text(help->examples);
  if (mode == CLI::AppFormatMode::All || help->options.empty()) {
    return examples + CLI::Formatter::make_help(app, name, mode);
  }
  std::vector<const CLI::Option*> options;
  for (const std::string& wanted : help->options) {
    if (const CLI::Option* option = app->get_option_no_throw("--" + wanted)) {
      options.push_back(option);
    }
  }
  return examples + make_description(app) + make_usage(app, name) + make_positionals(app) +
         make_group("Options that people use", false, options) + "\n" + make_footer(app) +
         "\nEvery option: impasto " + app->get_name() + " --help-all\n";
}

std::string HelpFormatter::make_option_usage(const CLI::Option* option) const {
  const std::string many = option->get_items_expected_max() > 1 ? "..." : "";
  return option->get_type_name() + many;
}

std::string HelpFormatter::make_option_name(const CLI::Option* option, bool positional) const {
  std::string name = CLI::Formatter::make_option_name(option, positional);
  for (const std::string value : {"{true}", "{false}"}) {
    for (std::size_t at = name.find(value); at != std::string::npos; at = name.find(value)) {
      name.erase(at, value.size());
    }
  }
  return name;
}

}  // namespace impasto
