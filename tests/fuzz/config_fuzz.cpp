// TOML files of options.
#include "cli/config.hpp"
#include "fuzz/target.hpp"

IMPASTO_FUZZ_TARGET(config) {
  impasto::fuzz::answer([&] { impasto::parse_config(std::string(bytes), "input"); });
}
