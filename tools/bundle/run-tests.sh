#!/usr/bin/env bash
# Runs the bundle's tests, from any folder. On a GPU machine they run on the GPU too (names with /cuda_fp32, /cuda_tf32, ...).
#
#   run-tests.sh [-j N] [--logs FOLDER] [-- GOOGLETEST-OPTION...]
#
#   -j N            processes that share the tests; default half of the processors, at most 8
#   --logs FOLDER   keeps one log per process there
#   --gtest_filter=... and other options of GoogleTest go behind --
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
jobs=$(($(nproc) / 2))
jobs=$((jobs < 1 ? 1 : jobs > 8 ? 8 : jobs))
logs=
while (($# > 0)); do
  case $1 in
    -h | --help)
      sed -n '2,8p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    -j | --logs)
      if (($# < 2)); then
        echo "run-tests: error: $1 needs a value (--help tells more)" >&2
        exit 2
      fi
      if [[ $1 == -j ]]; then jobs=$2; else logs=$2; fi
      shift 2
      ;;
    --)
      shift
      break
      ;;
    *)
      echo "run-tests: error: unknown argument $1 (--help tells more)" >&2
      exit 2
      ;;
  esac
done
if [[ ! $jobs =~ ^[1-9][0-9]*$ ]]; then
  echo "run-tests: error: -j $jobs is not a number of processes" >&2
  exit 2
fi

# shellcheck source=tools/bundle/check-glibc.sh
source "$here/share/check-glibc.sh"
export IMPASTO_TEST_DATA=$here/tests/data IMPASTO_SAMPLES=$here/docs/samples IMPASTO_PROGRAM=$here/bin/impasto
export IMPASTO_CACHE=off GOMP_SPINCOUNT=0 # processes side by side: threads that wait must not spin
if [[ -z $logs ]]; then
  logs=$(mktemp -d)
  trap 'rm -rf "$logs"' EXIT
fi
mkdir -p "$logs"

failed=0
run_shared() { # PROGRAM PROCESSES OPTION...
  local program=$1 processes=$2 number log
  local -a children=()
  shift 2
  for ((number = 0; number < processes; ++number)); do
    GTEST_TOTAL_SHARDS=$processes GTEST_SHARD_INDEX=$number "$here/bin/$program" "$@" \
      >"$logs/$program.$number.log" 2>&1 &
    children+=($!)
  done
  for ((number = 0; number < processes; ++number)); do
    log=$logs/$program.$number.log
    if wait "${children[$number]}"; then
      sed -n '/^\[  PASSED/,$p; /^\[  SKIPPED \].*(/p' "$log"
      continue
    fi
    failed=1
    # What a crash said last, or every failure with its message.
    grep -q '^\[  PASSED  \]' "$log" || tail -n 20 "$log"
    sed -n '/^\[ RUN      \]/{h;d;}; H; /^\[  FAILED  \].*ms)$/{x;p;}' "$log"
    sed -n '/^\[  PASSED/,$p' "$log"
    echo "run-tests: $program failed, process $number of $processes"
  done
}

for program in impasto_tests cuda_emulation_tests; do
  if [[ -x $here/bin/$program ]]; then
    run_shared "$program" "$jobs" "$@"
  fi
done
count() { cat "$logs"/*.log | grep -c "$1" || true; }
echo "run-tests: $(count '^\[       OK \]') passed, $(count '^\[  FAILED  \].* ms)$') failed, $(count '^\[  SKIPPED \].* ms)$') skipped; on the GPU: $(count '^\[       OK \].*/cuda_[ftb]') passed, $(count '^\[  FAILED  \].*/cuda_[ftb].* ms)$') failed"
exit "$failed"
