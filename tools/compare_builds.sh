#!/usr/bin/env bash
# Tells whether two builds paint the same: every preset, a sweep, a reconstruction and an explanation, small and deterministic, on
# the CPU. Pictures and panels must be the same bytes, losses the same digits.
#
#   tools/compare_builds.sh ONE/impasto OTHER/impasto [WEIGHTS]
#
# WEIGHTS: a trained network to use besides the built-in one. Exit status 1 where anything differs; each difference is named.
set -euo pipefail

if [[ $# -lt 2 || $# -gt 3 ]]; then
  sed -n '2,7p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
  exit 2
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
photo=$root/docs/samples/chelsea.jpg
painting=$root/docs/samples/swirling_night.jpg
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
networks=(oriented)
[[ -z ${3:-} ]] || networks+=("$(realpath "$3")")

# run NAME ARGUMENT...: one command, whose exit status is compared too.
run() {
  local name=$1 status=0
  shift
  "$program" "$@" --size 48 --iterations 6 --deterministic --progress none >"$name.out" 2>/dev/null || status=$?
  echo "$status" >"$name.status"
}

# paint PROGRAM FOLDER: everything that is compared.
paint() {
  local program network preset n=0
  program=$(realpath "$1")
  mkdir -p "$2"
  cd "$2"
  for network in "${networks[@]}"; do
    n=$((n + 1))
    while read -r preset; do
      run "$n-$preset" transfer "$photo" "$painting" -o "$n-$preset.png" --preset "$preset" --weights "$network" \
        --trace "$n-$preset.csv"
    done < <("$program" presets | sed -n 's/^\([a-z0-9-]*\): .*/\1/p')
    run "$n-sweep" sweep "$photo" "$painting" -o "$n-sweep.png" --preset oriented --weights "$network" \
      --vary optimizer=adam,lbfgs --vary 'style-layers=relu1_1;relu1_1,relu2_1'
    run "$n-layers" reconstruct "$photo" -o "$n-layers.png" --style-layers relu1_1,relu2_1 --cumulative --weights "$network"
    run "$n-explain" explain "$photo" "$painting" -o "$n-explain.html" --weights "$network"
  done
  # Times, which differ, stand in the last column of traces, in tables of figures, and with the commit in reports.
  rm -f ./*-sweep.csv ./*-layers.csv ./*_panels/finished.json
  sed -i 's/,[^,]*$//' ./*.csv
  sed -i -E 's/[0-9.]+\xc2\xa0s //g; s/seconds":[0-9.e+-]+//g; s/impasto [0-9.]+ \([^)]*\)//g' ./*.html
  cd "$root"
}

paint "$1" "$work/one"
paint "$2" "$work/other"
files=$(find "$work/one" -type f | wc -l)
if ! diff -rq "$work/one" "$work/other"; then
  echo "compare_builds: the builds differ"
  exit 1
fi
echo "compare_builds: $files files are the same; exit statuses $(cat "$work"/one/*.status | sort | uniq -c | awk '{print $1 " x " $2}' | paste -sd ,)"
