#!/usr/bin/env bash
# From a fresh checkout to a picture: sets up, builds, finds weights, and paints a photograph.
#
#   tools/demo.sh [CONTENT STYLE] [OUT]
#
# Without arguments it paints docs/samples/chelsea.jpg in the manner of docs/samples/swirling_night.jpg to out/demo.png.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,6p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
  exit 0
fi
content=${1:-$root/docs/samples/chelsea.jpg}
style=${2:-$root/docs/samples/swirling_night.jpg}
output=${3:-$root/out/demo.png}

"$root/tools/setup.sh"
"$root/tools/build.sh" release impasto_program
mkdir -p "$(dirname "$output")"

if [[ -n ${IMPASTO_WEIGHTS:-} || -f $root/weights/vgg19.h5 ]]; then
  settings=(--size 384 --iterations 200)
else
  echo "demo: no trained weights here, so the built-in untrained network paints; tools/fetch_weights.sh gets the real ones"
  settings=(--weights oriented --size 384)
fi
"$root/build/release/impasto" transfer "$content" "$style" -o "$output" "${settings[@]}"
echo "demo: the picture is $output"
