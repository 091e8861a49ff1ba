#!/usr/bin/env bash
# Fuzzes what reads files: builds the targets of tests/fuzz with clang's libFuzzer and runs them from their corpora, one on each core.
#
#   tools/fuzz.sh [--seconds N | --hours N] [--seed N] [TARGET...]
#
# The time of each target is 60 seconds unless given; all targets unless some are named. From the same seed, another each time
# unless given, the same inputs are tried in the same order, as far as the time allows. What makes a target crash, hang
# (60 s) or take more than 4 GiB is kept in build/fuzz/findings/TARGET, and new inputs that reach further in
# build/fuzz/grown/TARGET. A finding that was mended belongs into tests/fuzz/corpus/TARGET, which the tests replay.
# Exit status 1 where there are findings.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
seconds=60
seed=0
targets=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --seconds | --hours | --seed)
      if [[ ! ${2:-} =~ ^[1-9][0-9]*$ ]]; then
        echo "fuzz: error: $1 needs a whole number" >&2
        exit 2
      fi
      case $1 in
        --seconds) seconds=$2 ;;
        --hours) seconds=$((3600 * $2)) ;;
        --seed) seed=$2 ;;
      esac
      shift
      ;;
    -h | --help)
      sed -n '2,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    -*)
      echo "fuzz: error: unknown argument $1" >&2
      exit 2
      ;;
    *)
      if [[ ! -f tests/fuzz/${1}_fuzz.cpp ]]; then
        echo "fuzz: error: no target $1 in tests/fuzz" >&2
        exit 2
      fi
      targets+=("$1")
      ;;
  esac
  shift
done
if [[ ${#targets[@]} -eq 0 ]]; then
  for source in tests/fuzz/*_fuzz.cpp; do
    target=$(basename "$source" _fuzz.cpp)
    targets+=("$target")
  done
fi
if ! command -v clang++ >/dev/null; then
  echo "fuzz: error: clang++ is missing; tools/setup.sh --fuzz installs it" >&2
  exit 1
fi

tools/build.sh fuzz >/dev/null || {
  tools/build.sh fuzz
  exit 1
}
# libhdf5 1.10 asks for as much as damaged metadata declares, and forgets an object header of some hundred bytes when its
# checksum does not match; see tests/weights/hostile_checkpoint_test.cpp.
# What is freed goes back to the system soon: the limit below is for what an input takes, not for what thousands left behind.
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1:quarantine_size_mb=16:allocator_release_to_os_interval_ms=500
export LSAN_OPTIONS=suppressions=$root/tests/fuzz/leaks.txt:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
# The readers' files, in memory where that is possible.
TMPDIR=$(mktemp -d /dev/shm/impasto-fuzz-XXXXXX 2>/dev/null || mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# fuzz_one TARGET: a line of the table; fails where there are findings.
fuzz_one() {
  local target=$1 findings=build/fuzz/findings/$1 grown=build/fuzz/grown/$1 log=build/fuzz/$1.log
  local before new executions coverage status=0
  mkdir -p "$findings" "$grown"
  before=$(find "$findings" -type f | wc -l)
  # A picture of 128 megapixels, as any small file may declare, is 1.5 GB of floats with its samples beside, and takes 20 s here.
  "build/fuzz/tests/fuzz/${target}_fuzz" -seed="$seed" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -malloc_limit_mb=2048 -max_len=65536 \
    -artifact_prefix="$findings/" "$grown" "tests/fuzz/corpus/$target" >"$log" 2>&1 || status=$?
  new=$(($(find "$findings" -type f | wc -l) - before))
  executions=$(sed -n 's/^#\([0-9][0-9]*\).*/\1/p' "$log" | tail -1)
  coverage=$(sed -n 's/.* cov: *\([0-9]*\).*/\1/p' "$log" | tail -1)
  printf '%-16s %12s %10s %9s\n' "$target" "${executions:-0}" "${coverage:-0}" "$new"
  grep '^libhdf5 crashed by itself' "$log" | sed 's/^/  /' || true
  if ((new > 0 || status != 0)); then
    echo "  kept in $findings; what was said of it in $log (exit status $status)"
    return 1
  fi
}
export -f fuzz_one
export seconds seed

printf '%-16s %12s %10s %9s\n' target executions coverage findings
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I '{}' bash -c 'fuzz_one {}' || exit 1
