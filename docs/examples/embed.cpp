// Style transfer from a C++ program, through the public API alone.
//
//   embed CONTENT STYLE OUT WEIGHTS
#include <impasto/impasto.hpp>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: embed CONTENT STYLE OUT WEIGHTS\n";
    return 2;
  }
  try {
    impasto::TransferOptions options = impasto::preset("oriented");
    options.scales = {64};
    options.scale_iterations = {20};
    const impasto::TransferResult result =
        impasto::transfer(impasto::load_image(argv[1]), {impasto::load_image(argv[2])},
                          impasto::load_weights(argv[4]), options);
    impasto::save_image(argv[3], result.picture);
    std::cout << result.stop_reason << ", loss " << result.trace.front().total << " -> "
              << result.trace.back().total << '\n';
  } catch (const impasto::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.exit_code());
  }
}
