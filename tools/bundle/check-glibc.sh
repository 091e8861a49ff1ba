# Sourced by the bundle's scripts: ends with a clear error where the system's C library is too old for the programs here.
# shellcheck shell=bash

bundle=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
needed_glibc=$(<"$bundle/share/glibc-version")

# "glibc 2.36" → 2.36; empty where the C library is another one.
own_glibc() {
  getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc //p'
}

# at_least HAVE NEED: compares versions of two numbers.
at_least() {
  local have_major=${1%%.*} have_minor=${1#*.} need_major=${2%%.*} need_minor=${2#*.}
  ((have_major > need_major || (have_major == need_major && ${have_minor%%.*} >= ${need_minor%%.*})))
}

require_glibc() {
  local have
  have=$(own_glibc)
  if [[ ! $have =~ ^[0-9]+\.[0-9]+ ]] || ! at_least "$have" "$needed_glibc"; then
    echo "impasto: error: this bundle needs glibc $needed_glibc or newer, here is ${have:-another C library} ($bundle): build impasto here, or the bundle on a system this old" >&2
    exit 4
  fi
}
require_glibc
