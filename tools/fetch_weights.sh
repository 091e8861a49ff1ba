#!/usr/bin/env bash
# Fetches the weights of a VGG network, checks them, and converts them to weights/NAME.h5, where impasto finds them.
#
#   tools/fetch_weights.sh [vgg19-caffe|vgg19|vgg16]
#
#   vgg19-caffe   80 MB   the authors' own VGG-19, as the Keras project keeps it (the default, and the best for most)
#   vgg19        575 MB   torchvision's VGG-19
#   vgg16        553 MB   torchvision's VGG-16
#
# A download that stopped is continued by running this again. Digest, size and structure are checked before anything
# takes its name; nothing that was there before is replaced or removed when something fails.
#
# IMPASTO_BINARY names the impasto that converts; IMPASTO_WEIGHTS_URL another https address of the same file;
# IMPASTO_WEIGHTS_DIR another folder than weights/.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${IMPASTO_WEIGHTS_DIR:-$root/weights}

say() { printf 'fetch_weights: %s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}
refuse_usage() {
  say "error: $*"
  exit 2
}

usage() {
  sed -n '2,14p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
}

# Sets file, bytes, digest, topology, family and url of the weights NAME.
read_source() {
  local name
  while read -r name file bytes digest topology family url; do
    if [[ $name == "$1" ]]; then
      url=${IMPASTO_WEIGHTS_URL:-$url}
      return
    fi
  done < <(grep -v '^#' "$root/weights/sources.txt")
  refuse_usage "unknown weights '$1'; there are: $(grep -v '^#' "$root/weights/sources.txt" | cut -d ' ' -f 1 | paste -sd ' ')"
}

find_binary() {
  local candidate
  for candidate in "${IMPASTO_BINARY:-}" "$root"/build*/impasto "$root"/build*/*/impasto "$(command -v impasto || true)"; do
    if [[ -n $candidate && -f $candidate && -x $candidate ]]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail "no impasto binary found: build it first with tools/demo.sh, or name it in IMPASTO_BINARY"
}

sha256_of() { sha256sum -- "$1" | cut -d ' ' -f 1; }

# Whether the file has the published size and digest.
is_expected() {
  local sum
  [[ $(stat --format %s -- "$1") == "$bytes" ]] || return 1
  case $digest in
    sha256:*) sum=$(sha256_of "$1") ;;
    md5:*) sum=$(md5sum -- "$1" | cut -d ' ' -f 1) ;;
    *) fail "unknown kind of digest in weights/sources.txt: $digest" ;;
  esac
  [[ $sum == "${digest#*:}" ]]
}

# Fails when the same file was fetched before with another SHA-256.
check_unchanged() {
  local before now
  [[ -f $checkpoint.sha256 ]] || return 0
  before=$(cut -d ' ' -f 1 <"$checkpoint.sha256")
  now=$(sha256_of "$1")
  [[ $now == "$before" ]] ||
    fail "$file has changed since it was fetched before: its SHA-256 was $before and is $now; if you know why, remove $checkpoint.sha256 and run this again"
}

# Goes on where NAME.part ends. Over HTTPS alone, after redirects too.
download_part() {
  curl --fail --location --proto '=https' --proto-redir '=https' --retry 3 --continue-at - --output "$part" "$url"
}

# Brings the file, and gives it its name only when it is whole and right. A part that does not continue to the right
# file is thrown away once, and the download begins anew.
download() {
  command -v curl >/dev/null || fail "curl is not installed: install it, or put the file there yourself as $checkpoint"
  [[ $url == https://* ]] || fail "$url is no https address"
  if [[ -f $part && $(stat --format %s -- "$part") -ge $bytes ]] && ! is_expected "$part"; then
    say "$part is no beginning of $file: starting anew"
    rm -f -- "$part"
  fi
  local resumed=false status=0
  [[ -f $part ]] && resumed=true
  if [[ ! -f $part ]] || ! is_expected "$part"; then
    say "downloading $url ($((bytes / 1000000)) MB)"
    download_part || status=$?
  fi
  # 33 and 36: the server cannot go on from there.
  if [[ $resumed == true && ($status == 33 || $status == 36 || $status == 0) ]] && ! is_expected "$part"; then
    say "$part did not continue to the right file: starting anew"
    rm -f -- "$part"
    status=0
    download_part || status=$?
  fi
  case $status in
    0) ;;
    5 | 6 | 7) fail "$url cannot be reached (curl says $status): is there a network? Behind a proxy, set https_proxy" ;;
    22) fail "the server has no such file, or does not give it (curl says 22): $url; name another address in IMPASTO_WEIGHTS_URL" ;;
    *) fail "the download stopped (curl says $status); run this again to go on where it stopped" ;;
  esac
  if ! is_expected "$part"; then
    local found
    found="$(stat --format %s -- "$part") bytes, SHA-256 $(sha256_of "$part")"
    rm -f -- "$part"
    fail "what came from $url is not $file: it should have $bytes bytes and $digest, and has $found; it was removed"
  fi
  check_unchanged "$part"
  mv -- "$part" "$checkpoint"
}

# Converts into a file of another name first: only a network of the right structure takes the real one.
convert() {
  local made=$folder/.$name.new.h5 described
  "$binary" convert "$checkpoint" -o "$made" --family "$family" >&2 ||
    fail "the conversion failed; $checkpoint is kept, run this again after mending what it says"
  described=$("$binary" inspect "$made" --json)
  if [[ $described != *"\"topology\": \"$topology\""* || $described != *"\"family\": \"$family\""* ]]; then
    rm -f -- "$made"
    fail "$checkpoint has the right digest and holds no $topology; please report this"
  fi
  mv -- "$made" "$weights"
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  usage
  exit 0
fi
[[ $# -le 1 ]] || refuse_usage "one name at a time; see --help"
name=${1:-vgg19-caffe}
file='' bytes='' digest='' topology='' family='' url=''
read_source "$name"
checkpoint=$folder/$file
part=$checkpoint.part
weights=$folder/$name.h5

mkdir -p -- "$folder"
if [[ -f $weights ]]; then
  say "$weights is there already; remove it to fetch it anew"
  exit 0
fi
binary=$(find_binary)
if [[ -f $checkpoint ]]; then
  is_expected "$checkpoint" ||
    fail "$checkpoint is not the published file ($bytes bytes, $digest); move it away and run this again"
  check_unchanged "$checkpoint"
else
  download
fi
sum=$(sha256_of "$checkpoint")
say "SHA-256 $sum, kept in $checkpoint.sha256; checked against $bytes bytes and $digest"
printf '%s  %s\n' "$sum" "$file" >"$checkpoint.sha256"
convert
say "done: $weights. $checkpoint may be removed. Go on with: impasto transfer CONTENT STYLE -o OUT.png"
