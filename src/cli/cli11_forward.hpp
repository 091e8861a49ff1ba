// CLI11's types, for headers that only name them: reading all of CLI11 takes a compiler seconds.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
class Option;
class ParseError;
}  // namespace CLI
