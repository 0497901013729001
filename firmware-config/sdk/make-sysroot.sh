#!/bin/sh
# Makes the root file system that programs for another architecture are built against, from Debian's packages: the C
# library, the compiler's start-up files, ALSA, and libsndfile for the test microphone.
#
#   make-sysroot.sh DEBIAN-ARCHITECTURE SUITE FOLDER
#
# No root is needed and the machine's own package lists stay as they are: apt works in a folder of its own, with the
# machine's settings (such as a proxy) and Debian's keyring. COOEE_DEBIAN_MIRROR names another mirror than the one this
# machine installs from. The folder appears when it is complete; one that is there is left alone.
set -eu
[ $# = 3 ] || {
  sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" >&2
  exit 64
}
architecture=$1 suite=$2 folder=$3
[ ! -e "$folder" ] || exit 0

for command in apt-get dpkg-deb; do
  command -v $command >/dev/null || {
    echo "make-sysroot: $command is missing; Debian and its relatives have it" >&2
    exit 69
  }
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r $keyring ] || {
  echo "make-sysroot: $keyring is missing; install debian-archive-keyring" >&2
  exit 69
}

mkdir -p "$(dirname "$folder")"
folder=$(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The mirror that this machine installs Debian from, unless another is asked for.
mirror=${COOEE_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
  grep -v security | sed -n '1s|/$||p')}
mirror=${mirror:-http://deb.debian.org/debian}

mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/debs" "$work/root"
: >"$work/apt/status"
echo "deb [arch=$architecture signed-by=$keyring] $mirror $suite main" >"$work/apt/sources.list"
# apt takes the machine's configuration first, then this one, which leaves the machine's hooks out.
cat >"$work/apt/apt.conf" <<END
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$work/apt";
Dir::State::status "$work/apt/status";
Dir::State::lists "$work/apt/lists";
Dir::Cache "$work/apt";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
END
configuration="-c=$work/apt/apt.conf"

retry() { # a mirror that is being updated refuses for a moment
  for attempt in 1 2 3; do
    "$@" >"$work/log" 2>&1 && return 0
    [ $attempt = 3 ] || sleep 5
  done
  cat "$work/log" >&2
  return 1
}
fail() {
  echo "make-sysroot: $1 of $suite for $architecture cannot be fetched from $mirror" >&2
  exit 69
}
echo "fetching Debian $suite for $architecture from $mirror" >&2
retry apt-get "$configuration" -q update -o APT::Update::Error-Mode=any || fail "the package list"
gcc=$(apt-cache "$configuration" depends gcc 2>/dev/null | sed -n 's/.*Depends: gcc-\([0-9]*\)$/\1/p' | head -n 1)
# Since the change to 64-bit times, libasound2 has another name.
alsa=libasound2
[ -n "$(apt-cache "$configuration" madison libasound2 2>/dev/null)" ] || alsa=libasound2t64
sound="libsndfile1 libsndfile1-dev $(apt-cache "$configuration" depends libsndfile1 2>/dev/null | sed -n 's/.*Depends: \(lib[^<> ]*\)$/\1/p' |
  grep -v '^libc6$' | tr '\n' ' ')"
# shellcheck disable=SC2086 # the packages are words
(cd "$work/debs" && retry apt-get "$configuration" -q download libc6 libc6-dev libcrypt1 libgcc-s1 "libgcc-$gcc-dev" linux-libc-dev $alsa \
  libasound2-dev $sound) || fail "a package"

for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/root"; done
rm -rf "$work/root/usr/share" "$work/root/usr/sbin" "$work/root/usr/bin" "$work/root/sbin" "$work/root/etc"
# Absolute links would lead out of the folder.
find "$work/root" -type l | while read -r link; do
  target=$(readlink "$link")
  case $target in
  /*) ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$work/root$target")" "$link" ;;
  esac
done
# Since trixie, /lib is a link that another package brings.
for name in lib lib64; do
  [ -e "$work/root/$name" ] || [ ! -e "$work/root/usr/$name" ] || ln -s "usr/$name" "$work/root/$name"
done
(cd "$work/debs" && for package in *.deb; do echo "$package"; done) >"$work/root/packages.txt"
mv "$work/root" "$folder"
