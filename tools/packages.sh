# Debian and Ubuntu packages, by what they are for. Sourced by tools/setup.sh.
# shellcheck shell=bash disable=SC2034

build_packages=(
  build-essential cmake ninja-build pkg-config git
  libdnnl-dev             # convolutions on the CPU
  libopenblas-openmp-dev  # Gram matrices on the CPU
  libhdf5-dev             # weights files
  libzip-dev              # zip checkpoints
  libssl-dev              # SHA-256
  zlib1g-dev              # colour profiles in PNG
  libstb-dev              # picture formats
  libexif-dev             # picture orientation
  liblcms2-dev            # colour profiles
  libcli11-dev            # command line
  libtomlplusplus-dev     # configuration files
  nlohmann-json3-dev      # JSON
)
test_packages=(
  libgtest-dev libgmock-dev
  clang-format clang-tidy shellcheck
)
bundle_packages=(
  patchelf  # tools/bundle.sh: where moved programs look for their libraries
  xz-utils
)
