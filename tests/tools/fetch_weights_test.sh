#!/usr/bin/env bash
# tools/fetch_weights.sh against a server that is a stub of curl: it hands out a file, from where the download stopped,
# as the real one does, and can be told to cut, to forge or to change it. Usage: fetch_weights_test.sh PROGRAM SOURCE
set -euo pipefail

program=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# A tree with the script, and a table of its own that names a small checkpoint.
mkdir -p "$work/tools" "$work/weights" "$work/bin" "$work/server"
cp "$source/tools/fetch_weights.sh" "$work/tools/"
served=$work/server/small.pth
cp "$source/tests/data/checkpoints/zip.pth" "$served"
size=$(stat --format %s "$served")
table() { # DIGEST
  printf 'small small.pth %s %s custom torchvision https://example.invalid/small.pth\n' "$size" "$1" >"$work/weights/sources.txt"
}
good=sha256:$(sha256sum "$served" | cut -d ' ' -f 1)
table "$good"

cat >"$work/bin/curl" <<'STUB'
#!/usr/bin/env bash
# Appends what the part lacks. CUT: stop after so many bytes. NO_RANGES: refuse to continue. NO_NETWORK: find no host.
set -eu
arguments="$*"
[[ $arguments == *"--proto =https --proto-redir =https"* ]] || { echo "not over https alone" >&2; exit 99; }
[[ $arguments == *"--continue-at -"* ]] || exit 98
[[ -z ${NO_NETWORK:-} ]] || exit 6
output=$(sed 's/.*--output \([^ ]*\).*/\1/' <<<"$arguments")
have=$(stat --format %s "$output" 2>/dev/null || echo 0)
echo "from $have" >>"$LOG"
[[ $have -eq 0 || -z ${NO_RANGES:-} ]] || exit 33
tail -c "+$((have + 1))" "$SERVED" | head -c "${CUT:-1000000000}" >>"$output"
[[ -z ${CUT:-} ]] || exit 18
STUB
chmod +x "$work/bin/curl"

fetch() { # [VARIABLE=VALUE…]
  env "$@" PATH="$work/bin:$PATH" SERVED="$served" LOG="$work/log" IMPASTO_BINARY="$program" \
    "$work/tools/fetch_weights.sh" small >"$work/out" 2>&1
}
begin() {
  echo "- $*"
  what=$*
  rm -f "$work"/weights/*.pth* "$work"/weights/*.h5 "$work/log"
  table "$good"
  cp "$source/tests/data/checkpoints/zip.pth" "$served"
}
expect() { # CONDITION…
  if ! "$@"; then
    echo "FAILED: $what: $*"
    cat "$work/out"
    failures=$((failures + 1))
  fi
}
refuses() { ! fetch "$@"; }
says() { grep -q -- "$1" "$work/out"; }
says_not() { ! says "$1"; }
is_there() { [[ -f $work/weights/$1 ]]; }
is_not_there() { [[ ! -e $work/weights/$1 ]]; }

begin "fetches, checks, converts, and keeps the SHA-256"
expect fetch
expect is_there small.h5
expect says "${good#*:}"
expect grep -q "${good#*:}  small.pth" "$work/weights/small.pth.sha256"
inspects() { "$program" inspect "$work/weights/small.h5" >"$work/out"; }
expect inspects
expect is_not_there small.pth.part

begin "takes an MD5 where that is what was published"
table "md5:$(md5sum "$served" | cut -d ' ' -f 1)"
expect fetch
expect is_there small.h5

begin "goes on where a download stopped"
expect refuses CUT=1000
expect is_there small.pth.part
expect is_not_there small.pth
expect fetch
expect grep -q "from 1000" "$work/log"
expect is_there small.h5

begin "starts anew from a part that is no beginning of the file"
head -c 1000 /dev/zero >"$work/weights/small.pth.part"
expect fetch
expect says "starting anew"
expect is_there small.h5

begin "starts anew from a part that is longer than the file"
head -c $((size + 5)) /dev/zero >"$work/weights/small.pth.part"
expect fetch
expect is_there small.h5

begin "starts anew where the server cannot continue"
head -c 1000 "$served" >"$work/weights/small.pth.part"
expect fetch NO_RANGES=1
expect is_there small.h5

begin "says that there is no network, rather than that a download stopped"
expect refuses NO_NETWORK=1
expect says "cannot be reached"
expect says_not "go on where it stopped"

begin "refuses a forged file of the right size"
printf 'X' | dd of="$served" bs=1 seek=900 conv=notrunc status=none
expect refuses
expect says "is not small.pth"
expect is_not_there small.pth
expect is_not_there small.pth.part
expect is_not_there small.h5

begin "refuses a digest of which only the first 32 bits agree"
table "${good:0:15}$(printf '0%.0s' {1..56})"
expect refuses
expect is_not_there small.h5

begin "refuses a file of another size"
echo more >>"$served"
expect refuses
expect says "$size bytes"
expect is_not_there small.h5

begin "notices that a file has changed since the last time"
expect fetch
rm "$work/weights/small.pth" "$work/weights/small.h5"
echo "0000  small.pth" >"$work/weights/small.pth.sha256"
expect refuses
expect says "has changed"
expect is_not_there small.h5

begin "refuses a network of another structure"
sed -i 's/ custom / vgg19 /' "$work/weights/sources.txt"
expect refuses
expect says "holds no vgg19"
expect is_not_there small.h5

begin "never touches weights that are there"
echo precious >"$work/weights/small.h5"
expect fetch
expect says "there already"
expect grep -q precious "$work/weights/small.h5"

begin "leaves a checkpoint alone that it does not know"
echo mine >"$work/weights/small.pth"
expect refuses
expect grep -q mine "$work/weights/small.pth"

begin "refuses an address that is not https"
expect refuses IMPASTO_WEIGHTS_URL=http://example.invalid/small.pth
expect says "no https address"

begin "names the weights that there are"
ask_for_others() {
  local status=0
  "$work/tools/fetch_weights.sh" others >"$work/out" 2>&1 || status=$?
  [[ $status -eq 2 ]]
}
expect ask_for_others
expect says "there are: small"

[[ $failures -eq 0 ]] || exit 1
