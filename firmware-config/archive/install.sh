#!/bin/sh
# Installs Cooee on this board, or into the root file system of one.
#
#   ./install.sh [--root FOLDER] [--prefix FOLDER]                    install, or install over an older one
#   ./install.sh uninstall [--purge] [--root FOLDER] [--prefix FOLDER]
#
# --root is where the board's root file system is mounted, for building images (nothing of it is run); --prefix is
# where program and models go (/usr/local). An existing configuration and the enrolled phrases are kept, also by
# uninstall; --purge takes them too. Exit status: 0 done, 64 wrong command line, 65 damaged archive, 69 the board lacks
# something, 73 a file cannot be written.
set -eu
# The service's user reads what is installed, whatever the caller's mask is.
umask 022
here=$(cd "$(dirname "$0")" && pwd)

usage() {
  sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" >&2
  exit 64
}
root='' prefix=/usr/local action=install purge=no
while [ $# -gt 0 ]; do
  case $1 in
  uninstall) action=uninstall ;;
  --purge) purge=yes ;;
  --root | --prefix)
    [ $# -ge 2 ] || usage
    case $2 in /*) ;; *)
      echo "install.sh: $1 wants an absolute path, not $2" >&2
      exit 64
      ;;
    esac
    if [ "$1" = --root ]; then root=${2%/}; else prefix=${2%/}; fi
    shift
    ;;
  *) usage ;;
  esac
  shift
done
case $prefix in *[!A-Za-z0-9/._-]*)
  echo "install.sh: --prefix takes letters, digits and . _ - / alone, for the service's unit names the program by it" >&2
  exit 64
  ;;
/home | /home/* | /root | /root/*)
  echo "install.sh: the service cannot see /home and /root; take another --prefix" >&2
  exit 64
  ;;
esac
[ "$purge" = no ] || [ "$action" = uninstall ] || usage
if [ -n "$root" ] && [ ! -d "$root" ]; then
  echo "install.sh: there is no folder $root" >&2
  exit 64
fi

# cooee.service of the lean program, cooee-serve.service of the full one.
service=$(basename "$here"/systemd/*.service)
unit=/etc/systemd/system/$service
wanted=/etc/systemd/system/multi-user.target.wants/$service
rules=/etc/udev/rules.d/70-cooee-microphone.rules
live=no
[ -n "$root" ] || live=yes
has_systemd() { [ $live = yes ] && [ -d /run/systemd/system ]; }

# Files appear whole: a running program keeps the old one, and a failure leaves what was there.
put() { # put MODE FROM TO
  mkdir -p "$(dirname "$root$3")" && cp "$2" "$root$3.new" && chmod "$1" "$root$3.new" && mv "$root$3.new" "$root$3" || {
    rm -f "$root$3.new"
    echo "install.sh: $root$3 cannot be written; run this as root" >&2
    exit 73
  }
}

if [ $action = uninstall ]; then
  if has_systemd; then systemctl disable --now "$service" >/dev/null 2>&1 || true; fi
  rm -f "$root$unit" "$root$wanted" "$root$rules" "$root$prefix/bin/cooee" || exit 73
  rm -rf "$root$prefix/share/cooee" || exit 73
  if [ $purge = yes ]; then
    rm -rf "$root/etc/cooee" "$root/var/lib/cooee"
  else
    for kept in /etc/cooee /var/lib/cooee; do [ ! -e "$root$kept" ] || echo "kept: $root$kept (--purge removes it)"; done
  fi
  if has_systemd; then systemctl daemon-reload; fi
  echo "Cooee is removed"
  exit 0
fi

if command -v sha256sum >/dev/null; then
  (cd "$here" && sha256sum -c SHA256SUMS >/dev/null 2>&1) || {
    echo "install.sh: this archive is damaged (sha256sum -c SHA256SUMS); copy it again" >&2
    exit 65
  }
fi
if [ $live = yes ] && ! message=$("$here/bin/cooee" --help 2>&1); then
  echo "install.sh: cooee does not run here: $message" >&2
  case $message in
  *libasound*) echo "install ALSA's library, on Debian: apt-get install libasound2 (libasound2t64 since Debian 13)" >&2 ;;
  *) echo "this archive is for $(cat "$here/target"), and this machine is $(uname -m)" >&2 ;;
  esac
  exit 69
fi

put 755 "$here/bin/cooee" "$prefix/bin/cooee"
for file in $(cd "$here/share" && find cooee -type f); do put 644 "$here/share/$file" "$prefix/share/$file"; done
put 644 "$here/udev/70-cooee-microphone.rules" "$rules"
changed=$(mktemp)
trap 'rm -f "$changed"' EXIT
# An administrator's choice not to have the service started outlasts an update.
fresh=no
[ -e "$root$unit" ] || fresh=yes
sed "s|/usr/local/bin/cooee|$prefix/bin/cooee|" "$here/systemd/$service" >"$changed"
put 644 "$changed" "$unit"
if [ ! -e "$root/etc/cooee/cooee.toml" ]; then
  put 644 "$here/cooee.toml" /etc/cooee/cooee.toml
elif ! cmp -s "$here/cooee.toml" "$root/etc/cooee/cooee.toml"; then
  put 644 "$here/cooee.toml" /etc/cooee/cooee.toml.dist
  echo "kept: $root/etc/cooee/cooee.toml; the one that came is $root/etc/cooee/cooee.toml.dist"
fi
mkdir -p "$root/var/lib/cooee" "$root${wanted%/*}"
chmod 755 "$root/var/lib/cooee"
[ $fresh = no ] || ln -sf "$unit" "$root$wanted"

starts=$fresh
if has_systemd; then
  if systemctl is-active --quiet "$service"; then starts=yes; fi
  systemctl daemon-reload
  if command -v udevadm >/dev/null; then udevadm control --reload || true; fi
  systemctl stop "$service" || true # it holds the microphone that is to be checked
fi
phrases=/var/lib/cooee/phrases.cooeep
echo "Cooee is installed in $root$prefix"
if [ $live = yes ]; then
  "$prefix/bin/cooee" doctor || echo "repair what is bad above (/etc/cooee/cooee.toml), then go on" >&2
fi
if has_systemd && [ $starts = yes ]; then systemctl start "$service" || true; fi
[ -e "$root$phrases" ] || cat <<END
now, on the board:
  cooee enroll "hey computer" --to $phrases
  systemctl restart ${service%.service}
  journalctl -u ${service%.service} -o cat -f
END
