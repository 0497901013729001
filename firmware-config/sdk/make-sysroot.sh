#!/bin/sh
# Makes the root file system that programs for another architecture are built against, from Debian's packages: the C
# library, the compiler's start-up files, ALSA, and libsndfile for the test microphone. Its folder control has, for the two
# libraries that boards need, what dpkg-shlibdeps computes dependencies from.
#
#   make-sysroot.sh DEBIAN-ARCHITECTURE SUITE FOLDER
#
# No root is needed, see private-apt.sh. The folder appears when it is complete; one that is there is left alone.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 3 ] || {
  sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" >&2
  exit 64
}
architecture=$1 suite=$2 folder=$3
[ ! -e "$folder/control" ] || exit 0

mkdir -p "$(dirname "$folder")"
folder=$(cd "$(dirname "$folder")" && pwd)/$(basename "$folder")
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

. "$here/private-apt.sh"
mkdir -p "$work/debs" "$work/root"
private_apt make-sysroot "$work/apt" "$architecture" "$suite"
gcc=$(apt-cache "$apt_options" depends gcc 2>/dev/null | sed -n 's/.*Depends: gcc-\([0-9]*\)$/\1/p' | head -n 1)
# Since the change to 64-bit times, libasound2 has another name.
alsa=libasound2
[ -n "$(apt-cache "$apt_options" madison libasound2 2>/dev/null)" ] || alsa=libasound2t64
sound="libsndfile1 libsndfile1-dev $(apt-cache "$apt_options" depends libsndfile1 2>/dev/null | sed -n 's/.*Depends: \(lib[^<> ]*\)$/\1/p' |
  grep -v '^libc6$' | tr '\n' ' ')"
# shellcheck disable=SC2086 # the packages are words
(cd "$work/debs" && retry apt-get "$apt_options" -q download libc6 libc6-dev libcrypt1 libgcc-s1 "libgcc-$gcc-dev" linux-libc-dev $alsa \
  libasound2-dev $sound) || apt_fail "a package"

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
mkdir "$work/root/control"
for package in libc6 $alsa; do dpkg-deb -e "$work/debs/$package"_*.deb "$work/root/control/$package"; done
rm -rf "$folder"
mv "$work/root" "$folder"
