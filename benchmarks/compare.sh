#!/usr/bin/env bash
# impasto and PyTorch by turns on this machine: the same iteration, the same threads, several rounds.
#
#   benchmarks/compare.sh [option]... OUT_FOLDER
#
#   OUT_FOLDER          gets one JSON for each run, and results.json and results.md with ratios and spread
#   --sizes LIST        sides of the square pictures; default 256,512
#   --rounds N          default 3
#   --iterations N      timed in each run; default 10
#   --threads N         CPU threads of both; default all
#   --device DEVICE     cpu or cuda; default cpu
#   --precisions LIST   default fp32; on cuda also tf32,bf16,fp16
#   --modes LIST        of PyTorch: eager (as a user writes it), best (channels_last, torch.compile, …); default eager
#   --python PYTHON     that has torch; default python3
#   --program PATH      default build/release/impasto of this checkout
#
# Let nothing else run meanwhile. Ends with 1 when a run failed; the others are summarised all the same.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fail() {
  echo "compare: error: $* (--help tells more)" >&2
  exit 2
}

sizes=256,512
rounds=3
iterations=10
threads=$(nproc)
device=cpu
precisions=fp32
modes=eager
python=python3
program=$here/../build/release/impasto
out=''
while (($# > 0)); do
  case $1 in
    -h | --help)
      sed -n '2,18p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    --sizes | --rounds | --iterations | --threads | --device | --precisions | --modes | --python | --program)
      [[ -n ${2:-} ]] || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    -*) fail "unknown option $1" ;;
    *)
      [[ -z $out ]] || fail "one folder for results is enough"
      out=$1
      shift
      ;;
  esac
done
[[ -n $out ]] || fail "give a folder for results"
[[ $device == cpu || $device == cuda* ]] || fail "--device is cpu or cuda"
[[ -x $program ]] || fail "there is no program $program; build it with tools/build.sh release"
"$python" -c 'import torch' 2>/dev/null || fail "$python has no torch; name one with --python"
mkdir -p "$out" || fail "cannot make $out"

status=0
# run NAME COMMAND...: says what it does, and goes on after a failure.
run() {
  echo "compare: $1" >&2
  if ! "${@:2}" >"$out/$1.log" 2>&1; then
    echo "compare: $1 failed, see $out/$1.log" >&2
    status=1
  fi
}

on_cpu=()
[[ $device == cpu ]] && on_cpu=(--threads "$threads")
IFS=, read -ra size_list <<<"$sizes"
IFS=, read -ra precision_list <<<"$precisions"
IFS=, read -ra mode_list <<<"$modes"
# The first run at a size times the ways to convolve; that is no part of an iteration.
for size in "${size_list[@]}"; do
  run "warm_up_$size" "$program" bench --size "${size}x$size" --device "$device" "${on_cpu[@]}" --iterations 1
done
for ((round = 1; round <= rounds; ++round)); do
  for precision in "${precision_list[@]}"; do
    for size in "${size_list[@]}"; do
      work=(--size "${size}x$size" --device "$device" --precision "$precision" --iterations "$iterations" "${on_cpu[@]}")
      name=${precision}_${size}_round$round
      run "impasto_$name" "$program" bench "${work[@]}" --json "$out/impasto_$name.json"
      for mode in "${mode_list[@]}"; do
        run "pytorch_${mode}_$name" "$python" "$here/pytorch_baseline.py" "${work[@]}" --mode "$mode" \
          --json "$out/pytorch_${mode}_$name.json"
      done
    done
  done
done
"$python" "$here/summarise.py" "$out" || status=1
echo "compare: $out/results.md" >&2
exit "$status"
