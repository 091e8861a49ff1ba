// What --help says: examples and the options that people use. --help-all says everything.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace impasto {

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  /// "CONTENT", as the list below the usage line calls it, not "content".
  std::string make_option_usage(const CLI::Option* option) const override;
  /// Shows "--clamp,--no-clamp" and not the values that CLI11 writes behind flags,
  /// "--clamp{true},--no-clamp{false}".
  std::string make_option_name(const CLI::Option* option, bool positional) const override;
};

}  // namespace impasto
