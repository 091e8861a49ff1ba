#!/usr/bin/env bash
# Everything that takes a GPU to find out, in one go: tests, sanitizers, benchmarks beside PyTorch, whole transfers. Each
# step has its own log and time limit; one that fails does not stop the next.
#
#   tools/gpu_check.sh [option]... BUNDLE_FOLDER OUT_FOLDER
#
#   BUNDLE_FOLDER       an unpacked bundle (tools/bundle.sh makes one)
#   OUT_FOLDER          gets steps.csv, logs/, *.json, transfers.csv, traces, pictures, the ways to convolve that were
#                       chosen, and results.json and results.md made of them (benchmarks/summarise.py)
#   --steps LIST        some of: machine,tests,sanitizers,bench,pytorch,transfers; default all, in this order
#   --sizes LIST        sides of the benchmarks' square pictures; default 256,512,1024,2048
#   --precisions LIST   default fp32,tf32,bf16,fp16
#   --rounds N          of every benchmark, impasto and PyTorch by turns; default 1
#   --weights W         for the transfers, as of `impasto transfer`; default the bundle's first, or random
#   --preset NAME       for the transfers; default the program's
#   --python PYTHON     that has torch; default python3
#   --device DEVICE     default cuda; cpu tries this script out on a machine without a GPU
#   --iterations N      of the transfers; default 500
#   --size N            of the transfers, pixels; default 512
#
# Needs bash, coreutils and, for the comparison and the summary, python3. Ends with 0 when every step passed or was skipped
# for want of a tool, which steps.csv tells.
set -uo pipefail

fail() {
  echo "gpu_check: error: $* (--help tells more)" >&2
  exit 2
}

steps=machine,tests,sanitizers,bench,pytorch,transfers
sizes=256,512,1024,2048
precisions=fp32,tf32,bf16,fp16
rounds=1
weights=''
preset=''
python=python3
device=cuda
iterations=500
size=512
places=()
while (($# > 0)); do
  case $1 in
    -h | --help)
      sed -n '2,23p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    --steps | --sizes | --precisions | --rounds | --weights | --preset | --python | --device | --iterations | --size)
      [[ -n ${2:-} ]] || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    -*) fail "unknown option $1" ;;
    *)
      places+=("$1")
      shift
      ;;
  esac
done
((${#places[@]} == 2)) || fail "give the bundle's folder and a folder for results"
bundle=$(cd "${places[0]}" 2>/dev/null && pwd) || fail "there is no folder ${places[0]}"
[[ -x $bundle/impasto && -x $bundle/bin/impasto_tests ]] || fail "$bundle is no unpacked bundle"
mkdir -p "${places[1]}/logs" || fail "${places[1]} cannot be made"
out=$(cd "${places[1]}" && pwd)
for number in "$rounds" "$iterations" "$size" ${sizes//,/ }; do
  [[ $number =~ ^[1-9][0-9]*$ ]] || fail "'$number' is not a number of at least 1"
done
for step in ${steps//,/ }; do
  [[ ,machine,tests,sanitizers,bench,pytorch,transfers, == *,"$step",* ]] || fail "there is no step '$step'"
done
for precision in ${precisions//,/ }; do
  [[ ,fp32,tf32,bf16,fp16, == *,"$precision",* ]] || fail "there is no precision '$precision'"
done
if [[ -z $weights ]]; then
  weights=$(find "$bundle/weights" -name '*.h5' 2>/dev/null | sort | head -n 1)
  weights=${weights:-random}
fi
[[ $device == cpu ]] && precisions=fp32

wanted() { [[ ,$steps, == *,"$1",* ]]; }

failures=0
# Without "machine" this goes on with an earlier run's results.
if wanted machine || [[ ! -f $out/steps.csv ]]; then
  echo step,status,seconds,limit,log >"$out/steps.csv"
fi

note() { # NAME STATUS SECONDS LIMIT
  printf '%s,%s,%s,%s,logs/%s.log\n' "$1" "$2" "$3" "$4" "$1" >>"$out/steps.csv"
  printf '%-36s %-20s %9s s\n' "$1" "$2" "$3"
}

# step NAME LIMIT-IN-SECONDS COMMAND...: runs it, keeps its log, notes how it ended. Sets `seconds`.
step() {
  local name=$1 limit=$2 begin status=0 word
  shift 2
  printf '+ %s\n' "$*" >"$out/logs/$name.log"
  begin=$(date +%s%N)
  timeout --kill-after=10 "$limit" "$@" >>"$out/logs/$name.log" 2>&1 </dev/null || status=$?
  local milliseconds=$((($(date +%s%N) - begin) / 1000000))
  printf -v seconds '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000))
  case $status in
    0) word=passed ;;
    124 | 137) word='out of time' ;;
    *) word="failed ($status)" ;;
  esac
  ((status == 0)) || failures=$((failures + 1))
  note "$name" "$word" "$seconds" "$limit"
  return "$status"
}

skip() { # NAME REASON
  echo "$2" >"$out/logs/$1.log"
  note "$1" "skipped: $2" 0 0
}

# GoogleTest calls no tests at all a success; here that would prove nothing.
require_gpu_tests() { # NAME
  if [[ $device != cpu ]] && ! grep -qE '^\[       OK \].*/cuda_[ftb]|on the GPU: [1-9]' "$out/logs/$1.log"; then
    failures=$((failures + 1))
    note "$1" 'failed (no test passed on the GPU)' 0 0
  fi
}

machine() {
  step version 60 "$bundle/impasto" --version
  step devices 60 "$bundle/impasto" devices
  if command -v nvidia-smi >/dev/null; then
    step nvidia_smi 60 nvidia-smi
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit,compute_cap --format=csv \
      >"$out/gpu.csv" 2>>"$out/logs/nvidia_smi.log"
  else
    skip nvidia_smi 'nvidia-smi is not here'
  fi
  cp "$bundle/share/commit" "$out/commit"
  {
    date -u +%Y-%m-%dT%H:%M:%SZ
    uname -srm
    nproc
    getconf GNU_LIBC_VERSION
  } >"$out/machine.txt"
}

tests() {
  step tests 900 "$bundle/run-tests.sh" --logs "$out/logs/tests"
  require_gpu_tests tests
}

# The kernels and the library calls of the operations' own tests, on the real device alone.
sanitizers() {
  local tool sanitizer=''
  for tool in "$(command -v compute-sanitizer)" "${CUDA_HOME:-}/bin/compute-sanitizer" \
    /usr/local/cuda/bin/compute-sanitizer; do
    if [[ -x $tool ]]; then
      sanitizer=$tool
      break
    fi
  done
  for tool in memcheck racecheck; do
    if [[ -z $sanitizer ]]; then
      skip "$tool" 'compute-sanitizer is not here'
    else
      step "$tool" 600 env IMPASTO_TEST_DATA="$bundle/tests/data" IMPASTO_SAMPLES="$bundle/docs/samples" \
        IMPASTO_PROGRAM="$bundle/bin/impasto" IMPASTO_CACHE=off "$sanitizer" --tool "$tool" --error-exitcode 9 \
        "$bundle/bin/impasto_tests" --gtest_filter='*Operations*/cuda_*_direct-*/cuda_emulated_*'
      require_gpu_tests "$tool"
    fi
  done
}

# One round of one size and precision: with graph, without, PyTorch as written, PyTorch at its best.
bench_one() { # SIDE PRECISION ROUND
  local square=$1x$1 suffix=${2}_${1}_round$3
  if wanted bench; then
    step "bench_$suffix" 300 "$bundle/impasto" bench --size "$square" --device "$device" --precision "$2" \
      --iterations 50 --warmup 10 --json "$out/bench_$suffix.json"
    if [[ $device != cpu ]]; then
      step "bench_nograph_$suffix" 300 "$bundle/impasto" bench --size "$square" --device "$device" --precision "$2" \
        --iterations 50 --warmup 10 --no-graph --json "$out/bench_nograph_$suffix.json"
    fi
  fi
  if wanted pytorch; then
    local mode
    for mode in eager best; do
      if [[ $torch == no ]]; then
        skip "pytorch_${mode}_$suffix" "$python has no torch"
      else
        step "pytorch_${mode}_$suffix" 600 "$python" "$bundle/benchmarks/pytorch_baseline.py" --size "$square" \
          --device "${device%%:*}" --precision "$2" --mode "$mode" --iterations 50 --warmup 10 \
          --json "$out/pytorch_${mode}_$suffix.json"
      fi
    done
  fi
}

benchmarks() {
  local round side precision torch=no
  export IMPASTO_CACHE=$out/choices
  "$python" -c 'import torch' 2>/dev/null && torch=yes
  for ((round = 1; round <= rounds; ++round)); do
    for side in ${sizes//,/ }; do
      for precision in ${precisions//,/ }; do
        bench_one "$side" "$precision" "$round"
      done
    done
  done
}

# A transfer, timed from the start of the process to the picture.
transfer_one() { # NAME PRECISION OPTIMIZER CACHE-STATE OPTION...
  local name=$1 precision=$2 optimizer=$3 cache=$4
  shift 4
  local preset_option=()
  [[ -n $preset ]] && preset_option=(--preset "$preset")
  local status=passed
  step "$name" 900 "$bundle/impasto" transfer "$bundle/docs/samples/chelsea.jpg" \
    "$bundle/docs/samples/swirling_night.jpg" -o "$out/$name.png" --weights "$weights" "${preset_option[@]}" \
    --device "$device" --precision "$precision" --size "$size" --upscale --iterations "$iterations" \
    --trace "$out/$name.csv" --progress none "$@" || status=failed
  echo "$name,$precision,$optimizer,$cache,$size,$iterations,$seconds,$status,$(basename "$weights")" >>"$out/transfers.csv"
}

transfers() {
  local precision optimizer
  echo name,precision,optimizer,choice_cache,size,iterations,seconds,status,weights >"$out/transfers.csv"
  local learning_rate=(--optimizer adam --learning-rate 0.05)
  export IMPASTO_CACHE=$out/choices_transfers
  rm -rf "$IMPASTO_CACHE"
  # The first run of a precision times its convolutions; the later ones remember.
  for precision in ${precisions//,/ }; do
    transfer_one "transfer_${precision}_adam_cold" "$precision" adam cold "${learning_rate[@]}"
    transfer_one "transfer_${precision}_adam" "$precision" adam warm "${learning_rate[@]}"
    transfer_one "transfer_${precision}_lbfgs" "$precision" lbfgs warm --optimizer lbfgs
  done
}

wanted machine && machine
wanted tests && tests
wanted sanitizers && sanitizers
if wanted bench || wanted pytorch; then benchmarks; fi
wanted transfers && transfers
if command -v "$python" >/dev/null; then
  step summarise 60 "$python" "$bundle/benchmarks/summarise.py" "$out"
else
  skip summarise "$python is not here"
fi
echo "gpu_check: $failures steps failed or ran out of time; everything is in $out"
((failures == 0))
