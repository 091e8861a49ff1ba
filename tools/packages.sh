# Debian and Ubuntu packages, by what they are for. Sourced by tools/setup.sh.
# shellcheck shell=bash disable=SC2034

build_packages=(
  build-essential cmake ninja-build pkg-config git
  libdnnl-dev             # convolutions on the CPU
  ocl-icd-opencl-dev      # named by libdnnl-dev's CMake package, and only recommended by it
  libhwy-dev              # SIMD on the CPU
  libopenblas-openmp-dev  # Gram matrices of small networks on the CPU
  libhdf5-dev             # weights files
  libzip-dev              # zip checkpoints
  nettle-dev              # SHA-256
  libjpeg-dev             # JPEG pictures, by libjpeg-turbo
  libpng-dev              # PNG pictures
  libwebp-dev             # WebP pictures
  libtiff-dev             # TIFF pictures
  libheif-dev             # HEIC (iPhones') and AVIF pictures
  zlib1g-dev              # colour profiles and texts in PNG
  libstb-dev              # BMP, TGA, PGM and PPM pictures; writing
  libexif-dev             # picture orientation
  liblcms2-dev            # colour profiles
  libcairo2-dev           # figures
  fonts-dejavu-core       # their labels
  libcli11-dev            # command line
  libtomlplusplus-dev     # configuration files
  nlohmann-json3-dev      # JSON
)
test_packages=(
  libgtest-dev libgmock-dev
  libexpat1-dev           # XML, to read figures back
  libssl-dev              # SHA-256 and base64, to check ours
  libbenchmark-dev        # micro-benchmarks
  clang-format clang-tidy shellcheck
  libomp-dev              # omp.h for clang-tidy
)
fuzz_packages=(
  clang libclang-rt-dev  # tools/fuzz.sh: libFuzzer and its sanitizers
)
browser_packages=(
  chromium chromium-driver  # opens the teaching report
  python3-selenium          # drives it; for Debian's own /usr/bin/python3
)
bundle_packages=(
  patchelf  # tools/bundle.sh: where moved programs look for their libraries
  xz-utils
)
