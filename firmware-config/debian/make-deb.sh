#!/bin/sh
# Makes Debian packages in .build/packages.
#
#   make-deb.sh                          cooee, with the full program, for this machine's architecture
#   make-deb.sh [--lean] ARCHITECTURE…   for Debian's architectures amd64, arm64 and armhf: cooee for this machine's, cooee-lean
#                                        for the others; with --lean, cooee-lean for all
#
# Prints the path of each package. Needs Debian's dpkg-dev. The program is built by make-board.sh. The same sources give the same
# bytes.
#
#   control.in, copyright.in     the package's description and licenses
#   postinst, prerm, postrm      what installing and removing does beside copying files
#   serve.env                    options of cooee-serve.service, a configuration file of the package
#   lintian-overrides            what lintian is wrong about, with the reason
#   help-to-man.awk              turns the output of --help into man pages
set -eu
cd "$(dirname "$0")/../.."
config=firmware-config
here=$config/debian
output=.build/packages
export LC_ALL=C
umask 022
fail() {
  echo "make deb: $*" >&2
  exit "${status:-64}"
}
for command in dpkg-deb dpkg-shlibdeps dpkg-gencontrol; do
  command -v $command >/dev/null || status=69 fail "$command is missing; apt-get install dpkg-dev"
done
known=$(awk '!/^#/ && NF { print $2 }' $config/sdk/architectures.tsv)
own=$(dpkg --print-architecture)
lean=no
if [ "${1-}" = --lean ]; then
  lean=yes
  shift
fi
[ $# -gt 0 ] || set -- "$own"
for architecture in "$@"; do
  echo "$known" | grep -qxF -e "$architecture" || fail "there is no architecture $architecture; there are:" $known
done

version=$($config/version)
# The date of the release, in seconds: the time of the package's files and of its changelog.
released=$(sed -n "s/^## \[\{0,1\}$version\]\{0,1\} - \([0-9-]*\)\$/\1/p" CHANGELOG.md)
SOURCE_DATE_EPOCH=$(date -u -d "${released:-2026-01-01}" +%s)
export SOURCE_DATE_EPOCH
maintainer="${DEBFULLNAME:-Cooee maintainers} <${DEBEMAIL:-maintainers@cooee.invalid}>"

# What the program prints, wherever it can run: here, under qemu, or, as the same source for this machine, the lean program.
help_of() { # help_of COMMAND...
  if [ "$architecture" = "$own" ]; then "$program" "$@"; else "$emulator" -L "$sysroot" "$program" "$@"; fi
}
man_page() { # man_page NAME COMMAND...: a page made of the help that the command prints
  page=$1
  shift
  help_of "$@" | awk -v name="$page" -v version="$version" -v date="${released:-unreleased}" -v commands="$commands" \
    -f $here/help-to-man.awk | gzip -9n >"$tree/usr/share/man/man1/$page.1.gz"
}

fill() { # fill FILE: with the values of this package
  sed -e "s|@VERSION@|$version|g" -e "s|@PACKAGE@|$package|g" -e "s|@SERVICE@|$service|g" -e "s|@OTHER@|$other|g" \
    -e "s|@MAINTAINER@|$maintainer|g" -e "s|@YEAR@|$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y)|g" "$1" |
    awk -v kind=$kind '/^@[a-z]*@/ { if (substr($0, 2, length(kind)) != kind) next; sub(/^@[a-z]*@/, "") } { print }'
}

make_package() { # make_package ARCHITECTURE
  architecture=$1
  target=$(awk -v debian="$1" '!/^#/ && $2 == debian { print $1 }' $config/sdk/architectures.tsv)
  kind=lean package=cooee-lean other=cooee service=cooee sysroot=/
  if [ $lean = no ] && [ "$architecture" = "$own" ]; then
    kind=full package=cooee other=cooee-lean service=cooee-serve
    program=$($config/make-board.sh --program full)
  else
    program=$($config/make-board.sh --program "$target")
    sysroot=$(realpath ".build/boards/cooee.artifactbundle/cooee-$target/sysroot")
  fi
  case $target in x86_64) board=x86-64 ;; *) board=generic-$target ;; esac
  emulator=
  if [ "$architecture" != "$own" ]; then
    case $target in armv7) emulator=qemu-arm ;; *) emulator=qemu-$target ;; esac
    command -v "$emulator" >/dev/null || status=69 fail "$emulator prints the help for the man pages; apt-get install qemu-user"
  fi

  work=$(mktemp -d "$output/making.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  tree=$work/tree
  doc=$tree/usr/share/doc/$package
  mkdir -p "$tree/DEBIAN" "$tree/etc/cooee" "$tree/usr/bin" "$tree/usr/share/cooee" "$tree/usr/share/man/man1" "$doc/examples/alsa" \
    "$tree/usr/lib/systemd/system" "$tree/usr/lib/udev/rules.d" "$work/debian"

  cp "$program" "$tree/usr/bin/cooee"
  cp models/base.cooee models/base-background.cooee models/english.cooee "$tree/usr/share/cooee"
  cp "$config/boards/$board.toml" "$tree/etc/cooee/cooee.toml"
  echo /etc/cooee/cooee.toml >"$tree/DEBIAN/conffiles"
  if [ $kind = full ]; then
    cp $here/serve.env "$tree/etc/cooee/serve.env"
    echo /etc/cooee/serve.env >>"$tree/DEBIAN/conffiles"
    for name in hummingbird swift-http-types swift-log swift-nio swift-nio-extras swift-service-lifecycle; do
      sed 's/^ *$//' ".build/checkouts/$name/NOTICE.txt"
    done | gzip -9n >"$doc/NOTICE.gz"
  fi
  # The package has a user of its own, which stays the same, so that files in /var/lib/cooee keep their owner.
  sed -e 's|/usr/local/bin|/usr/bin|' -e 's|^DynamicUser=yes$|User=cooee|' $config/systemd/$service.service \
    >"$tree/usr/lib/systemd/system/$service.service"
  grep -q '^User=cooee$' "$tree/usr/lib/systemd/system/$service.service" &&
    grep -q '^ExecStart=/usr/bin/cooee ' "$tree/usr/lib/systemd/system/$service.service" ||
    status=70 fail "$service.service has no line DynamicUser=yes, or none that starts /usr/local/bin/cooee"
  # Debian lets the group audio record already. The service waits for a microphone by itself, so that no rule has to start it,
  # which would override an administrator who stopped it.
  sed -n '/^# USB microphones/,$p' $config/udev/70-cooee-microphone.rules >"$tree/usr/lib/udev/rules.d/70-cooee-microphone.rules"

  commands=$(help_of --help | awk '/^Commands/ { inside = 1; next } inside && /^  / { print $1 } inside && !/^  / { exit }' | tr '\n' ' ')
  [ -n "$commands" ] || status=70 fail "cooee --help lists no commands"
  man_page cooee --help
  for command in $commands; do man_page "cooee-$command" "$command" --help; done

  cp $config/alsa/*.conf "$doc/examples/alsa"
  rm "$doc/examples/alsa/test-microphone.conf"
  cp models/base.md "$doc/base-model.md"
  gzip -9n "$doc/base-model.md"
  gzip -9n <CHANGELOG.md >"$doc/changelog.gz"
  fill $here/copyright.in >"$doc/copyright"
  sed "s/@PACKAGE@/$package/" $here/lintian-overrides >"$work/overrides"
  if grep -q '^[^#]' "$work/overrides"; then
    mkdir -p "$tree/usr/share/lintian/overrides"
    cp "$work/overrides" "$tree/usr/share/lintian/overrides/$package"
  fi

  # dpkg's tools read debian/control and debian/changelog in the current folder.
  fill $here/control.in >"$work/debian/control"
  printf 'cooee (%s-1) unstable; urgency=medium\n\n  * Release %s; changelog.gz in this folder says what is new.\n\n -- %s  %s\n' \
    "$version" "$version" "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" >"$work/debian/changelog"
  gzip -9n <"$work/debian/changelog" >"$doc/changelog.Debian.gz"
  for script in postinst prerm postrm; do
    fill $here/$script >"$tree/DEBIAN/$script"
    chmod 755 "$tree/DEBIAN/$script"
  done
  find "$tree" -type f ! -path '*/DEBIAN/*' -exec chmod 644 {} +
  chmod 755 "$tree/usr/bin/cooee"
  (cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\n' | sort | xargs md5sum >DEBIAN/md5sums)

  # The libraries' packages and least versions. Those of a board's program come from the packages that it was linked with, which
  # dpkg-shlibdeps takes for packages that are being built.
  if [ $kind = lean ]; then
    for control in "$sysroot"/control/*; do
      mkdir -p "$work/debian/${control##*/}"
      ln -s "$control" "$work/debian/${control##*/}/DEBIAN"
      for folder in lib usr; do ln -s "$sysroot/$folder" "$work/debian/${control##*/}/$folder"; done
      set -- "$@" "-Sdebian/${control##*/}"
    done
  fi
  shift
  (cd "$work" && export DEB_HOST_ARCH="$architecture" && dpkg-shlibdeps "$@" -e tree/usr/bin/cooee &&
    dpkg-gencontrol -p$package -ffiles -Ptree)
  name=${package}_$version-1_$architecture.deb
  dpkg-deb --root-owner-group -Zxz --build "$tree" "$work/$name" >/dev/null
  mv "$work/$name" "$output/$name"
  rm -rf "$work"
  trap - EXIT
  echo "$output/$name"
}
trap 'exit 130' INT TERM
mkdir -p "$output"
for architecture in "$@"; do make_package "$architecture"; done
