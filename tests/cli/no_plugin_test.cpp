// The program where the CUDA backend was not built: it says what that build lacked.
#include "cli/cli_fixture.hpp"
#include "support/paths.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

/// The program and its libraries in a folder of their own, without libimpasto_cuda.so.
class NoPluginTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    const fs::path program = fs::canonical(program_path());
    const fs::path libraries = program.parent_path().parent_path() / "lib";
    if (!fs::exists(libraries)) {
      GTEST_SKIP() << "the libraries are not in " << libraries;
    }
    fs::create_directories(copy() / "bin");
    fs::create_directories(copy() / "lib");
    fs::copy_file(program, copy() / "bin" / "impasto");
    for (const auto& library : fs::directory_iterator(libraries)) {
      const fs::path name = library.path().filename();
      if (name.string().starts_with("libimpasto.so")) {
        fs::copy(library.path(), copy() / "lib" / name, fs::copy_options::copy_symlinks);
      } else if (name != "libimpasto_cuda.so") {
        fs::create_symlink(library.path(), copy() / "lib" / name);
      }
    }
  }

  ProgramResult run_copy(const Words& arguments) {
    return run_program(
        {.arguments = arguments, .program = copy() / "bin" / "impasto", .folder = path("")});
  }

 private:
  [[nodiscard]] fs::path copy() const { return fs::path(path("copy")); }
};

TEST_F(NoPluginTest, VersionSaysThatCudaIsNotBuiltAndWhatWasMissing) {
  const std::string text = run_copy({"--version"}).out;
  EXPECT_TRUE(std::regex_search(text, std::regex(R"(\nCUDA backend: not built \(missing: \S.*\))")))
      << text;
}

TEST_F(NoPluginTest, DevicesAndTheDeviceLineSayThatAGpuWouldBeUsedWithIt) {
  const std::string reason = "the CUDA backend was not built, for want of ";
  const std::string devices = run_copy({"devices"}).out;
  EXPECT_NE(devices.find("cuda: cannot be used: " + reason), std::string::npos) << devices;

  const std::string line = run_copy(usual_transfer({"--progress", "plain"})).err;
  EXPECT_NE(line.find("no CUDA device found: " + reason), std::string::npos) << line;
  EXPECT_NE(line.find("with that a GPU would be used"), std::string::npos) << line;
}

TEST_F(NoPluginTest, APluginThatCannotBeReachedIsNotCalledNotBuilt) {
  const std::string plugin = "libimpasto_cuda.so";
  fs::create_symlink(plugin, path("copy/lib/" + plugin));
  const std::string devices = run_copy({"devices"}).out;
  EXPECT_EQ(devices.find("was not built"), std::string::npos) << devices;
  EXPECT_NE(devices.find("Too many levels of symbolic links"), std::string::npos) << devices;
}

}  // namespace
}  // namespace impasto
