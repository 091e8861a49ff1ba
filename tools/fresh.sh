#!/usr/bin/env bash
# Tries the README's commands where nothing is installed: makes a clean Debian or Ubuntu with debootstrap, an ordinary user with
# sudo in it, and a clone of this checkout's last commit, and runs tools/demo.sh and tools/test.sh there as that user. Prints how
# long each took.
#
#   tools/fresh.sh [--folder FOLDER] bookworm|trixie|noble [demo] [test]
#
#   demo, test        which of the two to run; both when neither is named
#   --folder FOLDER   where the system is made, and stays: the next run with it is quicker, but no longer that of a clean system.
#                     Default: a temporary folder, removed at the end
#
# Needs root, the package debootstrap and some 5 GB. Packages come from where this machine's apt gets Debian's (through the
# same proxy); IMPASTO_FRESH_MIRROR names another address, and is needed for noble, Ubuntu 24.04, whose packages are not checked
# against Ubuntu's keys unless this machine has them. No file outside of the folder is touched.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { printf 'fresh: %s\n' "$*"; }
fail() {
  printf 'fresh: error: %s\n' "$*" >&2
  exit "${status:-1}"
}
usage_error() { status=2 fail "$* (--help tells more)"; }

suite=''
steps=()
tree=''
while (($# > 0)); do
  case $1 in
    -h | --help)
      sed -n '2,14p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    --folder)
      [[ -n ${2:-} ]] || usage_error "$1 needs a value"
      tree=$(realpath -m "$2")
      shift
      ;;
    bookworm | trixie | noble) suite=$1 ;;
    demo | test) steps+=("$1") ;;
    *) usage_error "unknown argument $1" ;;
  esac
  shift
done
[[ -n $suite ]] || usage_error "name a system: bookworm, trixie or noble"
((${#steps[@]} > 0)) || steps=(demo test)
[[ $(id -u) -eq 0 ]] || fail "making a system needs root"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
if [[ -z $tree ]]; then
  tree=$(mktemp -d -t impasto-fresh-XXXXXXXX)
  # Nothing of this machine is mounted in it here: mounts exist in a namespace of their own, and end with the command that has it.
  trap 'rm -rf --one-file-system "$tree"' EXIT
fi

# The first place from which this machine gets Debian.
mirror_of_host() {
  apt-get indextargets --format "\$(ORIGIN) \$(REPO_URI)" 'Created-By: Packages' | sed -n '/^Debian /{s/^Debian //p;q}'
}

# inside USER COMMAND: runs a shell command in the system. Not chroot: a browser's sandbox refuses to start in one.
inside() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
    mount --make-rprivate /
    mount --bind "$0" "$0"
    mount -t proc proc "$0/proc"
    mount --rbind /sys "$0/sys"
    mount --rbind /dev "$0/dev"
    cd "$0"
    pivot_root . mnt
    umount --lazy /mnt
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin su - "$1" -c "$2"' "$tree" "$1" "$2"
}

make_system() {
  local mirror=${IMPASTO_FRESH_MIRROR:-} options=() script=()
  if [[ $suite == noble ]]; then
    [[ -n $mirror ]] || fail "noble is Ubuntu's: name an address of Ubuntu's archive in IMPASTO_FRESH_MIRROR"
    options=('--components=main,universe')
    script=(/usr/share/debootstrap/scripts/gutsy) # that of every Ubuntu since, which Debian's debootstrap may not know by name
  fi
  [[ -n $mirror ]] || mirror=$(mirror_of_host)
  [[ -n $mirror ]] || fail "apt here knows no address of Debian: name one in IMPASTO_FRESH_MIRROR"
  local proxy output
  proxy=$(apt-config dump | sed -n 's/^Acquire::http::Proxy "\(.*\)";$/\1/p')
  say "making $suite in $tree"
  mkdir -p "$tree"
  chmod 755 "$tree" # mktemp's folders are closed to the ordinary user, whose / this will be
  output=$(${proxy:+env http_proxy="$proxy"} debootstrap --variant=minbase --include=ca-certificates,git,sudo "${options[@]}" \
    "$suite" "$tree" "$mirror" "${script[@]}" 2>&1) || fail "debootstrap did not finish: $(tail -n 3 <<<"$output")"
  apt-config dump | grep '^Acquire::' >"$tree/etc/apt/apt.conf.d/00host"
  cp -L /etc/resolv.conf /etc/hosts "$tree/etc/"
  cp -L /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/"
  inside root 'useradd --create-home --shell /bin/bash stranger
    echo "stranger ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/stranger'
}

clone() {
  local user
  rm -rf "$tree/home/stranger/impasto"
  git clone --quiet --no-hardlinks "$root" "$tree/home/stranger/impasto"
  user=$(stat -c %u:%g "$tree/home/stranger")
  chown -R "$user" "$tree/home/stranger/impasto"
}

run_step() {
  local begin=$SECONDS
  say "tools/$1.sh"
  inside stranger "cd impasto && tools/$1.sh" || fail "tools/$1.sh failed on $suite with status $?"
  if [[ $1 == demo && ! -s $tree/home/stranger/impasto/out/demo.png ]]; then
    fail "tools/demo.sh left no picture"
  fi
  say "tools/$1.sh passed on $suite after $((SECONDS - begin)) s"
}

[[ -d $tree/home/stranger ]] || make_system
clone
for step in "${steps[@]}"; do
  run_step "$step"
done
