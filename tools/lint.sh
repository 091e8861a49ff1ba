#!/usr/bin/env bash
# Formatting of every source, shell scripts, and clang-tidy over src/ with the compile commands of build/test.
#
#   tools/lint.sh
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

git ls-files -z '*.cpp' '*.hpp' '*.cu' '*.cuh' | xargs -0 clang-format --dry-run --Werror
git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck -x
git ls-files -z 'src/*.cpp' |
  xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p build/test --extra-arg=-Wno-unknown-warning-option 2>/dev/null
echo "lint: formatting, shell scripts and sources are clean"
