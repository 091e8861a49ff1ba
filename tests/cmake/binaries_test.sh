#!/usr/bin/env bash
# Reads every program and library of a build folder with readelf: where each looks for libraries, and whether it is hardened.
#
#   binaries_test.sh BUILD_FOLDER [--sanitized]
set -euo pipefail

build=$(cd "$1" && pwd)
sanitized=${2:-}
faults=0
fault() {
  printf '%s: %s\n' "${file#"$build/"}" "$*" >&2
  faults=$((faults + 1))
}

# An element that is empty or relative means the current folder: whoever may write there would have their code run.
check_search_path() {
  local path element
  path=$(sed -n 's/.*(\(RUNPATH\|RPATH\)).*\[\(.*\)\]/\2/p' <<<"$dynamic")
  [[ -n $path ]] || return 0
  while IFS= read -r element; do
    case $element in
      /* | "\$ORIGIN" | "\$ORIGIN"/*) ;;
      *) fault "looks for libraries in '$element' of '$path'" ;;
    esac
  done < <(tr ':' '\n' <<<"$path")
}

check_hardening() {
  [[ $header == *'Type: DYN'* ]] || fault 'is not position-independent'
  [[ $dynamic == *BIND_NOW* || $dynamic == *'Flags: NOW'* ]] || fault 'binds functions when they are first called'
  [[ $segments == *GNU_RELRO* ]] || fault 'keeps its relocations writable'
  [[ $segments =~ GNU_STACK[^$'\n']*\ RW\  ]] || fault 'has an executable stack'
}

# What the compiler put in shows where there is something to guard: in the library and the program.
check_guards() {
  [[ $symbols == *__stack_chk_fail* ]] || fault 'has no stack protector'
  [[ -n $sanitized || $symbols =~ __[a-z]+_chk(@|$'\n') ]] || fault 'has no fortified functions'
}

checked=0
guarded=0
while IFS= read -r -d '' file; do
  [[ $(head -c 4 "$file" | tail -c 3) == ELF ]] || continue
  header=$(readelf --file-header --wide "$file" | sed 's/: */: /')
  dynamic=$(readelf --dynamic --wide "$file" | sed 's/: */: /')
  segments=$(readelf --program-headers --wide "$file")
  symbols=$(readelf --dyn-syms --wide "$file")
  check_search_path
  check_hardening
  case $file in
    */bin/impasto | */libimpasto.so.*)
      check_guards
      guarded=$((guarded + 1))
      ;;
  esac
  checked=$((checked + 1))
done < <(find "$build" -type f \( -perm -u+x -o -name '*.so*' \) -not -path '*/CMakeFiles/*' -print0)

echo "$checked binaries read, $faults faults"
if ((guarded < 2)); then
  echo "the program or the library was not found in $build" >&2
  exit 1
fi
((faults == 0))
