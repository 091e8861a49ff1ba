#include "cli/parse_errors.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/near_name.hpp"

namespace impasto {
namespace {

/// UTF-8 of the characters that take a hyphen's place.
constexpr std::array kDashes{"\u2010", "\u2011", "\u2012", "\u2013", "\u2014",
                             "\u2015", "\u2212", "\uFE58", "\uFE63", "\uFF0D"};
constexpr std::array kQuotes{"\u2018", "\u2019", "\u201C", "\u201D", "\u00AB", "\u00BB"};

template <typename Marks>
const char* leading(const std::string& word, const Marks& marks) {
  for (const char* mark : marks) {
    if (word.starts_with(mark)) {
      return mark;
    }
  }
  return nullptr;
}

/// "–size" as "--size", "—size" too.
std::string with_hyphens(std::string word) {
  for (const char* dash = leading(word, kDashes); dash != nullptr || word.starts_with('-');
       dash = leading(word, kDashes)) {
    word.erase(0, dash != nullptr ? std::string(dash).size() : 1);
  }
  return (word.size() == 1 ? "-" : "--") + word;
}

bool is_file(const std::string& word) {
  std::error_code ignored;
  return std::filesystem::exists(word, ignored);
}

/// What the options of other programs are called here.
std::string known_elsewhere(const std::string& name) {
  static const std::map<std::string, std::string> names{
      {"lr", "learning-rate"},     {"steps", "iterations"}, {"epochs", "iterations"},
      {"num-steps", "iterations"}, {"gpu", "device"},       {"cuda", "device"},
      {"model", "weights"},        {"network", "weights"},  {"layers", "style-layers"},
      {"tv", "tv-weight"},         {"force", "overwrite"}};
  const auto found = names.find(name);
  return found == names.end() ? "" : found->second;
}

/// Long names of what a command takes, without dashes.
std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back(name);
    }
    for (const std::string& name : option->get_fnames()) {
      names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    names.push_back(command->get_name());
  }
  return names;
}

/// "--size", from "--size=3".
std::string option_of(const std::string& word) {
  return word.substr(0, word.find('='));
}

/// Content and style have no options here, as they have in other programs.
bool names_picture(const std::string& name) {
  static const std::set<std::string> names{"content",      "style",         "content-image",
                                           "style-image",  "content_image", "style_image",
                                           "style-images", "style_images",  "input",
                                           "content-path", "style-path",    "input-image"};
  return names.contains(name);
}

/// "-o=out.png", "-output out.png"
bool is_long_output(const std::string& word) {
  const std::string option = option_of(word);
  return word.starts_with("-o=") || option == "-out" || option == "-output" ||
         option == "-output_image" || option == "-output-image";
}

UsageError unknown_option(const CLI::App& command, const std::string& word) {
  const std::string option = option_of(word);
  const std::string name = option.substr(option.find_first_not_of('-'));
  const std::vector<std::string> names = option_names(command);
  std::string near = known_elsewhere(name);
  if (std::find(names.begin(), names.end(), near) == names.end()) {
    near = near_name(name, names);
  }
  const bool is_root = command.get_parent() == nullptr;
  const std::string called = is_root ? "impasto" : "impasto " + command.get_name();
  if (names_picture(name)) {
    return UsageError(
        "unknown option " + option, called,
        "pictures are named without an option: impasto transfer CONTENT STYLE -o OUT");
  }
  return UsageError(
      "unknown option " + option, called,
      near.empty() ? "see " + called + " --help-all" : "did you mean --" + near + "?");
}

UsageError unknown_command(const CLI::App& app, const std::string& word) {
  if (is_file(word)) {
    return UsageError("'" + word + "' is a file, and no command", "command line",
                      "did you mean impasto transfer " + word + " ...?");
  }
  const std::string near = near_name(word, command_names(app));
  return UsageError("unknown command '" + word + "'", "command line",
                    near.empty() ? "see impasto --help" : "did you mean impasto " + near + "?");
}

bool is_option(const std::string& word) {
  return word.starts_with('-') && word.find_first_not_of('-') != std::string::npos;
}

/// The first word that is an option, or is none; empty where there is no such word.
std::string first_of(const std::vector<std::string>& words, bool option) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const std::string& word) {
    return is_option(word) == option;
  });
  return found == words.end() ? "" : *found;
}

}  // namespace

void require_plain_words(int argc, const char* const* argv) {
  for (int n = 1; n < argc; ++n) {
    const std::string word = argv[n];
    // Behind a real hyphen too: "-–size".
    const bool dashed = leading(word, kDashes) != nullptr ||
                        (word.starts_with('-') && leading(word.substr(1), kDashes) != nullptr);
    if (dashed && !is_file(word)) {
      throw UsageError(
          "the dash of " + word + " is no hyphen: web pages and word processors put it in",
          "command line", "type " + with_hyphens(word));
    }
    if (is_long_output(word)) {
      throw UsageError("-o takes the rest of " + word + " for a file name", "command line",
                       "type -o OUT or --output OUT");
    }
    if (leading(word, kQuotes) != nullptr && !is_file(word)) {
      throw UsageError("the quotation mark of " + word + " is none to the shell", "command line",
                       "type \" or '");
    }
  }
}

UsageError usage_error_of(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> commands = app.get_subcommands();
  const CLI::App& command = commands.empty() ? app : *commands.front();
  const std::vector<std::string> extras = command.remaining();
  if (const std::string word = first_of(extras, false); commands.empty() && !word.empty()) {
    return unknown_command(app, word);
  }
  if (const std::string option = first_of(extras, true); !option.empty()) {
    return unknown_option(command, option);
  }
  const std::string help =
      commands.empty() ? "impasto --help" : "impasto " + command.get_name() + " --help";
  return UsageError(error.what(), "command line", "see " + help);
}

}  // namespace impasto
