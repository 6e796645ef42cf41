# shellcheck shell=bash disable=SC2034,SC2154
# What every test that runs programs shares: where they are, a folder of its own, and words to judge
# with. Sourced by the labs (tests/cli/*_lab.sh, tests/faults/collector_lab.sh), with `what` set to the
# test's name. The build folder is $B, or build/; the current folder is then the test's, which goes
# with what runs in it (pids) however the test ends.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 70
B=$(cd "${B:-build}" && pwd)
# An ordinary user's PATH does not look where Debian puts servers.
PATH=$PATH:/usr/sbin:/sbin
needs() { # TOOL...: of others
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || { echo "skip $what: no $tool"; exit 0; }
	done
}
built() { # PROGRAM...: of ours, in the build folder
	local program
	for program in "$@"; do
		[ -x "$B/$program" ] || { echo "not ok $what: $program is not built"; exit 1; }
	done
}

dir=$(mktemp -d) || exit 74
pids=()
# shellcheck disable=SC2317  # called by the trap
cleanup() {
	local pid
	for pid in "${pids[@]}"; do kill_hard "$pid"; done
	rm -rf "$dir"
}
# kill_hard PID: a child of ours, without the shell's obituary.
kill_hard() {
	disown "$1" 2>/dev/null
	kill -9 "$1" 2>/dev/null
	while kill -0 "$1" 2>/dev/null; do sleep 0.01; done
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
cd "$dir" || exit 74

bad=0
ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $(head -c 600 <<<"$2" | tr '\n' ' ')"; bad=1; }
is() { # NAME WANTED GOT
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "'${3:0:400}' instead of '${2:0:400}'"; fi
}
has() { # NAME PART TEXT
	case $3 in *"$2"*) ok "$1" ;; *) not_ok "$1" "no '$2' in '${3:0:400}'" ;; esac
}
# What comes in its own time is waited for, 20 s at most: until_true COMMAND..., until_is NAME WANTED
# COMMAND..., until_has NAME PART COMMAND...
until_true() {
	local i
	for ((i = 0; i < 400; i++)); do "$@" && return 0; sleep 0.05; done
	return 1
}
prints() { got=$("${@:2}"); [ "$got" = "$1" ]; }
prints_part() { got=$("${@:2}"); [[ $got == *"$1"* ]]; }
until_is() { local got; until_true prints "${@:2}"; is "$1" "$2" "$got"; }
until_has() { local got; until_true prints_part "${@:2}"; has "$1" "$2" "$got"; }
# fails NAME STATUS PART COMMAND...: it ends with that status, and says one line with PART.
fails() {
	local name=$1 want=$2 part=$3 text status
	shift 3
	text=$("$@" 2>&1 >/dev/null </dev/null)
	status=$?
	if [ $status != "$want" ]; then
		not_ok "$name" "status $status instead of $want: $text"
	elif [ "$(printf '%s\n' "$text" | wc -l)" != 1 ] || [ -z "$text" ]; then
		not_ok "$name" "not one line: $text"
	else
		has "$name" "$part" "$text"
	fi
}
