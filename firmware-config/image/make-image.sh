#!/bin/sh
# Makes OCI images in .build/images, without a daemon and without root: cooee-image-VERSION-ARCHITECTURE.tar.
#
#   make-image.sh [ARCHITECTURE…]               for Debian's amd64, arm64 and armhf; without one, this machine's
#   make-image.sh --files FOLDER ARCHITECTURE   the image's files alone, with what a Home Assistant app needs beside them
#
# The image has the program, its libraries, the models, and nothing else: no shell, no package manager. For this machine's
# architecture it has the full program and runs cooee serve; for another it has the lean one and runs cooee listen. Libraries are
# those of Debian COOEE_IMAGE_SUITE (bookworm), with its security updates. Needs umoci and binutils.
#
# The archives have the OCI layout and the manifest of older Dockers: podman load, docker load and skopeo read them.
set -eu
cd "$(dirname "$0")/../.."
config=firmware-config
output=.build/images
suite=${COOEE_IMAGE_SUITE:-bookworm}
tab=$(printf '\t')
export LC_ALL=C
umask 022
fail() {
  echo "make image: $*" >&2
  exit "${status:-64}"
}
for command in umoci readelf dpkg-deb; do
  command -v $command >/dev/null || status=69 fail "$command is missing; apt-get install umoci binutils"
done
known=$(awk '!/^#/ && NF { print $2 }' $config/sdk/architectures.tsv)
own=$(dpkg --print-architecture)
files=
if [ "${1-}" = --files ]; then
  [ $# = 3 ] || fail "--files wants a folder and an architecture"
  files=$2
  shift 2
fi
[ $# -gt 0 ] || set -- "$own"
for architecture in "$@"; do
  echo "$known" | grep -qxF -e "$architecture" || fail "there is no architecture $architecture; there are:" $known
done
version=$($config/version)
released=$(sed -n "s/^## \[\{0,1\}$version\]\{0,1\} - \([0-9-]*\)\$/\1/p" CHANGELOG.md)
created=${released:-2026-01-01}T00:00:00Z

# Fetches the packages whose files the image takes, each into a folder of its own; .build/images/packages-… keeps them.
fetch() { # fetch NAME PACKAGES-WITH-DEPENDENCIES PACKAGES-ALONE
  packages=$output/packages-$suite-$architecture-$1
  stamp=$(echo "$suite $2 $3" | cat - "$0" $config/sdk/private-apt.sh | cksum)
  [ "$(cat "$packages/stamp" 2>/dev/null)" != "$stamp" ] || return 0
  rm -rf "$packages"
  fetching=$(mktemp -d "$output/fetching.XXXXXX")
  private_apt "make image" "$PWD/$fetching/apt" "$architecture" "$suite" security
  wanted=
  for package in $2; do wanted="$wanted $(named "$package")"; done
  alone=
  for package in $3; do alone="$alone $(named "$package")"; done
  # shellcheck disable=SC2086 # the packages are words
  retry apt-get "$apt_options" -q -y --no-install-recommends --download-only install $wanted || apt_fail "a package"
  # shellcheck disable=SC2086
  [ -z "$alone" ] || (cd "$fetching/apt/archives" && retry apt-get "$apt_options" -q download $alone) || apt_fail "a package"
  mkdir "$fetching/packages"
  for package in "$fetching"/apt/archives/*.deb; do
    name=$(dpkg-deb -f "$package" Package)
    dpkg-deb -x "$package" "$fetching/packages/$name"
    # What scanners for known vulnerabilities read in images without a package manager.
    dpkg-deb -f "$package" >"$fetching/packages/$name/control"
  done
  echo "$stamp" >"$fetching/packages/stamp"
  mv "$fetching/packages" "$packages"
  rm -rf "$fetching"
}
# Since the change to 64-bit times, libasound2 is libasound2t64.
named() { # named PACKAGE
  if [ -n "$(apt-cache "$apt_options" madison "$1" 2>/dev/null)" ]; then echo "$1"; else echo "${1}t64"; fi
}

# Copies files of the packages into the tree, with the packages' licenses.
take() { # take PATH-IN-PACKAGE...: patterns
  for pattern in "$@"; do
    found=no
    for source in "$packages"/*/$pattern; do
      [ -e "$source" ] || [ -L "$source" ] || continue
      found=yes
      place=${source#"$packages"/}
      package=${place%%/*} place=${place#*/}
      # In Debian, /lib is usr/lib.
      case $place in bin/* | lib/* | lib64/*) place=usr/$place ;; esac
      mkdir -p "$tree/$(dirname "$place")" "$tree/usr/share/doc/$package" "$tree/var/lib/dpkg/status.d"
      cp -R --no-dereference --preserve=mode,links "$source" "$tree/$place"
      # Packages of one source may share its licenses: the folder is then a link to that of another package.
      licensed=$package
      [ ! -L "$packages/$package/usr/share/doc/$package" ] || licensed=$(readlink "$packages/$package/usr/share/doc/$package")
      cp "$packages/$licensed/usr/share/doc/$licensed/copyright" "$tree/usr/share/doc/$package/"
      cp "$packages/$package/control" "$tree/var/lib/dpkg/status.d/$package"
    done
    [ $found = yes ] || status=70 fail "no package for $architecture has $pattern"
  done
}
# Copies the libraries that programs and libraries of the tree need, and what these need.
take_libraries() { # take_libraries FILE...
  while [ $# -gt 0 ]; do
    for library in $(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
      [ -z "$(find "$tree/usr/lib" -name "$library" | head -n 1)" ] || continue
      for file in "$packages"/*/lib/*/"$library" "$packages"/*/usr/lib/*/"$library" "$packages"/*/usr/lib/*/pulseaudio/"$library"; do
        [ -e "$file" ] || continue
        path=${file#"$packages"/*/}
        take "$path"
        # The name that programs know is a link to the file with the full version.
        [ ! -L "$file" ] || take "$(dirname "$path")/$(readlink "$file")"
        set -- "$@" "$file"
        break
      done
      [ -n "$(find "$tree/usr/lib" -name "$library" | head -n 1)" ] || status=70 fail "no package has $library, which $1 needs"
    done
    shift
  done
}

# Makes the tree of files of the image.
make_tree() { # make_tree FOLDER
  tree=$1
  target=$(awk -v debian="$architecture" '!/^#/ && $2 == debian { print $1 }' $config/sdk/architectures.tsv)
  libraries="libc6 libasound2 libasound2-data"
  if [ "$architecture" = "$own" ]; then
    kind=full
    program=$($config/make-board.sh --program full)
    libraries="$libraries libsndfile1 libsamplerate0 libmosquitto1 libavahi-client3 libstdc++6"
  else
    kind=lean
    program=$($config/make-board.sh --program "$target")
  fi
  if [ -n "$files" ]; then
    fetch app "$libraries busybox jq libpulse0" libasound2-plugins
  else
    fetch $kind "$libraries" ''
  fi
  needed=$(strings -a "$program" | sed -n 's/^GLIBC_\([0-9][0-9.]*\)$/\1/p' | sort -V | tail -n 1)
  offered=$(sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p' "$packages/libc6/control")
  [ "$(printf '%s\n' "$needed" "$offered" | sort -V | tail -n 1)" = "$offered" ] ||
    status=69 fail "the program needs glibc $needed, and Debian $suite has $offered; set COOEE_IMAGE_SUITE to a newer release"

  mkdir -p "$tree/usr/bin" "$tree/usr/lib" "$tree/usr/share/cooee" "$tree/etc/cooee" "$tree/var/lib/cooee" "$tree/tmp" \
    "$tree/dev" "$tree/proc" "$tree/run" "$tree/sys"
  chmod 1777 "$tree/tmp"
  for name in bin lib lib64; do
    [ $name = lib64 ] && [ "$target" != x86_64 ] || ln -s usr/$name "$tree/$name"
  done
  [ "$target" != x86_64 ] || mkdir "$tree/usr/lib64"
  case $target in
  x86_64) take 'lib64/ld-linux-*' 'lib/*/ld-linux-*' ;;
  aarch64) take 'lib/ld-linux-*' 'lib/*/ld-linux-*' ;;
  armv7) take 'lib/ld-linux-*' 'lib/*/ld-linux-*' ;;
  esac
  cp "$program" "$tree/usr/bin/cooee"
  take_libraries "$program"
  take usr/share/alsa
  cp models/base.cooee models/base-background.cooee models/english.cooee "$tree/usr/share/cooee"
  mkdir -p "$tree/usr/share/doc/cooee"
  cp LICENSE models/english-LICENSE.txt models/base.md "$tree/usr/share/doc/cooee"
  printf 'schema = 1\n' >"$tree/etc/cooee/cooee.toml"
  # Debian's number of the group audio: where the host is a Debian too, its sound cards may be opened.
  printf 'root:x:0:0:root:/:/sbin/nologin\ncooee:x:10480:29:Cooee:/var/lib/cooee:/sbin/nologin\n' >"$tree/etc/passwd"
  printf 'root:x:0:\naudio:x:29:cooee\n' >"$tree/etc/group"
  printf 'hosts: files dns\n' >"$tree/etc/nsswitch.conf"
}

make_image() { # make_image ARCHITECTURE
  architecture=$1
  work=$(mktemp -d "$output/making.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  make_tree "$work/tree"
  find "$work/tree" -type d -exec chmod a+rx {} +
  # The phrases' folder alone belongs to the user of the image.
  tar -C "$work/tree" --sort=name --owner=0 --group=0 --numeric-owner --mtime="$created" --exclude=./var/lib/cooee -cf "$work/layer.tar" .
  tar -C "$work/tree" --owner=10480 --group=29 --numeric-owner --mtime="$created" -rf "$work/layer.tar" ./var/lib/cooee
  case $kind in
  full)
    set -- --config.cmd serve --config.cmd --phrases --config.cmd /var/lib/cooee/phrases.cooeep --config.cmd --wyoming \
      --config.cmd 0.0.0.0:10400 --config.cmd --console --config.cmd 0.0.0.0:10480 --config.cmd --no-announce --config.cmd --json \
      --config.exposedports 10400/tcp --config.exposedports 10480/tcp
    ;;
  lean) set -- --config.cmd listen --config.cmd --phrases --config.cmd /var/lib/cooee/phrases.cooeep --config.cmd --json ;;
  esac
  layout=$work/layout
  {
    umoci init --layout "$layout" && umoci new --image "$layout:$version" &&
      umoci raw add-layer --image "$layout:$version" --history.created "$created" --history.created_by make-image.sh "$work/layer.tar" &&
      umoci config --image "$layout:$version" --no-history --created "$created" --os linux --architecture "$(oci_architecture)" \
        --config.user cooee --config.workingdir /var/lib/cooee --config.volume /var/lib/cooee --config.entrypoint /usr/bin/cooee \
        --config.env PATH=/usr/bin --config.env STATE_DIRECTORY=/var/lib/cooee --config.stopsignal SIGTERM \
        --config.label org.opencontainers.image.title=Cooee --config.label "org.opencontainers.image.version=$version" \
        --config.label org.opencontainers.image.licenses=Apache-2.0 --config.label org.opencontainers.image.created="$created" \
        --config.label 'org.opencontainers.image.description=Open-vocabulary keyword spotter: detects phrases that you type' "$@" &&
      umoci gc --layout "$layout"
  } >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    status=70 fail "umoci failed"
  }
  docker_manifest
  name=$output/cooee-image-$version-$architecture.tar
  tar -C "$layout" --sort=name --owner=0 --group=0 --numeric-owner --mtime="$created" -cf "$name.new" .
  mv "$name.new" "$name"
  echo "$name: $(wc -c <"$name") bytes, $(wc -c <"$work/layer.tar") unpacked"
  rm -rf "$work"
  trap - EXIT
}
oci_architecture() { if [ "$architecture" = armhf ]; then echo arm; else echo "$architecture"; fi; }
# Dockers before version 25 read no OCI layout, but this file beside it.
docker_manifest() {
  manifest=$(sed -n 's/.*"digest":"sha256:\([0-9a-f]*\)".*/\1/p' "$layout/index.json")
  blobs=$(grep -o '"digest":"sha256:[0-9a-f]*"' "$layout/blobs/sha256/$manifest" | sed 's|.*:\([0-9a-f]*\)"|blobs/sha256/\1|')
  printf '[{"Config":"%s","RepoTags":["cooee:%s"],"Layers":["%s"]}]\n' "$(echo "$blobs" | sed -n 1p)" "$version" \
    "$(echo "$blobs" | sed -n 2p)" >"$layout/manifest.json"
}

trap 'exit 130' INT TERM
mkdir -p "$output"
. $config/sdk/private-apt.sh
if [ -n "$files" ]; then
  architecture=$1
  make_tree "$files"
  take 'bin/busybox' 'usr/bin/jq' 'usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so' \
    'usr/lib/*/alsa-lib/libasound_module_conf_pulse.so' 'usr/lib/*/alsa-lib/libasound_module_ctl_pulse.so'
  take_libraries "$tree/usr/bin/busybox" "$tree/usr/bin/jq" "$tree"/usr/lib/*/alsa-lib/*.so
  exit 0
fi
for architecture in "$@"; do make_image "$architecture"; done
