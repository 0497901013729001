#!/bin/sh
# Makes the app for Home Assistant in .build/home-assistant: a repository of apps with one folder, cooee.
#
#   make-repository.sh [--image NAME]
#
# Without --image, the folder has the files of this machine's architecture, from which Home Assistant builds the image by itself:
# copy it to /addons of the machine that runs Home Assistant. With --image, it names an image in a registry, such as
# registry.example/cooee-{arch}, to which you push the image built from the same folder; the repository is then small enough
# for git. Needs what make-image.sh needs.
set -eu
cd "$(dirname "$0")/../.."
here=firmware-config/home-assistant
output=.build/home-assistant
image=
if [ "${1-}" = --image ] && [ $# = 2 ]; then
  image=$2
elif [ $# != 0 ]; then
  sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" >&2
  exit 64
fi
version=$(firmware-config/version)
grep -qx "version: $version" $here/cooee/config.yaml || {
  echo "make home-assistant: the version in $here/cooee/config.yaml is not $version" >&2
  exit 65
}
architecture=$(dpkg --print-architecture)
case $architecture in arm64) name=aarch64 ;; *) name=$architecture ;; esac
mkdir -p .build
work=$(mktemp -d .build/home-assistant.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
umask 022
chmod 755 "$work"
cp -R $here/repository.yaml $here/cooee "$work"
cp CHANGELOG.md "$work/cooee"
# The full program exists for the architecture of this machine alone.
sed -e "/^arch:/,/^[a-z]/{/^  - /{/^  - $name\$/!d}}" $here/cooee/config.yaml >"$work/cooee/config.yaml"
[ -z "$image" ] || echo "image: $image" >>"$work/cooee/config.yaml"
firmware-config/image/make-image.sh --files "$work/files" "$architecture"
find "$work/files" -type d -exec chmod a+rx {} +
for applet in sh cat hostname sleep wget; do ln -s busybox "$work/files/usr/bin/$applet"; done
tar -C "$work/files" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - . | gzip -9n >"$work/cooee/cooee-$name.tar.gz"
rm -rf "$work/files"
rm -rf $output
mv "$work" $output
trap - EXIT
echo "$output: version $version for $name, $(du -sk $output/cooee | cut -f 1) KB"
