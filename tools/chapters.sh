#!/usr/bin/env bash
# Makes the pictures of docs/chapters again, and keeps the outputs that their exercises show.
#
#   tools/chapters.sh [--only NAME] [--list]
#   tools/chapters.sh --refresh
#
# A picture NAME.svg or NAME.jpg is made by the commands of the chapters' "console picture" blocks; it is copied to
# docs/pictures/chapters when it is done.
# --only NAME  one picture; --list prints the commands
# --refresh    runs every exercise, and every other console block of docs/, and writes what it prints into the text where that
#              says something else; lines left out (…) stay out. It needs the tests built in build/test: tools/build.sh test
# IMPASTO_BINARY names another impasto.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

only='' list=false refresh=false
fail() {
  echo "chapters: error: $*" >&2
  exit 2
}
while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help)
      sed -n '2,14p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    --only)
      [[ $# -ge 2 ]] || fail "$1 needs a value"
      only=$2
      shift
      ;;
    --list) list=true ;;
    --refresh) refresh=true ;;
    *) fail "unknown argument $1; see --help" ;;
  esac
  shift
done

if $refresh; then
  tests=build/test/tests/impasto_tests
  [[ -x $tests ]] || fail "$tests is not there: build it with tools/build.sh test"
  IMPASTO_REFRESH_CHAPTERS=1 "$tests" --gtest_brief=1 --gtest_filter='Chapters/*'
  git --no-pager diff --stat -- docs
  exit 0
fi

# "NAME<tab>command; command" for every picture block: its last -o out/NAME.svg or .jpg is the picture.
pictures() {
  awk '
    /^```/ { if (inside && all != "") print name "\t" all; inside = ($0 == "```console picture"); all = ""; next }
    !inside { next }
    /^\$ / || more {
      line = more ? $0 : substr($0, 3)
      if (more) sub(/^ +/, "", line)
      all = all (more || all == "" ? "" : "; ") line
      more = sub(/\\$/, "", all)
      if (match(line, /(-o|--plot) out\/[a-z0-9-]+\.(svg|jpg)/)) {
        name = substr(line, RSTART, RLENGTH)
        sub(/.*\//, "", name)
      }
    }' docs/chapters/[1-9]-*.md
}

find_binary() {
  local candidate
  for candidate in "${IMPASTO_BINARY:-}" build/release/impasto build/test/impasto "$(command -v impasto || true)"; do
    if [[ -n $candidate && -f $candidate && -x $candidate ]]; then
      realpath "$candidate"
      return
    fi
  done
  fail 'no impasto binary found: build it first (tools/build.sh release impasto_program), or name it in IMPASTO_BINARY'
}

$list || binary=$(find_binary)
impasto() { "$binary" "$@"; }
mkdir -p out docs/pictures/chapters
made=0
while IFS=$'\t' read -r picture commands; do
  [[ -z $only || ${picture%.*} == "$only" ]] || continue
  made=$((made + 1))
  if $list; then
    printf '%s: %s\n' "$picture" "$commands"
    continue
  fi
  echo "chapters: $picture" >&2
  eval "$commands" </dev/null # the chapters' own words
  cp "out/$picture" docs/pictures/chapters/
done < <(pictures)
[[ $made -gt 0 ]] || fail "there is no picture '$only'; --list names them"
