// The program where the CUDA backend was not built: it says what that build lacked.
#include "cli/cli_fixture.hpp"
#include "support/paths.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

const std::string kPlugin = "libimpasto_cuda.so";

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
      } else if (name != kPlugin) {
        fs::create_symlink(library.path(), copy() / "lib" / name);
      }
    }
  }

  ProgramResult run_copy(const Words& arguments) {
    return run_program(
        {.arguments = arguments, .program = copy() / "bin" / "impasto", .folder = path("")});
  }
  ProgramResult devices_with_cuda_in(const std::string& folder) {
    return run_program({.arguments = {"devices"},
                        .program = copy() / "bin" / "impasto",
                        .folder = path(""),
                        .environment = {{"CUDA_HOME", folder}}});
  }
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
  fs::create_symlink(kPlugin, path("copy/lib/" + kPlugin));
  const std::string devices = run_copy({"devices"}).out;
  EXPECT_EQ(devices.find("was not built"), std::string::npos) << devices;
  EXPECT_NE(devices.find("Too many levels of symbolic links"), std::string::npos) << devices;
}

/// CUDA's libraries are looked for in some more folders than the loader's own. The plug-in here
/// wants a library that is nowhere but in such a folder, and that is no library.
TEST_F(NoPluginTest, NoLibraryIsTakenFromAPlaceThatDependsOnTheCurrentFolder) {
  const fs::path built =
      fs::canonical(program_path()).parent_path().parent_path() / "lib" / kPlugin;
  if (!fs::exists(built)) {
    GTEST_SKIP() << "the CUDA backend was not built";
  }
  std::string plugin = bytes_of(built.string());
  const std::string wanted = "libcudnn.so.9";
  const std::string planted = "libplanted.so";
  const std::size_t at = plugin.find(wanted);
  ASSERT_NE(at, std::string::npos) << "the plug-in does not say that it wants " << wanted;
  keep("copy/lib/" + kPlugin, plugin.replace(at, wanted.size(), planted));
  fs::create_directories(path("cuda/lib64"));
  keep("cuda/lib64/" + planted, "no library");
  const std::string absolute = devices_with_cuda_in(path("cuda")).out;
  EXPECT_NE(absolute.find("cuda/lib64/" + planted), std::string::npos) << absolute;
  const std::string relative = devices_with_cuda_in("cuda").out;
  EXPECT_NE(relative.find(planted + ": cannot open shared object file"), std::string::npos)
      << relative;
  EXPECT_EQ(relative.find("cuda/lib64/" + planted), std::string::npos) << relative;
}

}  // namespace
}  // namespace impasto
