#!/bin/sh
# Prints where the bytes of a board program are: by section, and code by module. Build the program first.
#
#   program-size.sh ARCHITECTURE     such as x86_64, after make board BOARD=x86-64
#
# Code that the compiler made of generic functions of the standard library counts for the library.
set -eu
cd "$(dirname "$0")/.."
[ $# = 1 ] || {
  sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" >&2
  exit 64
}
output=.build/boards
stripped=$output/programs/$1/cooee
program=$(find "$output/build-$1" -path '*/release/cooee-lean' -type f 2>/dev/null | head -n 1)
[ -f "$stripped" ] && [ -n "$program" ] || {
  echo "program-size: there is no program for $1; make board BOARD=... builds it" >&2
  exit 66
}
echo "$(wc -c <"$stripped") bytes"
# Sections that are not in the file have no bytes.
readelf -SW "$stripped" | sed 's/\[ *//' | awk '$2 ~ /^\./ && $3 != "NOBITS" { print $6, $2 }' |
  while read -r size name; do printf '%9d  %s\n' "0x$size" "$name"; done | sort -rn | awk '$1 >= 1000'
echo "code:"
# Identical functions share an address and count once.
nm -S "$program" | awk 'NF == 4 && $3 ~ /[tTwWvV]/ && !seen[$1]++ { print $2, $4 }' |
  while read -r size name; do echo "$((0x$size)) $name"; done | awk '
    {
      name = $2
      if (name ~ /^\$[es][0-9]/) {
        match(substr(name, 3), /^[0-9]+/)
        module = substr(name, 3 + RLENGTH, substr(name, 3, RLENGTH))
      } else if (name ~ /^\$[es]|^swift_|^_swift/) module = "standard library"
      else if (name ~ /^cooee_/) module = "CInt8Kernels"
      else if (name ~ /^platform_/) module = "CPlatform"
      else module = "C library and others"
      bytes[module] += $1
    }
    END { for (module in bytes) printf "%9d  %s\n", bytes[module], module }' | sort -rn
