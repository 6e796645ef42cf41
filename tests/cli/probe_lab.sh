# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of latlas-probe share: certificates, scripted servers, configuration files. Sourced,
# with `what` set to the test's name.
#
# The servers are tests/servers/*.c. Everything happens on loopback (or in a network namespace), on
# ports that the kernel picks.
# shellcheck source=tests/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab.sh"
needs jq openssl flock gzip
built latlas-probe tests/servers/dnsd tests/servers/httpd tests/servers/h2d
probe=$B/latlas-probe

# silent NAME COMMAND...: status 0, and not a word.
silent() {
	local name=$1 text status
	shift
	text=$("$@" 2>&1 </dev/null)
	status=$?
	is "$name" "0:" "$status:$text"
}

# ---- certificates and servers ---------------------------------------------------------

quiet() { "$@" >/dev/null 2>openssl.log || { cat openssl.log >&2; echo "not ok $what: openssl"; exit 1; }; }
key() { quiet openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
key ca.key
quiet openssl req -x509 -new -key ca.key -subj "/CN=test ca" -days 2 -out ca.pem
leaf() { # NAME SUBJECT-ALT-NAMES START END (ASN.1 times)
	key "$1.key"
	quiet openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
	printf 'subjectAltName=%s\n' "$2" >"$1.ext"
	quiet openssl ca -batch -notext -config ca.cnf -name sign -outdir . -create_serial -rand_serial \
		-startdate "$3" -enddate "$4" -extfile "$1.ext" -in "$1.csr" -out "$1.pem"
}
cat >ca.cnf <<E
[sign]
database = index.txt
serial = serial
default_md = sha256
policy = any
private_key = ca.key
certificate = ca.pem
email_in_dn = no
unique_subject = no
[any]
commonName = supplied
E
: >index.txt
now=$(date -u -d '-1 day' +%Y%m%d%H%M%SZ)
leaf good "DNS:*.w.test,DNS:localhost,IP:127.0.0.1" "$now" "$(date -u -d '+40 days +1 hour' +%Y%m%d%H%M%SZ)"
leaf expired "DNS:*.w.test" "$(date -u -d '-9 days' +%Y%m%d%H%M%SZ)" "$(date -u -d '-2 days' +%Y%m%d%H%M%SZ)"
leaf other "DNS:www.example" "$now" "$(date -u -d '+40 days' +%Y%m%d%H%M%SZ)"
key self.key
quiet openssl req -x509 -new -key self.key -subj "/CN=x.w.test" -addext "subjectAltName=DNS:x.w.test" -days 2 -out self.pem

# start NAME PROGRAM ARG...: its first line goes into the variable `ports`.
start() {
	local name=$1
	shift
	"$@" >"$name.out" 2>"$name.err" &
	pids+=($!)
	until_true test -s "$name.out"
	read -r ports <"$name.out" || { echo "not ok $what: $name did not start"; cat "$name.err" >&2; exit 1; }
}

# ---- files ----------------------------------------------------------------------------

conf() { # FILE [LINE]...: a probe.conf; the caller has set dns and all_ports
	local file=$1
	shift
	printf 'name = "p-1"\nresolvers = {"%s"}\nca_file = "%s/ca.pem"\nallow_private = true\nports = {%s}\nspool = "%s/spool"\n' \
		"$dns" "$dir" "$all_ports" "$dir" >"$file"
	printf '%s\n' "$@" >>"$file"
}
plan() { # FILE SAMPLES CONCURRENCY TIMEOUT FAMILIES [NAME URL]...: every URL as a target
	{
		printf 'objective { metric = "total" quantile = 0.75 limit_ms = 1000 }\n'
		printf 'schedule { samples = %s concurrency = %s timeout_ms = %s families = {%s} }\n' "$2" "$3" "$4" "$5"
		local file=$1 role=cdn
		shift 5
		while [ $# -gt 0 ]; do
			printf 'target "%s" { role = "%s" url = "%s" }\n' "$1" $role "$2"
			role=cdn
			shift 2
		done
	} >"$1"
}
