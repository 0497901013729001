#!/bin/sh
# Makes what a board needs: .build/boards/cooee-BOARD.tar.gz, from firmware-config/boards/BOARD.toml.
#
#   make-board.sh [--key FILE.pub] BOARD...   the archives; with a key, they use what it signed alone (cooee-train sign)
#   make-board.sh --list             the boards, with target and description
#   make-board.sh --check BOARD...   nothing; fails where a board file asks for what is not there
#   make-board.sh --program ARCH     the program alone; prints its path; with full as ARCH, the full program of this machine
#   make-board.sh [--key FILE.pub] --full [BOARD]     cooee-service-BOARD.tar.gz with the full program (cooee serve), for this machine's kind
#
# COOEE_BOARD_MODELS names another folder than models to take models and signatures from, COOEE_PROGRAMS a folder that swift build
# has filled already with what the full program is linked of.
#
# Boards of one architecture share one program, which chooses the instructions to compute with when it starts.
set -eu
cd "$(dirname "$0")/.."
config=firmware-config
output=.build/boards
tab=$(printf '\t')

boards() { for file in $config/boards/*.toml; do basename "$file" .toml; done; }

# The value of a key of a board file, without quotation marks.
value() { # value BOARD KEY
  sed -n "s/^$2 *= *\"\{0,1\}\([^\"#]*[^\"# ]\)\"\{0,1\} *\(#.*\)\{0,1\}$/\1/p" "$config/boards/$1.toml"
}

fail() {
  echo "make board: $*" >&2
  exit 64
}

list() {
  for board in $(boards); do printf '%-24s %-8s %s\n' "$board" "$(value "$board" target)" "$(value "$board" description)"; done
}

check() { # check BOARD: the board is known, and its processor runs the program that it asks for
  [ -n "$1" ] || {
    echo "make board: name a board, such as make board BOARD=raspberry-pi-4; there are:" >&2
    list >&2
    exit 64
  }
  boards | grep -qxF -e "$1" || {
    nearest=$(boards | awk -v word="$1" -f $config/nearest.awk)
    echo "make board: there is no board $1;${nearest:+ did you mean $nearest?} there are:" >&2
    list >&2
    exit 64
  }
  target=$(value "$1" target) cpu=$(value "$1" cpu) model=$(value "$1" model)
  grep -q "^$target$tab" $config/sdk/architectures.tsv ||
    fail "$1: target is $target; there are" $(sed -n "s/^\([a-z][a-z0-9_]*\)$tab.*/\1/p" $config/sdk/architectures.tsv)
  runs=$(sed -n "s/^$cpu$tab\([^$tab]*\)$tab.*/\1/p" $config/sdk/processors.tsv)
  [ -n "$runs" ] || fail "$1: cpu is $cpu, which $config/sdk/processors.tsv does not have"
  case ,$runs, in *,"$target",*) ;; *) fail "$1: the processor $cpu runs $runs, not $target" ;; esac
  [ -f "models/$model.cooee" ] || fail "$1: there is no models/$model.cooee"
}

# Builds the program of an architecture, stripped, and sets `program` to its path. It is stripped of debug information in any case, which
# takes a part of the time to compile.
build() { # build ARCHITECTURE
  $config/sdk/make-sdk.sh $output "$1"
  set -- "$1" "$output/build-$1" --product cooee-lean --swift-sdks-path $output --swift-sdk "cooee-$1" -debug-info-format none
  architecture=$1 scratch=$2
  shift 2
  mkdir -p "$scratch"
  swift build -c release --scratch-path "$scratch" "$@" >"$scratch/log" 2>&1 || {
    cat "$scratch/log" >&2
    echo "make board: cooee-lean cannot be built for $architecture" >&2
    exit 70
  }
  program=$output/programs/$architecture/cooee
  mkdir -p "${program%/*}"
  "$(dirname "$(command -v swiftc)")/llvm-objcopy" --strip-all \
    "$(swift build -c release --scratch-path "$scratch" "$@" --show-bin-path)/cooee-lean" "$program.new" 2>/dev/null ||
    fail "the toolchain has no llvm-objcopy beside swiftc"
  mv "$program.new" "$program"
}

# The newest glibc whose functions the program uses.
glibc() { strings -a "$1" | sed -n 's/^GLIBC_\([0-9][0-9.]*\)$/\1/p' | sort -V | tail -n 1; }

# Builds the full program for this machine, with the Swift runtime in it, stripped, and sets `program` and `target`.
# The objects are those of make build; with --static-swift-stdlib, SwiftPM would compile all of them again, only to link them
# with other libraries.
build_full() {
  target=$(uname -m)
  built=${COOEE_PROGRAMS-}
  [ -n "$built" ] || { swift build -c release --product cooee >&2 && built=$(swift build -c release --show-bin-path); } || {
    echo "make service: cooee cannot be built" >&2
    exit 70
  }
  program=$output/programs/full/cooee
  mkdir -p "${program%/*}"
  # shellcheck disable=SC2046 # the flags are words
  swiftc -static-stdlib -use-ld=lld -Xlinker --gc-sections -Xlinker --icf=all -Xlinker --no-export-dynamic \
    -Xlinker --build-id=sha1 -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now -Xlinker --defsym -Xlinker main=cooee_main "@$built/cooee.product/Objects.LinkFileList" -lasound \
    $(pkg-config --libs sndfile samplerate libmosquitto) -l_FoundationCShims -l_FoundationCollections -o "$program.new" >&2 &&
    "$(dirname "$(command -v swiftc)")/llvm-objcopy" --strip-all "$program.new" &&
    mv "$program.new" "$program" || {
    echo "make service: cooee cannot be linked with the Swift runtime" >&2
    exit 70
  }
}

# The public key, when it is one, and every file that an archive gets is signed with it.
check_key() { # check_key FILE...
  [ -r "$key" ] || fail "the key $key cannot be read; cooee-train sign --new-key FILE makes FILE.pub"
  trusted=$(cat "$key")
  # 44 characters of base64 are 32 bytes; a private key has more lines.
  printf '%s' "$trusted" | grep -qxE '[A-Za-z0-9+/]{43}=' && [ "$(wc -l <"$key")" -le 1 ] ||
    fail "$key is not a public key, which is one line of 44 characters of base64"
  for file in "$@"; do
    [ -r "$file.sig" ] || fail "$file is not signed; cooee-train sign --key FILE $file"
    grep -qF "$trusted " "$file.sig" || fail "$file.sig has no signature by $trusted; cooee-train sign --key FILE $file"
    command -v openssl >/dev/null || continue
    proof=$(mktemp -d)
    { printf '\060\052\060\005\006\003\053\145\160\003\041\000' && echo "$trusted" | base64 -d; } >"$proof/key"
    grep -F "$trusted " "$file.sig" | cut -d ' ' -f 2 | base64 -d >"$proof/signature"
    holds=yes
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$proof/key" -rawin -in "$file" -sigfile "$proof/signature" \
      >/dev/null 2>&1 || holds=no
    rm -rf "$proof"
    [ $holds = yes ] || fail "$file is not what $trusted signed; cooee-train sign --key FILE $file"
  done
}

make_archive() { # make_archive BOARD lean|full
  check "$1"
  files="$models/$model.cooee $models/english.cooee"
  [ ! -f "$models/$model-background.cooee" ] || files="$files $models/$model-background.cooee"
  # shellcheck disable=SC2086 # the files are words
  [ -z "$key" ] || check_key $files
  version=$($config/version)
  name=cooee-$1 service=cooee packages=libasound2
  if [ "$2" = full ]; then
    [ "$target" = "$(uname -m)" ] || fail "$1 is $target, and the full program is built for this machine, $(uname -m)"
    build_full
    name=cooee-service-$1 service=cooee-serve
    packages="libasound2 libsndfile1 libsamplerate0 libmosquitto1 libavahi-client3"
  else
    build "$target"
  fi
  work=$(mktemp -d "$output/making.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  tree=$work/$name
  mkdir -p "$tree/bin" "$tree/share/cooee/licenses" "$tree/share/cooee/alsa" "$tree/systemd" "$tree/udev"
  cp "$program" "$tree/bin/cooee"
  for file in $files; do
    cp "$file" "$tree/share/cooee/"
    [ -z "$key" ] || cp "$file.sig" "$tree/share/cooee/"
  done
  cp LICENSE models/english-LICENSE.txt "models/$model.md" "$tree/share/cooee/licenses/"
  cp $config/alsa/*.conf "$tree/share/cooee/alsa/"
  rm -f "$tree/share/cooee/alsa/test-microphone.conf"
  cp "$config/boards/$1.toml" "$tree/cooee.toml"
  [ -z "$key" ] || printf '\n# Models, language and background files are used when this key signed them alone.\ntrusted_keys = "%s"\n' \
    "$trusted" >>"$tree/cooee.toml"
  cp $config/systemd/$service.service "$tree/systemd/"
  cp $config/udev/*.rules "$tree/udev/"
  cp $config/archive/install.sh "$tree/"
  echo "$target" >"$tree/target"
  sed -e "s|@VERSION@|$version|g" -e "s|@BOARD@|$1|g" -e "s|@ARCHIVE@|$name|g" -e "s|@PACKAGES@|$packages|g" \
    -e "s|@DESCRIPTION@|$(value "$1" description)|g" -e "s|@TARGET@|$target|g" \
    -e "s|@SERVICE@|$service|g" -e "s|@GLIBC@|$(glibc "$program")|g" -e "s|@MODEL@|$model|g" \
    $config/archive/README.md >"$tree/README.md"
  find "$tree" -type f -exec chmod 644 {} +
  find "$tree" -type d -exec chmod 755 {} +
  chmod 755 "$tree/install.sh" "$tree/bin/cooee"
  (cd "$tree" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >../SHA256SUMS)
  mv "$work/SHA256SUMS" "$tree/SHA256SUMS"
  # The same sources give the same bytes.
  tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$name" | gzip -9n >"$work/archive"
  mv "$work/archive" "$output/$name.tar.gz"
  rm -rf "$work"
  trap - EXIT
  echo "$output/$name.tar.gz: $(wc -c <"$output/$name.tar.gz") bytes, cooee $version for $target ($(wc -c <"$program") bytes, glibc" \
    "$(glibc "$program") or later), model $model"
}
trap 'exit 130' INT TERM

# Models that somebody signed elsewhere are taken from another folder.
models=${COOEE_BOARD_MODELS:-models}
key=
if [ "${1-}" = --key ]; then
  [ $# -ge 2 ] || fail "--key wants the file of a public key"
  key=$2
  shift 2
fi
case ${1-} in
--list) list ;;
--check)
  shift
  for board in "$@"; do check "$board"; done
  ;;
--program)
  [ $# = 2 ] || fail "--program wants an architecture"
  if [ "$2" = full ]; then build_full; else build "$2"; fi
  echo "$program"
  ;;
--full)
  case $(uname -m) in
  x86_64) board=x86-64 ;;
  *) board=generic-$(uname -m) ;;
  esac
  make_archive "${2:-$board}" full
  ;;
-*) fail "there is no option $1" ;;
*)
  [ $# -gt 0 ] || set -- ''
  for board in "$@"; do make_archive "$board" lean; done
  ;;
esac
