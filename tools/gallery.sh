#!/usr/bin/env bash
# Makes the figures of docs/gallery.md again: every experiment that the reference systems published.
#
#   tools/gallery.sh [WEIGHTS.h5] [--full] [--only NAME] [--out FOLDER] [--list]
#
# WEIGHTS.h5 is any VGG-19 or VGG-16 that reaches relu3_3 at least; without, $IMPASTO_WEIGHTS or weights/vgg19.h5 is used.
# --full       the published layers, sizes and iterations instead of small ones: full VGG weights, and a GPU or a night
# --only NAME  one figure; --list prints the names and commands
# --out        where the figures go, with their panels and tables [out/gallery]
# A figure that was interrupted goes on where it stopped. IMPASTO_BINARY names another impasto.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

weights='' full=false only='' out=out/gallery list=false
say() { printf 'gallery: %s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 2
}
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help)
      sed -n '2,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    --full) full=true ;;
    --list) list=true ;;
    --only | --out)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      if [[ $1 == --only ]]; then only=$2; else out=$2; fi
      shift
      ;;
    -*) fail "unknown argument $1; see --help" ;;
    *)
      [[ -z $weights ]] || fail "there is one weights file too many: $1"
      weights=$1
      ;;
  esac
  shift
done

s=docs/samples
names=()
declare -A small_command full_command
# figure NAME SMALL FULL: the arguments of the quick figure and of the published one, quoted as for a shell.
figure() {
  names+=("$1")
  small_command[$1]=$2
  full_command[$1]=$3
}

notebook='--preset torchvision-notebook'
quick='--size 160 --iterations 100'
figure torchvision-content \
  "reconstruct $s/astronaut.jpg $notebook --content-layers relu1_1,relu2_1,relu3_1,relu3_4 $quick --inputs" \
  "reconstruct $s/astronaut.jpg $notebook --content-layers relu1_1,relu2_1,relu3_1,relu4_1 --inputs"
figure torchvision-style \
  "reconstruct $s/swirling_night.jpg $notebook --style-layers relu1_2,relu2_1,relu2_2,relu3_1 $quick --inputs" \
  "reconstruct $s/swirling_night.jpg $notebook --style-layers relu1_2,relu2_1,relu2_2,relu3_1 --inputs"
figure torchvision-learning-rate \
  "sweep $s/astronaut.jpg $s/swirling_night.jpg $notebook --vary learning-rate=1e-1,1e-2,1e-3,1 --style-weight 2e-8 $quick" \
  "sweep $s/astronaut.jpg $s/swirling_night.jpg $notebook --vary learning-rate=1e-1,1e-2,1e-3,1"
figure torchvision-content-layer \
  "sweep $s/astronaut.jpg $s/swirling_night.jpg $notebook --vary content-layers=relu1_1,relu3_4 --style-weight 2e-8 $quick --inputs" \
  "sweep $s/astronaut.jpg $s/swirling_night.jpg $notebook --vary content-layers=relu1_1,relu4_3 --inputs"
figure torchvision-content-weight \
  "sweep $s/astronaut.jpg $s/swirling_night.jpg $notebook --vary content-weight=1e3,1e1 --style-weight 2e-8 $quick --inputs" \
  "sweep $s/astronaut.jpg $s/swirling_night.jpg $notebook --vary content-weight=1e3,1e1 --inputs"

figure image-to-style-layers \
  "sweep $s/chelsea.jpg $s/evening_daubs.jpg --preset image-to-style --vary 'content-layers=relu1_2;relu2_2;relu3_4' --vary 'style-layers=relu1_2;relu1_2,relu2_2;relu1_2,relu2_2,relu3_4' --size 128 --iterations 50 --balance 5" \
  "sweep $s/chelsea.jpg $s/evening_daubs.jpg --preset image-to-style --vary 'content-layers=relu1_2;relu2_2;relu3_4;relu4_4;relu5_4' --vary 'style-layers=relu1_2;relu1_2,relu2_2;relu1_2,relu2_2,relu3_4;relu1_2,relu2_2,relu3_4,relu4_4;relu1_2,relu2_2,relu3_4,relu4_4,relu5_4'"

udacity='--preset udacity'
low='--content-layers relu3_3 --learning-rate 0.05 --size 160 --iterations 60'
figure udacity-ratio \
  "sweep $s/coffee.jpg $s/cut_mountains.jpg $udacity --vary ratio=1e6,1e3 --style-layers relu1_1,relu2_1=0.75,relu3_1=0.2 $low --inputs" \
  "sweep $s/coffee.jpg $s/cut_mountains.jpg $udacity --vary ratio=1/10,1/10000 --iterations 5000 --inputs"
figure udacity-layer-weights \
  "sweep $s/coffee.jpg $s/cut_mountains.jpg $udacity --vary 'style-layers=relu1_1,relu2_1=1e-2,relu3_1=1e-4;relu1_1=1e-4,relu2_1=1e-2,relu3_1' --balance 20 $low --inputs" \
  "sweep $s/coffee.jpg $s/cut_mountains.jpg $udacity --vary 'style-layers=relu1_1,relu2_1=0.75,relu3_1=0.2,relu4_1=0.2,relu5_1=0.2;relu1_1=0.2,relu2_1=0.2,relu3_1=0.2,relu4_1=0.75,relu5_1' --iterations 5000 --inputs"

scratch='--preset vgg-from-scratch'
search='--optimizer lbfgs --learning-rate 1'
mild='--noise-std 1'
figure vgg-content \
  "reconstruct $s/coffee.jpg $scratch --content-layers relu1_1,relu2_1,relu3_1,relu3_4 $search $mild --size 160 --iterations 60 --inputs" \
  "reconstruct $s/coffee.jpg $scratch --content-layers relu1_1,relu2_1,relu3_1,relu4_1,relu5_1 $search --iterations 500 --inputs"
figure vgg-style \
  "reconstruct $s/evening_daubs.jpg $scratch --style-layers relu1_1,relu2_1,relu3_1,relu3_4 --cumulative $search $mild --size 160 --iterations 60 --inputs" \
  "reconstruct $s/evening_daubs.jpg $scratch --style-layers relu1_1,relu2_1,relu3_1,relu4_1,relu5_1 --cumulative $search --iterations 500 --inputs"
figure vgg-pooling \
  "sweep $s/coffee.jpg $s/swirling_night.jpg $scratch --vary pooling=max,average --content-layers relu3_3 --style-layers relu1_1,relu2_1,relu3_1 --init content --balance 20 $search --size 192 --iterations 60 --inputs" \
  "sweep $s/coffee.jpg $s/swirling_night.jpg $scratch --vary pooling=max,average --inputs"

lbfgs='--preset vgg16-lbfgs'
low='--content-layers relu3_1 --style-layers relu1_1,relu2_1,relu3_1 --size 160 --style-size 160'
pair="$s/chelsea.jpg $s/swirling_night.jpg"
figure lbfgs-alone \
  "sweep $pair $lbfgs --init noise --vary 'iterations=0,60,60,60 content-weight=1,1,0,1 style-weight=1e-6,0,1e-6,1e-6' $low --columns 4" \
  "sweep $pair $lbfgs --init noise --vary 'iterations=0,250,250,250 content-weight=1,1,0,1 style-weight=1,0,1,1' --columns 4"
figure lbfgs-ratio \
  "sweep $pair $lbfgs --vary ratio=1e7,1e6,1e5,1e4,1e3,1e2,1e1 $low --iterations 40 --columns 4" \
  "sweep $pair $lbfgs --vary ratio=100,10,1,0.1,0.01,0.001,0.0001 --columns 4"
figure lbfgs-iterations \
  "sweep $pair $lbfgs --init noise --style-weight 1e-6 --vary iterations=10,25,50,100,200 $low" \
  "sweep $pair $lbfgs --init noise --vary iterations=10,50,100,250,1000"
figure lbfgs-init \
  "sweep $pair $lbfgs --style-weight 1e-6 --vary init=noise,content $low --iterations 60 --inputs" \
  "sweep $pair $lbfgs --vary init=noise,content --inputs"
figure lbfgs-styles \
  "sweep $lbfgs --vary content=$s/chelsea.jpg,$s/coffee.jpg --vary style=$s/swirling_night.jpg,$s/evening_daubs.jpg,$s/cut_mountains.jpg --balance 20 $low --iterations 30" \
  "sweep $lbfgs --vary content=$s/chelsea.jpg,$s/coffee.jpg --vary style=$s/swirling_night.jpg,$s/evening_daubs.jpg,$s/cut_mountains.jpg"

figure style-scale \
  "sweep $s/chelsea.jpg $s/swirling_night.jpg --preset gatys --vary style-scale=0.5,1,2 --content-layers relu3_1 --style-layers relu1_1,relu2_1,relu3_1 --balance 20 --size 192 --iterations 60" \
  "sweep $s/chelsea.jpg $s/swirling_night.jpg --preset gatys --vary style-scale=0.25,0.5,1,2"
figure style-loss \
  "sweep $s/swirling_night.jpg --preset gatys --vary content=$s/chelsea.jpg,$s/coffee.jpg --vary style-loss=mean,w2 --content-layers relu3_1 --style-layers relu1_1,relu2_1,relu3_1 --balance 20 --size 224 --iterations 100" \
  "sweep $s/swirling_night.jpg --preset gatys --vary content=$s/chelsea.jpg,$s/coffee.jpg --vary style-loss=mean,w2"
taps='conv1_2,conv2_1,conv2_2,conv3_1,relu1_2,relu2_1,relu2_2,relu3_1'
figure in-place-relu \
  "reconstruct $s/swirling_night.jpg $notebook --style-layers $taps --size 128 --iterations 80 --columns 4" \
  "reconstruct $s/swirling_night.jpg $notebook --style-layers $taps --columns 4"

command_of() {
  if $full; then printf '%s' "${full_command[$1]}"; else printf '%s' "${small_command[$1]}"; fi
}

if [[ -n $only && -z ${small_command[$only]:-} ]]; then
  fail "there is no figure '$only'; there are: ${names[*]}"
fi
if $list; then
  for name in "${names[@]}"; do
    [[ -z $only || $only == "$name" ]] && printf '%s: impasto %s -o %s.jpg\n' "$name" "$(command_of "$name")" "$name"
  done
  exit 0
fi

find_binary() {
  local candidate
  for candidate in "${IMPASTO_BINARY:-}" build/release/impasto build/impasto "$(command -v impasto || true)"; do
    if [[ -n $candidate && -f $candidate && -x $candidate ]]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail 'no impasto binary found: build it first (tools/build.sh release impasto_program), or name it in IMPASTO_BINARY'
}
binary=$(find_binary)
options=()
[[ -n $weights ]] && options=(--weights "$weights")
mkdir -p "$out"
failed=()
for name in "${names[@]}"; do
  [[ -z $only || $only == "$name" ]] || continue
  say "$name"
  eval "arguments=($(command_of "$name"))" # this script's own words, quoted as for a shell
  # shellcheck disable=SC2154
  "$binary" "${arguments[@]}" "${options[@]}" -o "$out/$name.jpg" || failed+=("$name")
done
if [[ ${#failed[@]} -gt 0 ]]; then
  say "these did not come out well: ${failed[*]}"
  exit 1
fi
say "the figures are in $out"
