#!/usr/bin/env bash
# Everything that takes a GPU to find out, in five visits of a few minutes each, the most valuable first. Each step has its own
# log and time limit; one that fails does not stop the next, and one for which a visit has no time left is noted as such.
#
#   tools/gpu_check.sh [option]... BUNDLE_FOLDER OUT_FOLDER [VISIT]...
#
#   BUNDLE_FOLDER       an unpacked bundle (tools/bundle.sh makes one)
#   OUT_FOLDER          gets steps.csv, logs/, device.json, *.json, transfers.csv, traces, pictures, the ways to convolve that
#                       were chosen, and results.json and results.md made of them (benchmarks/summarise.py)
#   VISIT               one or more of these; all of them, in this order, unless given:
#     check               versions, the device's description, the tests on the GPU in every precision
#     bench               an iteration in every precision, beside PyTorch as written and at its best, with a table of stations
#     sanitize            compute-sanitizer's memcheck, racecheck and synccheck on impasto's own kernels
#     transfer            pictures in every precision, timed from the start of the process; then a large one, and the largest
#     profile             Nsight Compute on the first 400 kernels of a benchmark of one iteration
#   --seconds N         of each visit at most; default 480
#   --sizes LIST        sides of the benchmarks' square pictures; default 512,1024
#   --precisions LIST   default tf32,bf16,fp32,fp16
#   --rounds N          of every benchmark, impasto and PyTorch by turns; default 1
#   --timed N           iterations that a benchmark times, after a fifth of them to warm up; default 50
#   --weights W         for the transfers, as of `impasto transfer`; default the bundle's first, or oriented
#   --preset NAME       for the transfers; default the program's
#   --content IMAGE     for the transfers, and
#   --style IMAGE       default the bundle's sample pictures
#   --tests FILTER      of GoogleTest; default those on the GPU
#   --python PYTHON     that has torch; default python3
#   --device DEVICE     default cuda; cpu tries this script out on a machine without a GPU
#   --iterations N      of the transfers; default 500
#   --size N            of the transfers, pixels; default 512
#   --large N           of the large transfer, pixels; default 2048
#
# Needs bash, coreutils and, for the comparison and the summary, python3. Ends with 0 when every step passed or was skipped
# for want of a tool, which steps.csv tells. Runs into one folder are summed up together.
set -uo pipefail

fail() {
  echo "gpu_check: error: $* (--help tells more)" >&2
  exit 2
}

all_visits=(check bench sanitize transfer profile)
seconds=480
sizes=512,1024
precisions=tf32,bf16,fp32,fp16
rounds=1
timed=50
weights=''
preset=''
content=''
style=''
tests=''
python=python3
device=cuda
iterations=500
size=512
large=2048
places=()
while (($# > 0)); do
  case $1 in
    -h | --help)
      sed -n '2,33p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    --seconds | --sizes | --precisions | --rounds | --timed | --weights | --preset | --content | --style | --tests | --python | \
      --device | --iterations | --size | --large)
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
((${#places[@]} >= 2)) || fail "give the bundle's folder and a folder for results"
visits=("${places[@]:2}")
((${#visits[@]} > 0)) || visits=("${all_visits[@]}")
bundle=$(cd "${places[0]}" 2>/dev/null && pwd) || fail "there is no folder ${places[0]}"
[[ -x $bundle/impasto && -x $bundle/bin/impasto_tests ]] || fail "$bundle is no unpacked bundle"
mkdir -p "${places[1]}/logs" || fail "${places[1]} cannot be made"
out=$(cd "${places[1]}" && pwd)
for number in "$seconds" "$rounds" "$timed" "$iterations" "$size" "$large" ${sizes//,/ }; do
  [[ $number =~ ^[1-9][0-9]*$ ]] || fail "'$number' is not a number of at least 1"
done
for visit in "${visits[@]}"; do
  [[ " ${all_visits[*]} " == *" $visit "* ]] || fail "there is no visit '$visit'"
done
for precision in ${precisions//,/ }; do
  [[ ,fp32,tf32,bf16,fp16, == *,"$precision",* ]] || fail "there is no precision '$precision'"
done
if [[ -z $weights ]]; then
  weights=$(find "$bundle/weights" -name '*.h5' 2>/dev/null | sort | head -n 1)
  weights=${weights:-oriented}
fi
content=${content:-$bundle/docs/samples/chelsea.jpg}
style=${style:-$bundle/docs/samples/swirling_night.jpg}
[[ $device == cpu ]] && precisions=fp32

failures=0
[[ -f $out/steps.csv ]] || echo step,status,seconds,limit,log >"$out/steps.csv"
visit_end=0 # on bash's own clock, SECONDS

note() { # NAME STATUS SECONDS LIMIT
  printf '%s,%s,%s,%s,logs/%s.log\n' "$1" "$2" "$3" "$4" "$1" >>"$out/steps.csv"
  printf '%-36s %-20s %9s s\n' "$1" "$2" "$3"
}

# step NAME LIMIT-IN-SECONDS COMMAND...: runs it, within what is left of the visit, keeps its log, notes how it ended. Sets
# `took`, in seconds.
step() {
  local name=$1 limit=$2 begin status=0 word left=$((visit_end - SECONDS))
  shift 2
  limit=$((limit < left ? limit : left))
  if ((limit < 1)); then
    failures=$((failures + 1))
    echo "+ $* (not run)" >"$out/logs/$name.log"
    note "$name" 'not run: the visit is over' 0 0
    return 1
  fi
  printf '+ %s\n' "$*" >"$out/logs/$name.log"
  begin=$(date +%s%N)
  timeout --kill-after=5 "$limit" "$@" >>"$out/logs/$name.log" 2>&1 </dev/null || status=$?
  local milliseconds=$((($(date +%s%N) - begin) / 1000000))
  printf -v took '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000))
  case $status in
    0) word=passed ;;
    124 | 137) word='out of time' ;;
    *) word="failed ($status)" ;;
  esac
  ((status == 0)) || failures=$((failures + 1))
  note "$name" "$word" "$took" "$limit"
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

# The first of these programs that is on PATH or in a CUDA toolkit; nothing where none is.
tool_path() { # NAME
  local path
  for path in "$(command -v "$1")" "${CUDA_HOME:-}/bin/$1" "/usr/local/cuda/bin/$1"; do
    if [[ -x $path ]]; then
      echo "$path"
      return
    fi
  done
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
  if [[ $device == cpu ]]; then
    skip describe 'there is no GPU to describe'
  elif ! command -v "$python" >/dev/null; then
    skip describe "$python is not here"
  else
    step describe 60 "$python" "$bundle/benchmarks/describe_device.py" "$out/device.json"
  fi
  cp "$bundle/share/commit" "$out/commit"
  {
    date -u +%Y-%m-%dT%H:%M:%SZ
    uname -srm
    nproc
    getconf GNU_LIBC_VERSION
  } >"$out/machine.txt"
}

check() {
  machine
  local filter='*/cuda_*-*/cuda_emulated_*'
  [[ $device == cpu ]] && filter='*/cpu*'
  step tests 420 "$bundle/run-tests.sh" --logs "$out/logs/tests" -- "--gtest_filter=${tests:-$filter}"
  require_gpu_tests tests
}

# impasto's own kernels, as the operations' tests launch them: NVIDIA's are slow under these tools, and not ours to mend.
sanitize() {
  local tool sanitizer filter='*Operations*/cuda_*_direct-*/cuda_emulated_*'
  sanitizer=$(tool_path compute-sanitizer)
  for tool in memcheck racecheck synccheck; do
    if [[ -z $sanitizer ]]; then
      skip "$tool" 'compute-sanitizer is not here'
    else
      step "$tool" 240 env IMPASTO_TEST_DATA="$bundle/tests/data" IMPASTO_SAMPLES="$bundle/docs/samples" \
        IMPASTO_PROGRAM="$bundle/bin/impasto" IMPASTO_CACHE=off "$sanitizer" --tool "$tool" --error-exitcode 9 \
        --kernel-name kns=impasto --report-api-errors no "$bundle/bin/impasto_tests" "--gtest_filter=${tests:-$filter}"
      require_gpu_tests "$tool"
    fi
  done
}

warmup=$(((timed + 4) / 5))

measure_own() { # STEP SIDE PRECISION OPTION...
  local name=$1 square=$2x$2 precision=$3
  shift 3
  step "$name" 120 "$bundle/impasto" bench --size "$square" --device "$device" --precision "$precision" \
    --iterations "$timed" --warmup "$warmup" "$@"
}

# One round of one size and precision: impasto, PyTorch as written, PyTorch at its best.
bench_one() { # SIDE PRECISION ROUND
  local suffix=${2}_${1}_round$3 mode
  measure_own "bench_$suffix" "$1" "$2" --json "$out/bench_$suffix.json"
  for mode in eager best; do
    if [[ $torch == no ]]; then
      skip "pytorch_${mode}_$suffix" "$python has no torch"
    else
      step "pytorch_${mode}_$suffix" 150 "$python" "$bundle/benchmarks/pytorch_baseline.py" --size "$1x$1" \
        --device "${device%%:*}" --precision "$2" --mode "$mode" --iterations "$timed" --warmup "$warmup" \
        --json "$out/pytorch_${mode}_$suffix.json"
    fi
  done
}

# Where an iteration's time goes, and what the graph is worth.
stations_one() { # SIDE PRECISION
  local suffix=${2}_$1
  measure_own "stations_$suffix" "$1" "$2" --profile
  if [[ $device != cpu ]]; then
    measure_own "bench_nograph_$suffix" "$1" "$2" --no-graph --json "$out/bench_nograph_$suffix.json"
  fi
}

bench() {
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
  for precision in ${precisions//,/ }; do
    stations_one "${sizes%%,*}" "$precision"
  done
}

# A transfer, timed from the start of the process to the picture.
transfer_one() { # NAME PRECISION OPTIMIZER CACHE-STATE SIZE ITERATIONS OPTION...
  local name=$1 precision=$2 optimizer=$3 cache=$4 pixels=$5 count=$6
  shift 6
  local preset_option=()
  [[ -n $preset ]] && preset_option=(--preset "$preset")
  local status=passed
  took=0
  step "$name" 240 "$bundle/impasto" transfer "$content" "$style" -o "$out/$name.png" --overwrite --weights "$weights" \
    "${preset_option[@]}" --device "$device" --precision "$precision" --size "$pixels" --upscale \
    --iterations "$count" --trace "$out/$name.csv" --progress none "$@" || status=failed
  echo "$name,$precision,$optimizer,$cache,$pixels,$count,$took,$status,$(basename "$weights")" >>"$out/transfers.csv"
}

transfer() {
  local precision largest adam=(--optimizer adam --learning-rate 0.05) first=${precisions%%,*}
  echo name,precision,optimizer,choice_cache,size,iterations,seconds,status,weights >"$out/transfers.csv"
  export IMPASTO_CACHE=$out/choices_transfers
  rm -rf "$IMPASTO_CACHE"
  # The first run of a precision times its convolutions; the later ones remember.
  for precision in ${precisions//,/ }; do
    transfer_one "transfer_${precision}_adam_cold" "$precision" adam cold "$size" "$iterations" "${adam[@]}"
    transfer_one "transfer_${precision}_adam" "$precision" adam warm "$size" "$iterations" "${adam[@]}"
    transfer_one "transfer_${precision}_lbfgs" "$precision" lbfgs warm "$size" "$iterations" --optimizer lbfgs
  done
  transfer_one "transfer_${first}_large" "$first" adam cold "$large" 20 "${adam[@]}"
  step largest_size 60 "$bundle/impasto" transfer "$content" "$style" -o "$out/largest.png" --weights "$weights" \
    --device "$device" --precision "$first" --size "$large" --upscale --dry-run
  largest=$(sed -n 's/^largest --size that fits: \([0-9]*\)$/\1/p' "$out/logs/largest_size.log")
  if [[ -n $largest ]]; then
    transfer_one "transfer_${first}_largest" "$first" adam cold "$largest" 2 "${adam[@]}"
  fi
}

profile() {
  local ncu precision
  ncu=$(tool_path ncu)
  for precision in ${precisions//,/ }; do
    if [[ -z $ncu ]]; then
      skip "ncu_$precision" 'ncu is not here'
    else
      step "ncu_$precision" 200 env IMPASTO_CACHE="$out/choices" "$ncu" --target-processes all --clock-control none \
        --launch-count 400 --csv --page raw --log-file "$out/ncu_$precision.csv" --metrics \
        gpu__time_duration.sum,dram__bytes_read.sum,dram__bytes_write.sum,sm__throughput.avg.pct_of_peak_sustained_elapsed \
        "$bundle/impasto" bench --size "${sizes%%,*}x${sizes%%,*}" --device "$device" --precision "$precision" \
        --iterations 1 --warmup 1 --no-graph
    fi
  done
}

for visit in "${visits[@]}"; do
  visit_end=$((SECONDS + seconds))
  "$visit"
done
visit_end=$((SECONDS + 60))
if command -v "$python" >/dev/null; then
  step summarise 60 "$python" "$bundle/benchmarks/summarise.py" "$out"
else
  skip summarise "$python is not here"
fi
echo "gpu_check: $failures steps failed or ran out of time; everything is in $out"
((failures == 0))
