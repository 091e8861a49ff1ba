#!/usr/bin/env bash
# Builds by the demo's own path, in this build folder, and asks the program which backends it has.
#
#   demo_build_test.sh SOURCE_FOLDER BUILD_FOLDER EXPECTED
#
# EXPECTED is what --version must say of the CUDA backend: "built" where CMake found all it needs, else "not built (missing: …)".
# The plug-in is moved away first: what the demo does not ask for would otherwise lie there from the tests' own build.
set -euo pipefail

source=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
expected=$3
preset=$(basename "$build")
if [[ $build != "$source/build/$preset" ]]; then
  echo "skipped: $build is not the folder of a preset"
  exit 77
fi

plugin=$build/lib/libimpasto_cuda.so
# Whatever happens, the other tests find it where it was.
restore() {
  if [[ -e $plugin.away && ! -e $plugin ]]; then
    mv "$plugin.away" "$plugin"
  fi
  rm -f "$plugin.away"
}
trap restore EXIT
if [[ -e $plugin ]]; then
  mv "$plugin" "$plugin.away"
fi
# What it cannot paint is said before it builds.
for arguments in "content-that-is-not-there.jpg style.jpg" "one.jpg" "a b c d" "--unknown"; do
  status=0
  # shellcheck disable=SC2086
  refused=$("$source/tools/demo.sh" $arguments 2>&1) || status=$?
  [[ $status -eq 2 && $refused == "demo: error: "* && $refused != *$'\n'* ]]
done
said=$(IMPASTO_PRESET=$preset "$source/tools/demo.sh" --build-only)
version=$("$build/impasto" --version)
printf '%s\n%s\n' "$said" "$version"
[[ $version == *"CUDA backend: $expected"* ]]
if [[ $expected != built ]]; then
  [[ $said == *'no GPU is used: '*'with that a GPU would be used'* ]]
fi
