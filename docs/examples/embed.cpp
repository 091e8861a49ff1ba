// Style transfer from a C++ program, through the public API alone.
//
//   embed CONTENT STYLE OUT WEIGHTS [SIZE]
//
// WEIGHTS: a weights file, "oriented" or "random". Ends with impasto's own exit codes.
#include <impasto/impasto.hpp>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace {

/// Tells how it goes on one line of the terminal, which is written over and over.
class Progress : public impasto::TransferObserver {
 public:
  void on_device(const std::string& description) override {
    std::cerr << "device: " << description << '\n';
  }
  void on_warning(const std::string& message) override {
    std::cerr << "\nwarning: " << message << '\n';
  }
  void on_evaluation(const impasto::TraceRow& row, std::int64_t planned) override {
    std::cerr << "\revaluation " << row.iteration << " of " << planned << ", loss " << row.total
              << (row.iteration == planned ? "\n" : "   ") << std::flush;
  }
};

void run(const std::vector<std::string>& words) {
  impasto::check_writable(words[2]);  // before the work, not after it
  impasto::TransferOptions options =
      impasto::preset(words[3].starts_with("oriented") ? "oriented" : "gatys");
  options.scales = {words.size() > 4 ? std::atoll(words[4].c_str()) : 256};  // long side, pixels
  options.scale_iterations = {};
  options.iterations = 50;
  Progress progress;
  const impasto::TransferResult result =
      impasto::transfer(impasto::load_image(words[0]), {impasto::load_image(words[1])},
                        impasto::load_weights(words[3]), options, progress);
  impasto::save_image(words[2], result.picture);
  std::cout << result.stop_reason << ", loss " << result.trace.front().total << " -> "
            << result.trace.back().total << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 4 || words.size() > 5) {
    std::cerr << "usage: embed CONTENT STYLE OUT WEIGHTS [SIZE]\n";
    return static_cast<int>(impasto::ExitCode::kUsage);
  }
  try {
    run(words);
  } catch (const impasto::Error& error) {  // what, where, and what to do about it
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.exit_code());
  }
}
