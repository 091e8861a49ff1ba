#!/usr/bin/env bash
# tools/gpu_check.sh rehearsed on the emulated device, so that no minute on a GPU is lost to a typo: every visit, with
# stand-ins for NVIDIA's tools and for PyTorch. Then what it does when steps fail, and when a visit's time is over.
# Usage: gpu_check_test.sh BUILD SOURCE
set -euo pipefail

build=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
expect() { # WHAT CONDITION...
  local what=$1
  shift
  if ! "$@"; then
    echo "gpu_check_test: $what" >&2
    failures=$((failures + 1))
  fi
}

# ---- what an unpacked bundle has, with the emulated device's plug-in

bundle=$work/bundle
mkdir -p "$bundle"/{bin,lib,share,tests,docs,benchmarks} "$work/bin"
cp "$build/impasto" "$build/tests/impasto_tests" "$bundle/bin/"
cp "$build"/lib/libimpasto.so.*.*.* "$bundle/lib/"
(cd "$bundle/lib" && for library in libimpasto.so.*.*.*; do ln -s "$library" "${library%.*}"; done)
cp "$build/tests/rehearsal/libimpasto_cuda.so" "$bundle/lib/"
cp "$build/tests/rehearsal/libimpasto_cuda.so" "$bundle/lib/libcuda.so.1" # the driver, of which it is only asked whether it is there
cp "$source/tools/bundle/run-tests.sh" "$bundle/"
# The largest picture of an emulated device would take hours, and so would measuring its peak: the program finds that a small
# one is the largest, and a benchmark must only know every option that it is given.
cat >"$bundle/impasto" <<'STUB'
#!/usr/bin/env bash
program=$(dirname "$0")/bin/impasto
if [[ " $* " == *" --dry-run "* ]]; then
  set -o pipefail
  "$program" "$@" | sed 's/that fits: [0-9]*$/that fits: 40/'
  exit
fi
[[ $1 == bench ]] || exec "$program" "$@"
known=$("$program" bench --help-all)
declare -A given
for ((n = 2; n <= $#; ++n)); do
  [[ ${!n} == --* ]] || continue
  grep -q -- "  ${!n}\b" <<<"$known" || { echo "unknown option ${!n}" >&2; exit 2; }
  next=$((n + 1))
  given[${!n}]=${!next:-}
done
side=${given[--size]%%x*}
cat >"${given[--json]:-/dev/stdout}" <<JSON
{"program": "impasto 0.1.0", "device": "Emulated device", "backend": "${given[--device]}", "precision": "${given[--precision]}",
 "commit": "c", "date": "2026-01-02T03:04:05Z", "gflop_per_iteration": 1, "peak_gflops": 1000, "startup_ms": 1,
 "device_memory_bytes": 1, "versions": {"cuDNN": "9"}, "width": $side, "height": $side, "graph": $([[ -v given[--no-graph] ]] && echo false || echo true),
 "ms_per_iteration": {"median": 1, "p10": 1, "p90": 1}}
JSON
STUB
chmod +x "$bundle/impasto"
cp "$source/tools/bundle/check-glibc.sh" "$bundle/share/"
echo 2.0 >"$bundle/share/glibc-version"
echo rehearsal >"$bundle/share/commit"
ln -s "$source/tests/data" "$source/tests/fuzz" "$bundle/tests/"
ln -s "$source/docs/samples" "$bundle/docs/"
cp "$source"/benchmarks/*.py "$bundle/benchmarks/"
export LD_LIBRARY_PATH=$bundle/lib

# ---- stand-ins

stand_in() { # NAME, its text on stdin
  {
    echo '#!/usr/bin/env bash'
    cat
  } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
stand_in nvidia-smi <<'STUB'
echo "name, driver_version"
echo "Emulated device, 0"
STUB
# Both run the program that stands behind their own options.
stand_in compute-sanitizer <<'STUB'
[[ "$*" == *" --kernel-name kns=impasto --report-api-errors no /"* ]] || exit 99
echo "checked by $2"
[[ $2 != "${FAILING_TOOL:-}" ]] || exit 9
[[ -z ${SLOW_TOOLS:-} ]] || sleep 60
while [[ $1 != /* ]]; do shift; done
exec "$@"
STUB
stand_in ncu <<'STUB'
while [[ $1 != /* ]]; do
  [[ $1 != --log-file ]] || { echo '"Kernel Name","gpu__time_duration.sum"' >"$2"; shift; }
  shift
done
exec "$@"
STUB
# Has torch. The scripts that would need it or a GPU must know every option that they are given.
stand_in python <<'STUB'
if [[ $1 == -c ]]; then exit 0; fi
script=$1
case $script in
  */pytorch_baseline.py | */describe_device.py)
    for word in "${@:2}"; do
      [[ $word != --* ]] || grep -q -- "\"$word\"" "$script" || { echo "unknown option $word" >&2; exit 2; }
    done
    if [[ $script == */describe_device.py ]]; then
      echo '{"deviceVer": 900}' >"$2"
      exit
    fi
    declare -A given
    for ((n = 2; n < $#; n += 2)); do next=$((n + 1)); given[${!n}]=${!next}; done
    side=${given[--size]%%x*}
    cat >"${given[--json]}" <<JSON
{"program": "pytorch", "device": "Emulated device", "backend": "pytorch ${given[--mode]}", "precision": "${given[--precision]}",
 "commit": "c", "date": "2026-01-02T03:04:05Z", "gflop_per_iteration": 1, "peak_gflops": 1000, "startup_ms": 1,
 "device_memory_bytes": 1, "versions": {"cuDNN": "9"}, "width": $side, "height": $side, "ms_per_iteration": {"median": 2, "p10": 1, "p90": 3}}
JSON
    ;;
  *) exec python3 "$@" ;;
esac
STUB
export PATH=$work/bin:$PATH

options=()
gpu_check() { # OUT [VISIT]...
  local out=$1
  shift
  "$source/tools/gpu_check.sh" --python "$work/bin/python" --sizes 32 --precisions bf16 --size 32 --large 32 \
    --iterations 2 --timed 1 --weights oriented --tests "*Operations.FollowTheReferenceAtOddSizes/cuda_*-*/cuda_emulated_*" \
    "${options[@]}" "$bundle" "$work/$out" "$@" >"$work/$out.log" 2>&1
}
status_of() { # OUT STEP
  sed -n "s/^$2,\([^,]*\),.*/\1/p" "$work/$1/steps.csv"
}

# ---- all five visits

if ! gpu_check all; then
  expect "the rehearsal failed: $(cat "$work/all.log" "$work/all/logs/summarise.log")" false
fi
not_passed=$(grep -vE '^[a-z0-9_]+,(status|passed),' "$work/all/steps.csv" || true)
expect "these steps did not pass: $not_passed" test -z "$not_passed"
for step in version devices nvidia_smi describe tests bench_bf16_32_round1 pytorch_best_bf16_32_round1 stations_bf16_32 \
  bench_nograph_bf16_32 memcheck racecheck synccheck transfer_bf16_adam_cold transfer_bf16_lbfgs transfer_bf16_large \
  largest_size ncu_bf16 summarise; do
  expect "step $step is missing: $(cut -d, -f1 "$work/all/steps.csv" | tr '\n' ' ')" test -n "$(status_of all "$step")"
  expect "step $step left no log" test -s "$work/all/logs/$step.log"
done
for file in device.json gpu.csv commit machine.txt bench_bf16_32_round1.json bench_nograph_bf16_32.json ncu_bf16.csv \
  transfers.csv transfer_bf16_adam.csv transfer_bf16_lbfgs.png transfer_bf16_large.png results.json results.md; do
  expect "$file was not left" test -s "$work/all/$file"
done
expect "not the size and the iterations that each transfer had: $(cat "$work/all/transfers.csv")" \
  test "$(grep -cE '^transfer_bf16_(adam,.*,32,2|large,.*,32,20|largest,.*,40,2),' "$work/all/transfers.csv")" = 3
expect "PyTorch was not compared with" grep -q '"pytorch best": 2' "$work/all/results.json"

# ---- a tool that finds something is the whole run's failure, and does not stop the others

export FAILING_TOOL=memcheck
if gpu_check failing sanitize; then
  expect "a failed step has to fail the run" false
fi
unset FAILING_TOOL
expect "memcheck: $(status_of failing memcheck)" test "$(status_of failing memcheck | head -n 1)" = 'failed (9)'
expect "racecheck: $(status_of failing racecheck)" test "$(status_of failing racecheck)" = passed

# ---- tests that all pass because there are none on the GPU

if LD_LIBRARY_PATH='' gpu_check nowhere check; then
  expect "a run without a GPU has to fail" false
fi
expect "no test ran on a GPU, and nothing says so" grep -q 'no test passed on the GPU' "$work/nowhere/steps.csv"

# ---- a visit ends when its time is over

export SLOW_TOOLS=1
options=(--seconds 3)
begin=$SECONDS
if gpu_check slow sanitize; then
  expect "a visit that did not do everything has to fail" false
fi
unset SLOW_TOOLS
expect "the visit took $((SECONDS - begin)) s" test $((SECONDS - begin)) -lt 30
expect "memcheck: $(status_of slow memcheck)" test "$(status_of slow memcheck | head -n 1)" = 'out of time'
expect "synccheck: $(status_of slow synccheck)" test "$(status_of slow synccheck | head -n 1)" = 'not run: the visit is over'

# ---- mistakes on the command line

for mistake in '--sizes 0' '--precisions fp8' '--seconds x'; do
  read -ra options <<<"$mistake"
  if gpu_check mistake; then
    expect "$mistake was taken" false
  fi
done
options=()
if gpu_check mistake benchmark; then
  expect "a visit that does not exist was taken" false
fi

echo "gpu_check_test: $failures failures"
((failures == 0))
