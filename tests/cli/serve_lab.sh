# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of a serving latlas-collector share: batches as a probe sends them, and a
# collector on ports that are free. Sourced, with `what` set to the test's name. The configuration is
# etc/collector.conf, as `init --dir etc` writes it. Everything happens on loopback, on ports that are
# searched for.
# shellcheck source=tests/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab.sh"
needs curl jq sqlite3 openssl gzip
built latlas-collector
collector=$B/latlas-collector

new_uuid() { cat /proc/sys/kernel/random/uuid; }
# batch PROBE UUID [SAMPLES]: a batch as a probe sends it, started now.
now_us=$(date +%s%6N)
batch() {
	local n=${3:-2} i
	printf '{"latlas":1,"batch":"%s","probe":"%s","boot":"%s","version":"0.1.0","plan_rev":null,' "$2" "$1" \
		11111111-2222-4333-8444-555555555555
	printf '"started_us":%s,"timeout_ms":10000,"round_ok":%s,"samples":%s}\n' "$now_us" "$n" "$n"
	for ((i = 0; i < n; i++)); do
		printf '{"seq":%d,"t_us":%s,"target":"www","target_rev":"0123456789abcdef","node":null,"role":"cdn",' \
			$i $((now_us + i))
		printf '"family":4,"addr":"203.0.113.7","resolver":"9.9.9.9","ttl":60,"dns_cache":"miss","dns_us":7123,'
		printf '"tcp_us":120345,"tls_us":121456,"wait_us":124567,"body_us":360123,"min_rtt_us":119990,"retrans":0,'
		printf '"lag_us":35,"status":200,"http":"2","tls":"1.3","bytes":51200,"edge":"lon","cache":"HIT",'
		printf '"error":null,"error_phase":null}\n'
	done
}

# ---- configuration and probes ----------------------------------------------------------
conf=$dir/etc/collector.conf
set_conf() { # KEY VALUE...: replace or add a line
	sed -i "/^$1 =/d" "$conf"
	echo "$1 = $2" >>"$conf"
}
declare -A token
enrol() { token[$1]=$("$collector" enroll "$@" --raw --config "$conf" | sed -n 's/^token = //p'); }

# ---- serving ------------------------------------------------------------------------------
# start [WRAPPER...]: serve on free ports; sets pid, url, admin.
start() {
	local port i
	for ((i = 0; i < 20; i++)); do
		port=$((20000 + RANDOM % 20000))
		set_conf listen "\"127.0.0.1:$port\""
		set_conf public_url "\"https://127.0.0.1:$port\""
		set_conf admin_listen "\"127.0.0.1:$((port + 1))\""
		: >serve.log # before it starts: what the one before said must not be taken for its words
		"$@" "$collector" serve --config "$conf" 2>>serve.log &
		pid=$!
		pids+=("$pid")
		while kill -0 $pid 2>/dev/null && ! grep -q serving serve.log; do sleep 0.02; done
		url=https://127.0.0.1:$port admin=http://127.0.0.1:$((port + 1))
		cat serve.log >>all.log
		if grep -q serving serve.log; then return 0; fi
		grep -q 'cannot listen' serve.log || break
	done
	not_ok "serve starts" "$(tail -3 serve.log)"
	exit 1
}
stop() { # sets status
	kill -TERM $pid
	wait $pid
	status=$?
	cat serve.log >>all.log
}
connections() { curl -sS "$admin/metrics" | sed -n 's/^latlas_collector_connections //p'; } # open at the moment
# as PROBE CURL-OPTION...: curl with the probe's token
as() {
	local probe=$1
	shift
	curl -sS --max-time 10 --cacert etc/ca.pem -H "Authorization: Bearer ${token[$probe]}" "$@" 2>&1
}
# push PROBE FILE [CURL OPTION...]: "STATUS ANSWER"
push() {
	local probe=$1 file=$2
	shift 2
	as "$probe" --data-binary "@$file" -H "Latlas-Sent-Us: $(date +%s%6N)" -o answer -w '%{http_code} ' "$@" \
		"$url/v1/batches"
	[ -f answer ] && cat answer
	rm -f answer
}
get() { # PROBE PATH [CURL OPTION...]: answer with headers
	local probe=$1 path=$2
	shift 2
	as "$probe" -i "$@" "$url$path" | tr -d '\r'
}
rows() { sqlite3 -cmd '.timeout 5000' db/latlas.db "$1"; }
count() { rows "select count(*) from batch where uuid = x'${1//-/}'"; }
