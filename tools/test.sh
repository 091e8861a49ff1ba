#!/usr/bin/env bash
# Sets up, builds and runs every test, and checks formatting and lint.
#
#   tools/test.sh [--sanitize | --thread] [--browser] [--fuzz]
#
# --sanitize runs the tests under AddressSanitizer and UndefinedBehaviorSanitizer instead, --thread under ThreadSanitizer.
# --browser installs Chromium too, and opens the teaching report in it. --fuzz installs clang too, and ends with ten seconds of
# each fuzzer, from one seed.
# IMPASTO_TEST_WEIGHTS and IMPASTO_TEST_IMAGES name folders of real weights and pictures; tests that want them are skipped
# without.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
preset='test'
packages=(--test)
fuzz=false
for argument in "$@"; do
  case $argument in
    --sanitize) preset='sanitize' ;;
    --thread) preset='threads' ;;
    --browser) packages+=(--browser) ;;
    --fuzz)
      packages+=(--fuzz)
      fuzz=true
      ;;
    -h | --help)
      sed -n '2,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    *)
      echo "test: error: unknown argument $argument" >&2
      exit 2
      ;;
  esac
done

tools/setup.sh "${packages[@]}"
tools/build.sh "$preset"
if [[ $preset == test ]]; then
  tools/lint.sh
fi
ctest --preset "$preset" --parallel "$(nproc)"
if $fuzz; then
  tools/fuzz.sh --seconds 10 --seed 1  # the same inputs on every machine
fi
