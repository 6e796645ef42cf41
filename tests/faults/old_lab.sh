# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, and by, those who source it
# An old database to begin with, for the tests that migrate it. To be sourced behind collector_lab.sh.
# An old database with batches of its own, and probes with tokens.
old=9e3779b1\|3c6ef362 # its batches' UUIDs begin so
mkdir old
{
	cat "$root/tests/unit/schema/store_v1.sql"
	for i in 1 2 3 4; do
		token=$(printf '%064d' $i)
		hash=$(printf %s "$token" | sha256sum | cut -d' ' -f1)
		echo "INSERT INTO probe(name, network, enrolled_us, dropped) VALUES('probe-$i', 'datacenter', 0, 0);"
		echo "INSERT INTO token SELECT X'$hash', id, 1, 0 FROM probe WHERE name = 'probe-$i';"
		echo "probe-$i $token" >>probes
	done
} | sqlite3 -batch old/latlas.db >/dev/null
printf '%s\n' 'listen = "127.0.0.1:0"' 'public_url = "http://127.0.0.1:1"' "db = \"$dir/run/latlas.db\"" 'insecure = true' >collector.conf
db=run/latlas.db
fresh() {
	rm -rf run acks pusher.out
	mkdir run
	cp old/latlas.db run/
	: >acks
}
