#include "cli/trace_file.hpp"

#include <cstdio>

namespace impasto {

std::string trace_csv(const std::vector<TraceRow>& trace) {
  std::string text = "iteration,scale,total,content,style,tv,seconds\n";
  for (const TraceRow& row : trace) {
    char line[200];
    std::snprintf(line, sizeof line, "%lld,%lld,%.9g,%.9g,%.9g,%.9g,%.9g\n",
                  static_cast<long long>(row.iteration), static_cast<long long>(row.scale),
                  row.total, row.content, row.style, row.tv, row.seconds);
    text += line;
  }
  return text;
}

}  // namespace impasto
