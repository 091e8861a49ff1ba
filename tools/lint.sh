#!/usr/bin/env bash
# Formatting of every source, shell scripts, and clang-tidy over src/. It needs no build.
#
#   tools/lint.sh [--deep]
#
# --deep runs clang's static analyzer too, which takes as long as all other checks together.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# Units include sources.
checks=('--checks=-bugprone-suspicious-include,-clang-analyzer-*')
for argument in "$@"; do
  case $argument in
    -h | --help)
      sed -n '2,6p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    --deep) checks=('--checks=-bugprone-suspicious-include') ;;
    *)
      echo "lint: error: unknown argument $argument" >&2
      exit 2
      ;;
  esac
done

git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck -x
# Each version of these two has an opinion of its own.
version=14
for tool in clang-format clang-tidy; do
  if [[ $("$tool" --version) != *"version $version."* ]]; then
    echo "lint: shell scripts are clean; the sources are checked with version $version of $tool only, so that is skipped here"
    exit 0
  fi
done
git ls-files -z '*.cpp' '*.hpp' '*.cu' '*.cuh' | xargs -0 clang-format --dry-run --Werror
# A folder is read as one unit: most of the time goes into the headers, which are then read once for all its sources. Without
# the CUDA toolkit its backend is not built, and cannot be read.
cmake --preset lint >/dev/null
grep -o '"file": "[^"]*\.c[px][px]"' build/lint/compile_commands.json | cut -d '"' -f 4 | grep -v '/unity_build_' | tr '\n' '\0' |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p build/lint --header-filter="$root/(src|include)/" \
    --extra-arg=-Wno-unknown-warning-option "${checks[@]}" 2>/dev/null
echo "lint: formatting, shell scripts and sources are clean"
