#!/usr/bin/env bash
# Configures and builds a CMake preset: tools/build.sh PRESET [TARGET]. Presets: release, test, sanitize.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
case ${1:-} in
  '' | -*)
    sed -n '2p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
    [[ ${1:-} == -h || ${1:-} == --help ]] && exit 0
    exit 2
    ;;
esac
cmake --preset "$1" >/dev/null || {
  cmake --preset "$1"
  exit 1
}
cmake --build --preset "$1" ${2:+--target "$2"}
