#!/usr/bin/env bash
# Downloads torchvision's VGG-19 (548 MiB), checks it, and converts it to weights/vgg19.h5. An interrupted download is
# resumed by running this again; nothing that was there before is removed when something fails.
#
#   tools/fetch_weights.sh            uses the impasto that was built here, or the one on the PATH
#
# IMPASTO_BINARY names another impasto, IMPASTO_WEIGHTS_URL another address (file:// too), IMPASTO_WEIGHTS_DIR another
# folder than weights/.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
url=${IMPASTO_WEIGHTS_URL:-https://download.pytorch.org/models/vgg19-dcbb9e9d.pth}
folder=${IMPASTO_WEIGHTS_DIR:-$root/weights}
checkpoint=$folder/vgg19-dcbb9e9d.pth
weights=$folder/vgg19.h5
expected=dcbb9e9d # the file's name carries the beginning of its SHA-256

say() { printf 'fetch_weights: %s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}

usage() {
  sed -n '2,8p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
}

find_binary() {
  local candidate
  for candidate in "${IMPASTO_BINARY:-}" "$root"/build*/impasto "$root"/build*/bin/impasto "$root"/build*/src/cli/impasto \
    "$(command -v impasto || true)"; do
    if [[ -n $candidate && -f $candidate && -x $candidate ]]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail "no impasto binary found: build it first (cmake -B build && cmake --build build), or name it in IMPASTO_BINARY"
}

is_expected() {
  local sum
  sum=$(sha256sum "$1" | cut -d ' ' -f 1)
  [[ $sum == "$expected"* ]]
}

# Continues NAME.part where it stopped, and gives it its name only when it is whole and right.
download() {
  local part=$checkpoint.part
  if [[ -f $part ]] && is_expected "$part"; then
    mv "$part" "$checkpoint"
    return
  fi
  say "downloading $url"
  if command -v curl >/dev/null; then
    curl --fail --location --retry 3 --continue-at - --output "$part" "$url" ||
      fail "the download stopped; run this again to go on where it stopped"
  elif command -v wget >/dev/null; then
    wget --continue --output-document="$part" "$url" ||
      fail "the download stopped; run this again to go on where it stopped"
  else
    fail "neither curl nor wget is installed: install one, or put the file there yourself as $checkpoint"
  fi
  is_expected "$part" ||
    fail "the SHA-256 of $part does not begin with $expected: the file is damaged or another one; remove it and run this again"
  mv "$part" "$checkpoint"
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  usage
  exit 0
fi
[[ $# -eq 0 ]] || fail "unknown argument '$1'; see --help"

mkdir -p "$folder"
if [[ -f $weights ]]; then
  say "$weights is there already; remove it to fetch it anew"
  exit 0
fi
binary=$(find_binary)
if [[ -f $checkpoint ]]; then
  is_expected "$checkpoint" ||
    fail "the SHA-256 of $checkpoint does not begin with $expected; move it away and run this again"
else
  download
fi
"$binary" convert "$checkpoint" -o "$weights" ||
  fail "the conversion failed; $checkpoint is kept, run this again after mending what it says"
say "done. $checkpoint may be removed (548 MiB). Go on with: impasto transfer CONTENT STYLE -o OUT.png"
