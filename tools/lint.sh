#!/usr/bin/env bash
# Formatting of every source, shell scripts, and clang-tidy over src/ with the compile commands of build/test.
#
#   tools/lint.sh
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

git ls-files -z '*.cpp' '*.hpp' '*.cu' '*.cuh' | xargs -0 clang-format --dry-run --Werror
git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck -x
# Without the CUDA toolkit its backend is not built, and cannot be read.
sources=('src/*.cpp')
if ! grep -q 'backend/cuda/' build/test/compile_commands.json; then
  sources+=(':!src/backend/cuda/')
fi
# The analyzer looks along calls less deeply than it could: half the time, and what it finds here is in single functions.
shallow=(--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow)
git ls-files -z "${sources[@]}" |
  xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p build/test --extra-arg=-Wno-unknown-warning-option "${shallow[@]}" 2>/dev/null
echo "lint: formatting, shell scripts and sources are clean"
