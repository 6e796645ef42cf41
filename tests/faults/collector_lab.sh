# shellcheck shell=bash
# shellcheck disable=SC2034  # set for those who source it
# What the fault tests of the collector share: a collector with probes that have tokens, a
# pusher, and what must hold afterwards. To be sourced with `what` set to the test's name.
# shellcheck source=tests/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab.sh"
needs sqlite3 perl
built latlas-collector faults/pusher
collector=$B/latlas-collector pusher=$B/faults/pusher recount=$root/tests/faults/recount.pl
shim=$B/faults/shim.so

# As `is`, but silent unless it is wrong: for what is asked hundreds of times. Counts in `asked`.
asked=0
must() { # NAME WANTED GOT
	asked=$((asked + 1))
	[ "$2" = "$3" ] || not_ok "$1" "'$3' instead of '$2'"
}
us() { local t=${EPOCHREALTIME/[.,]/}; echo "$t"; }
pause() { # MICROSECONDS
	sleep "$(printf '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000)))"
}
gone() { # wait until the collector has ended; sets status
	wait $keeper
	status=$(<rc)
}
rows() { sqlite3 -batch -cmd '.timeout 5000' "${2:-${db:-latlas.db}}" "$1"; }

# make_collector PROBES: a database and a configuration for plain HTTP on loopback; probe-1... with
# tokens in the file `probes`. EXTRA lines of configuration come from the caller.
make_collector() {
	local i
	"$collector" init --host 127.0.0.1 --dir etc --db latlas.db --listen 127.0.0.1:0 >init.log 2>&1 || {
		not_ok "init" "$(cat init.log)"
		exit 1
	}
	printf '%s\n' 'listen = "127.0.0.1:0"' 'public_url = "http://127.0.0.1:1"' "db = \"$dir/latlas.db\"" 'insecure = true' \
		"${EXTRA[@]}" >collector.conf
	for ((i = 1; i <= $1; i++)); do
		"$collector" enroll probe-$i --raw --config collector.conf | sed -n "s/^token = /probe-$i /p"
	done >probes
	[ "$(wc -l <probes)" = "$1" ] || { not_ok "enrol" "$(wc -l <probes) of $1"; exit 1; }
}
EXTRA=()
# begin [VARIABLE=VALUE...]: serve, with these in its environment; sets pid. Its port goes to the file
# `port`, where pushers look. false: it ended before it served (it may have been told to); status says how.
begin() {
	: >serve.log
	rm -f rc pid
	# A shell between: it would say on stderr who was killed.
	(
		env "$@" "$collector" serve --config collector.conf 2>>serve.log &
		echo $! >pid.new
		mv pid.new pid
		wait $!
		echo $? >rc
	) 2>/dev/null &
	keeper=$!
	until [ -e pid ]; do sleep 0.002; done
	pid=$(<pid)
	pids=("$pid" "${pids[@]:0:8}")
	while kill -0 "$pid" 2>/dev/null; do
		if grep -q ': serving ' serve.log; then
			sed -n 's|.*: serving http://127.0.0.1:\([0-9]*\),.*|\1|p' serve.log >port.new
			mv port.new port
			return 0
		fi
		sleep 0.01
	done
	gone
	return 1
}
end() { # SIGTERM; sets status
	kill -TERM "$pid" 2>/dev/null
	gone
}
push() { # OPTION...: the pusher's last line
	"$pusher" --probes probes --port-file port "$@"
}
field() { # NAME LINE: "NAME VALUE" in the pusher's line
	sed -n "s/.*\b$1 \([0-9]*\).*/\1/p" <<<"$2"
}

# What SQLite says of the file, and whether batches and samples agree: "ok" or what is wrong.
sound() { # [DATABASE]
	rows "PRAGMA integrity_check; SELECT 'foreign key: ' || \"table\" FROM pragma_foreign_key_check;
		SELECT 'batch ' || id || ': not its samples' FROM batch b WHERE iif(pruned, 0, samples) <>
			(SELECT count(*) FROM sample s WHERE s.id BETWEEN b.id << 14 AND (b.id << 14) + 16383);
		SELECT 'samples without a batch' WHERE (SELECT count(*) FROM sample) <>
			(SELECT ifnull(sum(iif(pruned, 0, samples)), 0) FROM batch)" "${1:-${db:-latlas.db}}" 2>&1 | head -5
}
# Acknowledged batches (numbers, from the file `acks` of space 0) that are not in the store.
lost() {
	comm -13 <(rows "SELECT lower(hex(uuid)) FROM batch" | cut -c21- | sort) \
		<(awk '$2 == 200 { printf "%012x\n", $1 }' "${1:-acks}" | sort -u) | head -5 | paste -sd' '
}
# As the store has them: in the form of the pusher's --expect, sorted.
stored() {
	rows "SELECT lower(hex(b.uuid)), count(*), sum(b.started_us + s.dt_us), ifnull(sum(dns_us), 0),
		ifnull(sum(tcp_us), 0), ifnull(sum(tls_us), 0), ifnull(sum(wait_us), 0), ifnull(sum(body_us), 0),
		ifnull(sum(min_rtt_us), 0), count(error)
		FROM batch b JOIN sample s ON s.id BETWEEN b.id << 14 AND (b.id << 14) + 16383
		GROUP BY b.id" | sort
}
# same [OPTION...]: the store holds the batches of these pushers' options, all and no others, as they were
# made; several pushers: options joined by a word "and".
same() {
	local options=() o
	for o in "$@" and; do
		if [ "$o" = and ]; then "$pusher" --probes probes --expect "${options[@]}"; options=(); else options+=("$o"); fi
	done | sort | diff - <(stored) | head -5
}
# Folded to the last batch (the collector folds while idle): waits at most SECONDS.
folded() { # SECONDS
	local i
	for ((i = 0; i < $1 * 10; i++)); do
		[ "$(rows 'SELECT count(*) FROM unfolded')" != 0 ] || return 0
		sleep 0.1
	done
	return 1
}
