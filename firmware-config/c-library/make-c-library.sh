#!/bin/sh
# Builds the C library and installs it: PREFIX/include/cooee.h, PREFIX/lib/libcooee.a and libcooee.so, PREFIX/lib/pkgconfig/cooee.pc.
#
#   make-c-library.sh ARCHITECTURE PREFIX      ARCHITECTURE as in ../sdk/architectures.tsv, or native for this machine
#
# The library needs nothing but the C library and libm. A program that uses it:
#
#   cc example.c $(PKG_CONFIG_PATH=PREFIX/lib/pkgconfig pkg-config --cflags --libs cooee)
set -eu
[ $# = 2 ] || {
  sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" >&2
  exit 64
}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
[ "$1" != native ] || set -- "$(uname -m)" "$2"
architecture=$1
line=$(grep "^$architecture	" firmware-config/sdk/architectures.tsv) || {
  echo "make-c-library: there is no architecture $architecture; there are:" \
    "$(sed -n 's/^\([a-z][a-z0-9_]*\)	.*/\1/p' firmware-config/sdk/architectures.tsv | tr '\n' ' ')" >&2
  exit 64
}
mkdir -p "$2/include" "$2/lib/pkgconfig"
prefix=$(cd "$2" && pwd)
swift_triple=$(echo "$line" | cut -f 4)
clang_triple=$(echo "$line" | cut -f 5)
flags=$(echo "$line" | cut -f 6)
firmware-config/sdk/make-sdk.sh .build/boards "$architecture"
scratch=.build/boards/build-$architecture
build() {
  swift build -c release --product CooeeC --swift-sdks-path .build/boards --swift-sdk "cooee-$architecture" --scratch-path "$scratch" "$@"
}
build
built=$(build --show-bin-path)
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
# The Swift toolchain's own tools, which know every architecture.
tools=$(dirname "$resources")/../bin
sdk=.build/boards/cooee.artifactbundle/cooee-$architecture

# One object in which nothing is visible but the interface: what else is in it cannot meet its like in a program.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n 's/.*global: \(.*\)/\1/p' firmware-config/c-library/symbols.map | tr -d ' ' | tr ';' '\n' | sed '/^$/d' >"$work/symbols"
"$tools/ld.lld" -r --whole-archive "$built/libCooeeC.a" --no-whole-archive \
  "$resources/embedded/$swift_triple/libswiftUnicodeDataTables.a" -o "$work/cooee.o"
"$tools/llvm-objcopy" --wildcard --keep-global-symbols="$work/symbols" --strip-debug "$work/cooee.o"
rm -f "$prefix/lib/libcooee.a"
"$tools/llvm-ar" rcs "$prefix/lib/libcooee.a" "$work/cooee.o"
# shellcheck disable=SC2086 # the flags are words
"$tools/clang" --target="$clang_triple" --sysroot="$sdk/sysroot" $flags -fuse-ld=lld -shared -static-libgcc \
  -Wl,--gc-sections,--as-needed,-z,relro,-z,now,-s,-soname,libcooee.so.1 \
  -Wl,--version-script=firmware-config/c-library/symbols.map -Wl,-z,defs \
  "$prefix/lib/libcooee.a" -Wl,--undefined-glob='cooee_*' -lm -o "$prefix/lib/libcooee.so.1"
ln -sf libcooee.so.1 "$prefix/lib/libcooee.so"
cp Sources/CInterface/CCooee/include/cooee.h "$prefix/include/cooee.h"
version=$(firmware-config/version)
sed "s/@VERSION@/$version/" firmware-config/c-library/cooee.pc.in >"$prefix/lib/pkgconfig/cooee.pc"
echo "installed the C library $version for $architecture in $prefix" >&2
