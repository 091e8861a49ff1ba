#!/usr/bin/env bash
# Makes a tarball that runs on a GPU machine without package manager or network: program, tests, their libraries except
# NVIDIA's and the C library, sample pictures, benchmarks.
#
#   tools/bundle.sh [-o OUT.tar.xz|OUT.tar.gz] [--weights FILE]... [--architectures LIST] [--build-dir FOLDER]
#
#   -o OUT                 default .bundle/impasto-COMMIT.tar.xz; the name's end chooses the compression
#   --weights FILE         goes along in weights/; a checkpoint (.pth, .safetensors) is converted. May be given repeatedly
#   --architectures LIST   GPUs to compile for, as CMAKE_CUDA_ARCHITECTURES, like 90 or 80-real;90; default: all from 7.5 on
#   --build-dir FOLDER     packs what was built there instead of building; it must hold the CUDA backend and the tests
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf 'bundle: %s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit "${status:-1}"
}
usage_error() { status=2 fail "$* (--help tells more)"; }

every_architecture='75-real;80-real;86-real;89-real;90' # the last one leaves PTX for newer GPUs

output=''
weights=()
architectures=''
build=''
while (($# > 0)); do
  case $1 in
    -h | --help)
      sed -n '2,10p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'
      exit 0
      ;;
    -o | --weights | --architectures | --build-dir)
      [[ -n ${2:-} ]] || usage_error "$1 needs a value"
      case $1 in
        -o) output=$(realpath -m "$2") ;;
        --weights) weights+=("$(realpath -m "$2")") ;;
        --architectures) architectures=$2 ;;
        --build-dir) build=$(realpath -m "$2") ;;
      esac
      shift 2
      ;;
    *) usage_error "unknown argument $1" ;;
  esac
done

commit=$(git -C "$root" rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
if [[ -n $(git -C "$root" status --porcelain --untracked-files=no 2>/dev/null) ]]; then
  commit+=-changed
fi
name=impasto-$commit
output=${output:-$root/.bundle/$name.tar.xz}
case $output in
  *.tar.gz | *.tgz) compress=(gzip -9 -n) ;;
  *.tar.xz) compress=(xz -6) ;;
  *) usage_error "-o $output: the name must end with .tar.xz or .tar.gz" ;;
esac
for file in "${weights[@]}"; do
  [[ -r $file ]] || usage_error "--weights $file: there is no such readable file"
done
if [[ -n $build && -n $architectures ]]; then
  usage_error "--architectures has no effect with --build-dir"
fi

cd "$root"
"$root/tools/setup.sh" --test --bundle >&2
if [[ -z $build ]]; then
  build=$root/build/bundle
  # Always a list: CMake's own default here is the GPU of this very machine, if it has one.
  cmake --preset bundle "-DCMAKE_CUDA_ARCHITECTURES=${architectures:-$every_architecture}" >&2
  cmake --build --preset bundle >&2
fi

programs=("$build/impasto" "$build/tests/impasto_tests")
own_libraries=("$build"/lib/libimpasto.so* "$build/lib/libimpasto_cuda.so")
for file in "${programs[@]}" "${own_libraries[@]}"; do
  [[ -e $file ]] || fail "$file was not built"
done
if [[ -x $build/tests/cuda_emulation/cuda_emulation_tests ]]; then
  programs+=("$build/tests/cuda_emulation/cuda_emulation_tests")
fi
# Micro-benchmarks, where there are any.
if [[ -d $build/benchmarks ]]; then
  while IFS= read -r -d '' file; do
    programs+=("$file")
  done < <(find "$build/benchmarks" -maxdepth 1 -type f -executable -print0)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/$name
mkdir -p "$tree"/{bin,lib,share,tests,docs,benchmarks,tools}

# ---- programs and libraries

is_glibc() {
  [[ $1 =~ ^(ld-linux.*|lib(c|m|dl|pthread|rt|resolv|util|anl|mvec|thread_db|nss_[a-z]+|BrokenLocale))\.so(\.[0-9]+)*$ ]]
}
is_nvidia() {
  [[ $1 =~ ^lib(cuda|cudart|cublas|cublasLt|cudnn[a-z_]*|cufft|curand|cusolver|cusparse|cupti|nvrtc|nvJitLink|nccl)(-[a-z]+)?\.so(\.[0-9]+)*$ ]]
}

# Every library that the given files load, as "name path" lines; "not" where the loader finds none.
libraries_of() {
  LD_LIBRARY_PATH=$build/lib ldd "$@" | sed -n 's/^\s*\([^ ]*\) => \([^ ]*\).*/\1 \2/p' | sort -u
}

cp "${programs[@]}" "$tree/bin/"
cp -P "${own_libraries[@]}" "$tree/lib/"
nvidia=()
while read -r library path; do
  if is_glibc "$library" || [[ $library == libimpasto.so* ]]; then
    continue
  elif is_nvidia "$library"; then
    continue
  elif [[ $path == not ]]; then
    fail "the loader does not find $library"
  fi
  cp -L "$path" "$tree/lib/$library"
done < <(libraries_of "${programs[@]}" "${own_libraries[@]}")
while read -r library; do
  if is_nvidia "$library"; then
    nvidia+=("$library")
  fi
done < <(patchelf --print-needed "$build/lib/libimpasto_cuda.so")

# DT_RPATH rather than DT_RUNPATH: it comes before LD_LIBRARY_PATH, so these libraries stay together.
while IFS= read -r -d '' file; do
  chmod u+w "$file"
  strip --strip-unneeded "$file"
  case $file in
    "$tree/bin/"*) patchelf --force-rpath --set-rpath "\$ORIGIN/../lib" "$file" ;;
    *) patchelf --force-rpath --set-rpath "\$ORIGIN" "$file" ;;
  esac
done < <(find "$tree/bin" "$tree/lib" -type f -print0)

# Nothing may be left to the machine but the C library and NVIDIA's.
while read -r library path; do
  if [[ $path != "$tree/lib/"* ]] && ! is_glibc "$library" && ! is_nvidia "$library"; then
    fail "$library is not in the bundle ($path)"
  fi
done < <(env -u LD_LIBRARY_PATH ldd "$tree"/bin/* "$tree"/lib/*.so* | sed -n 's/^\s*\([^ ]*\) => \([^ ]*\).*/\1 \2/p' | sort -u |
  while read -r library path; do
    [[ $path == not ]] && path='not found'
    echo "$library $(realpath -m -s "$path")"
  done)

# ---- data and scripts

cp -R tests/data "$tree/tests/"
mkdir "$tree/tests/fuzz"
cp -R tests/fuzz/corpus "$tree/tests/fuzz/"
cp -R docs/samples "$tree/docs/"
find benchmarks -maxdepth 1 -type f \( -name '*.py' -o -name '*.sh' \) -exec cp {} "$tree/benchmarks/" \;
cp tools/gpu_check.sh "$tree/tools/"
cp tools/bundle/impasto tools/bundle/run-tests.sh LICENSE "$tree/"
cp tools/bundle/check-glibc.sh "$tree/share/"
for file in "${weights[@]}"; do
  mkdir -p "$tree/weights"
  base=$(basename "$file")
  if [[ $(head -c 8 "$file" | od -An -tx1 | tr -d ' \n') == 894844460d0a1a0a ]]; then # HDF5
    cp "$file" "$tree/weights/"
  else
    "$tree/bin/impasto" convert "$file" -o "$tree/weights/${base%.*}.h5" >&2
  fi
done

glibc=$(find "$tree/bin" "$tree/lib" -type f -exec objdump -T {} + | grep -o 'GLIBC_2\.[0-9.]*' | sed 's/GLIBC_//' |
  sort -u -V | tail -n 1)
[[ -n $glibc ]] || fail "could not find out which glibc the programs need"
echo "$glibc" >"$tree/share/glibc-version"
echo "$commit" >"$tree/share/commit"
compiled_for=$(sed -n 's/^CMAKE_CUDA_ARCHITECTURES:[A-Z]*=//p' "$build/CMakeCache.txt")
toolkit=$("$(sed -n 's/^IMPASTO_NVCC:FILEPATH=//p' "$build/CMakeCache.txt")" --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
sed -e "s/@COMMIT@/$commit/" -e "s/@DATE@/$(date -u +%Y-%m-%d)/" -e "s/@MACHINE@/$(uname -m)/" -e "s/@GLIBC@/$glibc/" \
  -e "s/@ARCHITECTURES@/${compiled_for:-the default architectures}/" -e "s/@CUDA@/$toolkit/" \
  -e "s/@NVIDIA@/$(printf '%s and ' "${nvidia[@]}" | sed 's/ and $//')/" tools/bundle/README >"$tree/README"

# ---- pack

mkdir -p "$(dirname "$output")"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | "${compress[@]}" >"$output.part"
mv "$output.part" "$output"
size=$(stat -c %s "$output")
say "needs glibc $glibc; unpacked $(du -sm "$tree" | cut -f1) MiB, packed $(((size + 1048575) / 1048576)) MiB"
say "the bundle is $output"
