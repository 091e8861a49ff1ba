#!/usr/bin/env bash
# Installs what building needs: Debian or Ubuntu packages, by name. With --test also what testing needs, with --browser the
# test in a browser, with --bundle tools/bundle.sh, with --fuzz tools/fuzz.sh. Does nothing where they are all there. On other
# systems it lists what is needed. A browser is left out where the system has no package of it, as on Ubuntu.
#
#   tools/setup.sh [--test] [--browser] [--bundle] [--fuzz]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/packages.sh
source "$here/packages.sh"

say() { printf 'setup: %s\n' "$*"; }

packages=("${build_packages[@]}")
optional=' '
for argument in "$@"; do
  case $argument in
    --test) packages+=("${test_packages[@]}") ;;
    --browser)
      packages+=("${browser_packages[@]}")
      optional=" ${browser_packages[*]} "
      ;;
    --bundle) packages+=("${bundle_packages[@]}") ;;
    --fuzz) packages+=("${fuzz_packages[@]}") ;;
    -h | --help)
      sed -n '2,6p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    *)
      say "error: unknown argument $argument"
      exit 2
      ;;
  esac
done

if ! command -v apt-get >/dev/null; then
  say "this is no Debian or Ubuntu system. Install the equivalents of these packages, then build with CMake:"
  printf '  %s\n' "${packages[@]}"
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  if [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
    missing+=("$package")
  fi
done
if [[ ${#missing[@]} -eq 0 ]]; then
  say "every package is installed"
  exit 0
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    say "error: these packages are missing, and there is neither root nor sudo to install them: ${missing[*]}"
    exit 1
  fi
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
available=()
for package in "${missing[@]}"; do
  if [[ $optional == *" $package "* && $(apt-cache policy "$package") != *'Candidate: '[0-9]* ]]; then
    say "there is no package $package here: the test that wants it will be skipped"
  else
    available+=("$package")
  fi
done
if [[ ${#available[@]} -eq 0 ]]; then
  exit 0
fi
say "installing ${available[*]}"
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${available[@]}" >/dev/null
say "done"
