#!/usr/bin/env bash
# From a fresh checkout to a picture: sets up, builds, finds weights, and paints a photograph.
#
#   tools/demo.sh [--build-only] [CONTENT STYLE] [OUT]
#
# Without arguments it paints docs/samples/chelsea.jpg in the manner of docs/samples/swirling_night.jpg to out/demo.png.
# --build-only  stops when the program is built, with every backend that this machine can build
# IMPASTO_PRESET names another of CMake's presets than release.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=${IMPASTO_PRESET:-release}
refuse_usage() {
  echo "demo: error: $*; see --help" >&2
  exit 2
}
build_only=false
case ${1:-} in
  -h | --help)
    sed -n '2,8p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
    exit 0
    ;;
  --build-only)
    build_only=true
    shift
    ;;
  -*)
    refuse_usage "unknown option $1"
    ;;
esac
(($# <= 3)) || refuse_usage "too many arguments"
(($# != 1)) || refuse_usage "a content picture needs a style picture: CONTENT STYLE"
for picture in "${@:1:2}"; do
  [[ -f $picture ]] || refuse_usage "there is no picture $picture"
done
content=${1:-$root/docs/samples/chelsea.jpg}
style=${2:-$root/docs/samples/swirling_night.jpg}
output=${3:-$root/out/demo.png}
program=$root/build/$preset/impasto

"$root/tools/setup.sh"
"$root/tools/build.sh" "$preset" impasto_program
echo "demo: the program is $program"
why_no_gpu=$("$program" devices | sed -n 's/^cuda: cannot be used: //p')
if [[ -n $why_no_gpu ]]; then
  echo "demo: no GPU is used: $why_no_gpu (docs/gpu.md)"
fi
if $build_only; then
  exit 0
fi

mkdir -p "$(dirname "$output")"
if [[ -n ${IMPASTO_WEIGHTS:-} || -f $root/weights/vgg19.h5 || -f $root/weights/vgg19-caffe.h5 || -f $root/weights/vgg16.h5 ]]; then
  settings=(--size 384 --iterations 200)
else
  echo "demo: no trained weights here, so the built-in untrained network paints; tools/fetch_weights.sh gets the real ones"
  settings=(--weights oriented --size 384)
fi
"$program" transfer "$content" "$style" -o "$output" "${settings[@]}"
echo "demo: the picture is $output"
