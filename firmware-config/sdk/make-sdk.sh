#!/bin/sh
# Makes the Swift SDK bundle that builds cooee-lean for boards.
#
#   make-sdk.sh FOLDER [ARCHITECTURE...]
#
# FOLDER gets cooee.artifactbundle with an SDK named cooee-ARCHITECTURE for each architecture asked for (all of
# architectures.tsv when none is named), beside those that are there already. What is there and made of the same table and
# scripts by the same compiler is left alone, so that a second run takes no time; what is interrupted leaves nothing behind.
#
#   swift build -c release --product cooee-lean --swift-sdks-path FOLDER --swift-sdk cooee-aarch64 --scratch-path ...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || {
  sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" >&2
  exit 64
}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
known=$(sed -n 's/^\([a-z][a-z0-9_]*\)	.*/\1/p' "$here/architectures.tsv")
[ $# -gt 0 ] || set -- $known
bundle=$folder/cooee.artifactbundle
mkdir -p "$bundle"
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
embedded=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')/embedded

# Two runs at once would make the same thing twice.
exec 9>"$folder/lock"
if command -v flock >/dev/null; then flock 9; fi

quoted() { # quoted PREFIX FLAG...: ', "PREFIX", "FLAG"' for each flag
  prefix=$1
  shift
  for flag in "$@"; do printf ', %s"%s"' "$prefix" "$flag"; done
}

# Swift's Unicode tables for RISC-V are built for calls that pass floats in integer registers, and no linker joins those with
# Debian's C library. The tables pass no floats at all, so that their mark (e_flags, at byte 48) is the only difference.
pass_floats_in_registers() { # pass_floats_in_registers ARCHIVE COPY
  objects=$(mktemp -d "$folder/making.XXXXXX")
  (cd "$objects" && "$tools/llvm-ar" x "$1" && for object in *; do
    printf '\005\000\000\000' | dd of="$object" bs=1 seek=48 conv=notrunc 2>/dev/null
  done && "$tools/llvm-ar" rcs "$2" *)
  rm -rf "$objects"
}

make_sdk() { # make_sdk NAME DEBIAN SUITES SWIFT-TRIPLE CLANG-TRIPLE FLAG...
  thumb=
  name=$1 debian=$2 suites=$3 swift=$4 clang=$5
  shift 5
  # Nothing unwinds the stack: C and Embedded Swift have no exceptions.
  set -- "$@" -fno-asynchronous-unwind-tables
  for suite in $(echo "$suites" | tr , ' ') none; do
    [ "$suite" != none ] || exit 69
    status=0
    "$here/make-sysroot.sh" "$debian" "$suite" "$folder/sysroots/$suite-$debian" || status=$?
    [ $status != 0 ] || break
    [ $status = 69 ] || exit $status
  done
  made=$(mktemp -d "$folder/making.XXXXXX")
  trap 'rm -rf "$made"' EXIT
  ln -s "../../sysroots/$suite-$debian" "$made/sysroot"
  tables=$embedded/$swift/libswiftUnicodeDataTables.a
  case $swift in
  riscv64-*)
    pass_floats_in_registers "$tables" "$made/libswiftUnicodeDataTables.a"
    tables=$bundle/cooee-$name/libswiftUnicodeDataTables.a
    ;;
  # Thumb-2, which takes a quarter less. Swift has no such triple, but its code generator takes the feature from clang.
  armv7-*) thumb="-Xclang -target-feature -Xclang +thumb-mode" ;;
  esac
  cat >"$made/swift-sdk.json" <<END
{
  "schemaVersion": "4.0",
  "targetTriples": { "$swift": { "sdkRootPath": "sysroot", "toolsetPaths": ["toolset.json"] } }
}
END
  # Swift gets a triple of its own, which has an Embedded standard library; C gets the Linux triple.
  cat >"$made/toolset.json" <<END
{
  "schemaVersion": "1.0",
  "swiftCompiler": {
    "extraCLIOptions": [
      "-enable-experimental-feature", "Embedded", "-wmo", "-Xfrontend", "-function-sections",
      "-Xfrontend", "-disable-stack-protector",
      "-Xfrontend", "-clang-target", "-Xfrontend", "$clang"$(quoted '"-Xcc", ' "$@" $thumb),
      "-use-ld=lld", "-Xclang-linker", "--target=$clang", "-Xclang-linker", "-static-libgcc"
    ]
  },
  "cCompiler": { "extraCLIOptions": ["--target=$clang", "-ffunction-sections", "-fdata-sections", "-DEMBEDDED_SWIFT"$(quoted '' "$@")] },
  "linker": {
    "extraCLIOptions": [
      "--gc-sections", "--icf=all", "--as-needed", "--build-id=sha1", "-z", "relro", "-z", "now",
      "$tables", "-lm", "-lpthread"
    ]
  }
}
END
  echo "$stamp" >"$made/stamp"
  chmod 755 "$made"
  rm -rf "$bundle/cooee-$name"
  mv "$made" "$bundle/cooee-$name"
  trap - EXIT
}
trap 'exit 130' INT TERM

tab=$(printf '\t')
for name in "$@"; do
  line=$(grep "^$name$tab" "$here/architectures.tsv") || {
    echo "make-sdk: there is no architecture $name; there are:" $known >&2
    exit 64
  }
  stamp=$({ swiftc --version 2>/dev/null; echo "$line"; cat "$here/make-sysroot.sh" "$here/private-apt.sh" "$here/make-sdk.sh"; } | cksum)
  [ "$(cat "$bundle/cooee-$name/stamp" 2>/dev/null)" != "$stamp" ] || continue
  # shellcheck disable=SC2046 # no column but the last holds spaces, and its words are flags
  make_sdk $(echo "$line" | tr '\t' ' ')
done

{
  printf '{\n  "schemaVersion": "1.0",\n  "artifacts": {'
  comma=
  for sdk in "$bundle"/cooee-*; do
    name=$(basename "$sdk")
    printf '%s\n    "%s": { "type": "swiftSDK", "version": "1.0.0", "variants": [{ "path": "%s" }] }' "$comma" "$name" "$name"
    comma=,
  done
  printf '\n  }\n}\n'
} >"$bundle/info.json.new"
mv "$bundle/info.json.new" "$bundle/info.json"
