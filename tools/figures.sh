#!/usr/bin/env bash
# Makes every figure of README and docs again, by the command that stands beside it.
#
#   tools/figures.sh [--only FILE] [--weights WEIGHTS.h5] [--list]
#
# FILE is a figure as --list names it: docs/pictures/demo.jpg. Those of the gallery and the chapters come from tools/gallery.sh
# and tools/chapters.sh, which do more; all together take half an hour on 2 cores.
# --weights  what the gallery paints with: see tools/gallery.sh
# --list     prints "FILE: COMMAND" for every figure
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

only='' list=false weights=()
fail() {
  echo "figures: error: $*" >&2
  exit 2
}
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help)
      sed -n '2,9p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    --only | --weights)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      if [[ $1 == --only ]]; then only=$2; else weights=("$2"); fi
      shift
      ;;
    --list) list=true ;;
    *) fail "unknown argument $1; see --help" ;;
  esac
  shift
done

growth="python3 benchmarks/plot_growth.py growth_*.json -o docs/pictures/growth.svg"
strength="impasto sweep --vary 'content=chelsea.jpg,coffee.jpg,astronaut.jpg \
style=evening_daubs.jpg,cut_mountains.jpg,swirling_night.jpg' --vary strength=weak,normal,strong --weights blocks1-3.h5 \
--size 192 -o strength.jpg"
trained="impasto sweep --vary 'content=chelsea.jpg,coffee.jpg,astronaut.jpg \
style=cut_mountains.jpg,swirling_night.jpg,evening_daubs.jpg' --style-loss w2 --weights blocks1-3.h5 --size 320 -o trained.jpg"
all_figures() {
  echo 'docs/pictures/demo.jpg: tools/demo.sh'
  echo "docs/pictures/growth.svg: $growth"
  echo "docs/pictures/strength.jpg: $strength"
  echo "docs/pictures/trained.jpg: $trained"
  tools/gallery.sh --list | sed -E 's|^([^:]+):|docs/pictures/gallery/\1.jpg:|'
  tools/chapters.sh --list | sed 's|^|docs/pictures/chapters/|'
}

make_figure() {
  local name folder command
  name=$(basename "$1")
  case $1 in
    docs/pictures/demo.jpg) tools/demo.sh docs/samples/chelsea.jpg docs/samples/swirling_night.jpg "$1" ;;
    docs/pictures/growth.svg)
      # The sizes and numbers of iterations that docs/performance.md names.
      for n in 128 256 512 1024 2048; do
        build/release/impasto bench --size "${n}x$n" --iterations 8 --json "growth_$n.json"
      done
      $growth
      ;;
    docs/pictures/strength.jpg | docs/pictures/trained.jpg)
      [[ ${#weights[@]} -gt 0 ]] || fail "$1 needs --weights, VGG-19 to relu3_4"
      folder=$(mktemp -d)
      ln -s "$root"/docs/samples/*.jpg "$folder"
      ln -s "$(realpath "${weights[1]}")" "$folder/blocks1-3.h5"
      command=$trained
      [[ $name == trained.jpg ]] || command=$strength
      (cd "$folder" && PATH=$root/build/release:$PATH && eval "$command")
      cp "$folder/$name" "$1"
      ;;
    docs/pictures/gallery/*)
      tools/gallery.sh "${weights[@]}" --only "${name%.*}"
      cp "out/gallery/$name" "$1"
      ;;
    docs/pictures/chapters/*) tools/chapters.sh --only "${name%.*}" ;;
  esac
}

made=0
while IFS= read -r line; do
  figure=${line%%: *}
  [[ -z $only || $only == "$figure" ]] || continue
  made=$((made + 1))
  if $list; then
    printf '%s\n' "$line"
  else
    make_figure "$figure" </dev/null
  fi
done < <(all_figures)
[[ $made -gt 0 ]] || fail "there is no figure '$only'; --list names them"
