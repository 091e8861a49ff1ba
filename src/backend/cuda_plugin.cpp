#include "backend/cuda_plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "core/build_facts.hpp"
#include "core/files.hpp"
#include "impasto/error.hpp"

namespace impasto {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPluginName = "libimpasto_cuda.so";

/// Beside the library that this code is part of.
fs::path plugin_path() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&cuda_devices), &info) == 0) {
    return kPluginName;
  }
  std::error_code ignored;
  const fs::path library = fs::weakly_canonical(info.dli_fname, ignored);
  return (library.empty() ? fs::path(info.dli_fname) : library).parent_path() / kPluginName;
}

std::vector<fs::path> folders_in(const fs::path& parent) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error)) {
      folders.push_back(entry->path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// Library folders of the nvidia-* Python packages of one Python installation.
void add_python_folders(const fs::path& prefix, std::vector<fs::path>& folders) {
  for (const fs::path& version : folders_in(prefix / "lib")) {
    if (!version.filename().string().starts_with("python3")) {
      continue;
    }
    for (const char* packages : {"site-packages", "dist-packages"}) {
      for (const fs::path& package : folders_in(version / packages / "nvidia")) {
        folders.push_back(package / "lib");
      }
    }
  }
}

/// The prefixes of the python3 programs on PATH.
std::vector<fs::path> python_prefixes() {
  std::vector<fs::path> prefixes;
  const char* path = std::getenv("PATH");
  const std::string folders = path != nullptr ? path : "";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    std::error_code error;
    const fs::path program = fs::path(folders.substr(begin, end - begin)) / "python3";
    if (end > begin && fs::exists(program, error)) {
      prefixes.push_back(program.parent_path().parent_path());
      // A virtual environment may lean on the packages of the Python behind it.
      const fs::path real = fs::canonical(program, error);
      if (!error) {
        prefixes.push_back(real.parent_path().parent_path());
      }
    }
    begin = end + 1;
  }
  return prefixes;
}

/// Where CUDA's libraries may lie besides where the loader looks. No place that depends on the
/// current folder: what lies there must never run.
std::vector<fs::path> library_folders() {
  std::vector<fs::path> folders;
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"}) {
    if (const char* home = std::getenv(variable); home != nullptr && *home != '\0') {
      folders.push_back(fs::path(home) / "lib64");
      folders.push_back(fs::path(home) / "lib");
    }
  }
  for (const char* folder : {"/usr/local/cuda/lib64", "/usr/local/cuda/lib"}) {
    folders.emplace_back(folder);
  }
  if (const char* environment = std::getenv("VIRTUAL_ENV"); environment != nullptr) {
    add_python_folders(environment, folders);
  }
  for (const fs::path& prefix : python_prefixes()) {
    add_python_folders(prefix, folders);
  }
  if (const char* home = std::getenv("HOME"); home != nullptr) {
    add_python_folders(fs::path(home) / ".local", folders);
  }
  std::erase_if(folders, [](const fs::path& folder) { return folder.is_relative(); });
  return folders;
}

/// "libcudnn.so.9: cannot open shared object file: …" names what is missing; empty for other
/// errors.
std::string missing_library(const std::string& loader_error) {
  const std::size_t colon = loader_error.find(": cannot open shared object file");
  return colon == std::string::npos ? "" : loader_error.substr(0, colon);
}

/// Opens `file`; libraries that the loader does not find are opened first from where they may lie.
class Loader {
 public:
  /// Null where that fails; error() then tells why.
  void* open(const std::string& file) {
    while (true) {
      void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
      if (handle != nullptr) {
        return handle;
      }
      error_ = dlerror();
      const std::string missing = missing_library(error_);
      if (missing.empty() || missing.find('/') != std::string::npos ||
          !tried_.insert(missing).second || !open_from_folders(missing)) {
        return nullptr;
      }
    }
  }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  /// Where a file of that name is found but cannot be opened, error_ tells what that one lacks.
  bool open_from_folders(const std::string& name) {
    for (const fs::path& folder : library_folders()) {
      std::error_code error;
      if (fs::exists(folder / name, error) && open((folder / name).string()) != nullptr) {
        return true;
      }
    }
    return false;
  }

  std::set<std::string> tried_;
  std::string error_;
};

std::string no_plugin() {
  return "the CUDA backend was not built, for want of " + std::string(missing_for_cuda()) +
         "; with that a GPU would be used";
}

/// One that may not be looked at counts: the loader tells why it cannot be opened.
bool plugin_exists() {
  return !is_missing(plugin_path().string());
}

/// The driver's own library is where the loader finds it, or there is no driver.
bool driver_exists() {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
  if (driver == nullptr) {
    return false;
  }
  dlclose(driver);
  return true;
}

struct Plugin {
  CudaDevices devices;
  MakeCudaBackend make = nullptr;
};

Plugin load_plugin() {
  Plugin plugin;
  const fs::path path = plugin_path();
  if (!plugin_exists()) {
    plugin.devices.reason = no_plugin();
    return plugin;
  }
  Loader loader;
  void* library = loader.open(path.string());
  if (library == nullptr) {
    plugin.devices.reason = "a library cannot be loaded: " + loader.error();
    return plugin;
  }
  plugin.make = reinterpret_cast<MakeCudaBackend>(dlsym(library, "impasto_make_cuda_backend"));
  const auto find = reinterpret_cast<FindCudaDevices>(dlsym(library, "impasto_find_cuda_devices"));
  if (plugin.make == nullptr || find == nullptr) {
    plugin.devices.reason = path.string() + " belongs to another version of impasto";
    return plugin;
  }
  find(plugin.devices);
  return plugin;
}

const Plugin& plugin() {
  static const Plugin loaded = load_plugin();
  return loaded;
}

}  // namespace

const CudaDevices& cuda_devices() {
  return plugin().devices;
}

std::string why_no_cuda() {
  if (!plugin_exists()) {
    return no_plugin();
  }
  return driver_exists() ? cuda_devices().reason
                         : "no NVIDIA driver is installed; with one a GPU would be used";
}

std::string cuda_in_this_build() {
  return plugin_exists() ? "built" : "not built (missing: " + std::string(missing_for_cuda()) + ")";
}

std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options) {
  const CudaDevices& devices = cuda_devices();
  const std::string place = "--device cuda:" + std::to_string(options.device);
  if (!devices.reason.empty()) {
    throw DeviceError(devices.reason, place, "impasto devices tells more; or use --device cpu");
  }
  const auto index = static_cast<std::size_t>(options.device);
  if (index >= devices.names.size()) {
    throw DeviceError("there is no such device", place, "impasto devices lists those there are");
  }
  if (devices.names[index].empty()) {
    throw DeviceError(devices.lines[index], place, "use another device, or --device cpu");
  }
  std::unique_ptr<Backend> made;
  plugin().make(options, made);
  return made;
}

}  // namespace impasto
