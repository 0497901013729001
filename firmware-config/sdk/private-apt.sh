# Read by scripts that fetch Debian's packages: an apt with lists and settings of its own, for any architecture and release. It needs
# no root, and the machine's own lists stay as they are. apt takes the machine's settings, such as a proxy, and Debian's keyring.
#
# COOEE_DEBIAN_MIRROR names another mirror than the one from which this machine installs Debian, COOEE_SECURITY_MIRROR another one of
# the security updates.

# Sets mirror and apt_options, and fetches the package lists.
private_apt() { # private_apt PROGRAM FOLDER ARCHITECTURE SUITE [security]: with the security updates of the release
  apt_program=$1 apt_folder=$2 apt_architecture=$3 apt_suite=$4
  for command in apt-get dpkg-deb; do
    command -v $command >/dev/null || {
      echo "$apt_program: $command is missing; Debian and its relatives have it" >&2
      exit 69
    }
  done
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r $keyring ] || {
    echo "$apt_program: $keyring is missing; install debian-archive-keyring" >&2
    exit 69
  }
  mirror=${COOEE_DEBIAN_MIRROR:-$(own_mirror Debian)}
  mirror=${mirror:-http://deb.debian.org/debian}
  mkdir -p "$apt_folder/lists/partial" "$apt_folder/archives/partial"
  : >"$apt_folder/status"
  echo "deb [arch=$apt_architecture signed-by=$keyring] $mirror $apt_suite main" >"$apt_folder/sources.list"
  if [ "${5-}" = security ]; then
    security=${COOEE_SECURITY_MIRROR:-$(own_mirror Debian-Security)}
    echo "deb [arch=$apt_architecture signed-by=$keyring] ${security:-http://deb.debian.org/debian-security} $apt_suite-security main" \
      >>"$apt_folder/sources.list"
  fi
  # apt takes the machine's configuration first, then this one, which leaves the machine's hooks out.
  cat >"$apt_folder/apt.conf" <<END
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::sourcelist "$apt_folder/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$apt_folder";
Dir::State::status "$apt_folder/status";
Dir::State::lists "$apt_folder/lists";
Dir::Cache "$apt_folder";
APT::Architecture "$apt_architecture";
APT::Architectures { "$apt_architecture"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
END
  apt_options="-c=$apt_folder/apt.conf"
  echo "fetching Debian $apt_suite for $apt_architecture from $mirror" >&2
  retry apt-get "$apt_options" -q update -o APT::Update::Error-Mode=any || apt_fail "the package list"
}

# The mirror from which this machine installs: Debian itself, or its security updates.
own_mirror() { # own_mirror Debian|Debian-Security
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Label: $1" 2>/dev/null | sed -n '1s|/$||p'
}

retry() { # a mirror that is being updated refuses for a moment
  for attempt in 1 2 3; do
    "$@" >"$apt_folder/log" 2>&1 && return 0
    [ $attempt = 3 ] || sleep 5
  done
  cat "$apt_folder/log" >&2
  return 1
}
apt_fail() { # apt_fail WHAT
  echo "$apt_program: $1 of $apt_suite for $apt_architecture cannot be fetched from $mirror" >&2
  exit 69
}
