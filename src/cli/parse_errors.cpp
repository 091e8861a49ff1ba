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

/// "impasto transfer"
std::string called(const CLI::App& command) {
  return command.get_parent() == nullptr ? "impasto" : "impasto " + command.get_name();
}

/// As it is typed: "-o", "--size"; CONTENT for one that has no name.
std::string name_of(const CLI::Option& option) {
  if (!option.get_snames().empty()) {
    return "-" + option.get_snames().front();
  }
  return option.get_lnames().empty() ? option.get_type_name() : "--" + option.get_lnames().front();
}

/// "-o OUT", "CONTENT"
std::string with_value(const CLI::Option& option) {
  const std::string name = name_of(option);
  return name == option.get_type_name() ? name : name + " " + option.get_type_name();
}

/// What the command cannot do without, given or not.
std::vector<const CLI::Option*> required_options(const CLI::App& command) {
  std::vector<const CLI::Option*> required;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_required()) {
      required.push_back(option);
    }
  }
  return required;
}

/// "type impasto convert CHECKPOINT -o WEIGHTS.h5"
std::string usage_remedy(const CLI::App& command) {
  std::string text = "type " + called(command);
  for (const CLI::Option* option : required_options(command)) {
    text += " " + with_value(*option);
  }
  return text;
}

UsageError missing_words(const CLI::App& command) {
  std::string missing;
  std::size_t count = 0;
  for (const CLI::Option* option : required_options(command)) {
    if (option->count() == 0) {
      missing += (missing.empty() ? "" : " and ") + with_value(*option);
      ++count;
    }
  }
  return UsageError(missing + (count == 1 ? " is missing" : " are missing"), called(command),
                    usage_remedy(command));
}

/// The option that CLI11 complains of, "--size: ..." or "Could not convert: --size = ..."; null
/// where it names none.
const CLI::Option* option_meant(const CLI::App& command, const std::string& complaint) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (complaint.starts_with(name + ":") ||
        complaint.find(": " + name + " = ") != std::string::npos) {
      return option;
    }
  }
  return nullptr;
}

UsageError wrong_value(const CLI::App& command, const CLI::Option& option,
                       const CLI::ParseError& error) {
  const std::string name = name_of(option);
  const std::vector<std::string>& values = option.results();
  if (values.empty()) {
    return UsageError(name + " has no value", called(command), "type " + with_value(option));
  }
  if (std::find(values.begin(), values.end(), "") != values.end()) {
    return UsageError(name + " has an empty value", called(command),
                      "give it one; in a script, a variable may be unset");
  }
  if (values.back().starts_with("--")) {
    return UsageError(
        name + " has no value, for the next word, " + values.back() + ", is an option",
        called(command),
        "type " + with_value(option) + "; a file of that name is ./" + values.back());
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return UsageError(name + " is given more than once", called(command), "give it once");
  }
  if (option.get_items_expected_max() == 0) {
    return UsageError(name + " takes no value, and '" + values.back() + "' is none",
                      called(command), "type " + name);
  }
  const std::string complaint = error.what();
  const bool is_remedy = complaint.starts_with(option.get_name() + ": ");
  return UsageError("'" + values.back() + "' is not a value of " + name, name,
                    is_remedy ? complaint.substr(option.get_name().size() + 2)
                              : "give " + option.get_type_name());
}

UsageError unknown_option(const CLI::App& command, const std::string& word) {
  const std::string option = option_of(word);
  const std::string name = option.substr(option.find_first_not_of('-'));
  const std::vector<std::string> names = option_names(command);
  std::string near = known_elsewhere(name);
  if (std::find(names.begin(), names.end(), near) == names.end()) {
    near = near_name(name, names);
  }
  if (names_picture(name)) {
    return UsageError(
        "unknown option " + option, called(command),
        "pictures are named without an option: impasto transfer CONTENT STYLE -o OUT");
  }
  return UsageError(
      "unknown option " + option, called(command),
      near.empty() ? "see " + called(command) + " --help-all" : "did you mean --" + near + "?");
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
    if (word.starts_with("--") && word.find('=') == word.size() - 1 && !is_file(word)) {
      // CLI11 would take the next word for the value.
      throw UsageError(word + " has an empty value", "command line",
                       "give it one; in a script, a variable may be unset");
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
  if (!extras.empty()) {
    return UsageError("'" + extras.front() + "' is a word too many", called(command),
                      usage_remedy(command));
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return missing_words(command);
  }
  if (const CLI::Option* option = option_meant(command, error.what())) {
    return wrong_value(command, *option, error);
  }
  return UsageError(error.what(), "command line", "see " + called(command) + " --help");
}

std::vector<std::string> with_help_as_option(const CLI::App& app, std::vector<std::string> words) {
  if (words.empty() || words.front() != "help") {
    return words;
  }
  words.erase(words.begin());
  const std::vector<std::string> commands = command_names(app);
  if (words.empty()) {
    return {"--help"};
  }
  if (std::find(commands.begin(), commands.end(), words.front()) != commands.end()) {
    words.insert(words.begin() + 1, "--help");
  }
  return words;
}

}  // namespace impasto
