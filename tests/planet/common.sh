# shellcheck shell=bash
# What the planet's commands share. Sourced, not run.
#
# The run folder is $PLANET_DIR, by default build/planet below the project; it
# holds everything a planet writes. Programs come from $B, as in the Makefile, by
# default build below the project.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${B:-build}
[[ $build = /* ]] || build=$root/$build
dir=${PLANET_DIR:-$root/build/planet}
[[ $dir = /* ]] || dir=$PWD/$dir
me=$(basename "$0")
# An ordinary user's PATH does not look where Debian puts servers.
PATH=$PATH:/usr/sbin:/sbin

# sysexits(3), as in the whole project
EX_USAGE=64 EX_UNAVAILABLE=69 EX_CANTCREAT=73
export EX_USAGE EX_UNAVAILABLE EX_CANTCREAT

die() { # CODE MESSAGE
  echo "$me: $2" >&2
  exit "$1"
}

wan() { # asks or tells the WAN of $dir
  "$build/planet-wan" tell "$dir" "$@"
}

# A place has process ids of its own, which /proc does not show there: the leak checker of a
# sanitized build would not find itself.
inside() { # PLACE COMMAND...
  ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 "$build/planet-wan" in "$dir" "$@"
}

# While something is measured: keeps the processors awake (wan/awake.h), until this shell
# ends or rest is called, which prints how late this machine wakes a program.
awake() {
  awake_says=$(mktemp) || die $EX_CANTCREAT "no scratch file"
  "$build/planet-wan" awake </dev/null >"$awake_says" 2>&1 &
  awake_pid=$!
}
rest() {
  [ -n "${awake_pid:-}" ] || return 0
  kill "$awake_pid" 2>/dev/null || true
  wait "$awake_pid" 2>/dev/null || true
  cat "$awake_says"
  rm -f "$awake_says"
  awake_pid=
}

is_up() { [ -x "$build/planet-wan" ] && [ -d "$dir" ] && wan pid >/dev/null 2>&1; }

must_be_up() {
  [ -x "$build/planet-wan" ] || die $EX_UNAVAILABLE "$build/planet-wan is missing: make planet builds it"
  is_up || die $EX_UNAVAILABLE "no planet is up in $dir (tests/planet/up makes one)"
}

# Starts a service in a place; its process id goes to pids/NAME.PLACE.
start() { # PLACE NAME COMMAND...
  local place=$1 name=$2
  shift 2
  ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 "$build/planet-wan" spawn "$dir" "$place" "$dir/log/$name.$place" "$@" >"$dir/pids/$name.$place"
}

# Waits until somebody listens, ten seconds at most.
wait_port() { # PLACE ADDRESS PORT
  inside "$1" timeout 10 bash -c "until 2>/dev/null : </dev/tcp/$2/$3; do sleep 0.05; done" ||
    die $EX_UNAVAILABLE "$1: nothing listens on $2 port $3 (see $dir/log)"
}

# A column of a place: 2 kind, 3 country, 4 city, 5 lat, 6 lon, 7 ipv4, 8 ipv6.
place_column() { # PLACE COLUMN
  awk -F'\t' -v n="$1" -v c="$2" '$1 == n { print $c; found = 1 } END { exit !found }' "$dir/places.tsv"
}

places_of_kind() { # KIND
  awk -F'\t' -v k="$1" '$2 == k { print $1 }' "$dir/places.tsv"
}

places_of_country() { # COUNTRY
  awk -F'\t' -v k="$1" '$2 == "client" && $3 == k { print $1 }' "$dir/places.tsv"
}

# Pushes the page from the origin to a node, over the planet's network.
push_page() { # NODE
  inside origin timeout 30 rsync -rt --timeout=20 "$dir/sites/origin/www/" \
    "rsync://$(place_column "$1" 7):8730/www/" </dev/null
}
