#include "schema/wire.h"

#include <stdlib.h>

#include "lib/attr.h"
#include "lib/rng.h"
#include "tests/unit/schema/wire_lab.h"

#define HEADER(n) \
	"{\"latlas\":1,\"batch\":\"" UUID "\",\"probe\":\"mumbai-1\",\"started_us\":1795372800000000," \
	"\"samples\":" #n "}\n"
/* The smallest sample, to which a test adds what it is about. */
#define SMALL(seq, more) \
	"{\"seq\":" #seq ",\"t_us\":1795372800123456,\"target\":\"www\",\"role\":\"cdn\"" more "}\n"

/* The format's description, verbatim but for the parts that it leaves open. */
static const char described[] =
	"{\"latlas\":1,\"batch\":\"" UUID "\",\"probe\":\"mumbai-1\",\"boot\":\"uuid\",\"version\":\"0.1.0\","
	"\"plan_rev\":\"0123456789abcdef\",\"started_us\":1795372800000000,\"samples\":1}\n"
	"{\"seq\":0,\"t_us\":1795372800123456,\"target\":\"www\",\"node\":null,\"role\":\"cdn\",\"family\":4,"
	"\"addr\":\"203.0.113.7\",\"resolver\":\"9.9.9.9\",\"ttl\":60,\"dns_cache\":\"miss\","
	"\"dns_us\":7123,\"tcp_us\":120345,\"tls_us\":121456,\"wait_us\":124567,\"body_us\":360123,"
	"\"min_rtt_us\":119990,\"retrans\":0,\"lag_us\":35,\"status\":200,\"http\":\"2\",\"tls\":\"1.3\","
	"\"bytes\":51200,\"edge\":\"lon\",\"cache\":\"HIT\",\"error\":null,\"error_phase\":null}\n"
	"{\"audit\":\"www\",\"node\":\"lon\",\"t_us\":1795372900000000,\"sha256\":\"aa\",\"etag\":\"\\\"e\\\"\","
	"\"cert_sha256\":\"bb\",\"cert_not_after\":1797000000,\"chain\":\"ok\","
	"\"headers\":{\"age\":\"5\",\"via\":\"x\"}}\n";

static void test_described(void)
{
	struct batch b;

	CHECK_CASE("the batch of the description");
	CHECK_INT(decode(&b, described), 0);
	CHECK_STR(b.uuid, UUID);
	CHECK_STR(b.probe, "mumbai-1");
	CHECK_STR(b.boot, "uuid");
	CHECK_STR(b.version, "0.1.0");
	CHECK_STR(b.plan_rev, "0123456789abcdef");
	CHECK_INT(b.started_us, 1795372800000000);
	CHECK_INT(b.timeout_ms, WIRE_DEFAULT_TIMEOUT_MS);
	CHECK_INT(b.round_ok, US_NONE);
	CHECK_INT(b.dropped, 0);
	CHECK_INT(b.rejected, 0);
	CHECK(b.refused == NULL);
	CHECK_INT(b.unknown_keys, 0);
	CHECK_INT(b.samples.len, 1);
	CHECK_INT(b.audits.len, 1);
	const struct sample *s = &b.samples.at[0];
	CHECK_INT(s->seq, 0);
	CHECK_INT(s->t_us, 1795372800123456);
	CHECK_STR(s->target, "www");
	CHECK(s->node == NULL && s->target_rev == NULL && s->location == NULL);
	CHECK_INT(s->role, ROLE_CDN);
	CHECK_INT(s->nth, 0);
	CHECK_INT(s->family, 4);
	CHECK_STR(s->addr, "203.0.113.7");
	CHECK_STR(s->resolver, "9.9.9.9");
	CHECK_INT(s->ttl, 60);
	CHECK_INT(s->dns_cache, DNS_CACHE_MISS);
	CHECK_INT(s->dns_us, 7123);
	CHECK_INT(s->tcp_us, 120345);
	CHECK_INT(s->tls_us, 121456);
	CHECK_INT(s->wait_us, 124567);
	CHECK_INT(s->body_us, 360123);
	CHECK_INT(s->min_rtt_us, 119990);
	CHECK_INT(s->retrans, 0);
	CHECK_INT(s->lag_us, 35);
	CHECK_INT(s->status, 200);
	CHECK_STR(s->http, "2");
	CHECK_STR(s->tls, "1.3");
	CHECK_INT(s->bytes, 51200);
	CHECK_STR(s->edge, "lon");
	CHECK_STR(s->cache, "HIT");
	CHECK_INT(s->error, NEL_OK);
	CHECK_INT(s->error_phase, NEL_PHASE_NONE);
	CHECK(!s->lagged);
	const struct audit *a = &b.audits.at[0];
	CHECK_STR(a->target, "www");
	CHECK_STR(a->node, "lon");
	CHECK_INT(a->t_us, 1795372900000000);
	CHECK_STR(a->sha256, "aa");
	CHECK_STR(a->etag, "\"e\"");
	CHECK_STR(a->cert_sha256, "bb");
	CHECK_INT(a->cert_not_after, 1797000000);
	CHECK_STR(a->chain, "ok");
	CHECK_INT(a->headers.len, 2);
	CHECK_STR(a->headers.at[1].name, "via");
	CHECK_STR(a->headers.at[1].value, "x");
	batch_free(&b);
}

static void test_absent(void)
{
	struct batch b;

	CHECK_CASE("what isn't there is absent, not 0");
	CHECK_INT(decode(&b, HEADER(1) SMALL(7, "")), 0);
	const struct sample *s = &b.samples.at[0];
	CHECK_INT(s->seq, 7);
	CHECK(s->dns_us == US_NONE && s->tcp_us == US_NONE && s->tls_us == US_NONE && s->wait_us == US_NONE);
	CHECK(s->body_us == US_NONE && s->min_rtt_us == US_NONE && s->retrans == US_NONE && s->lag_us == US_NONE);
	CHECK(s->status == US_NONE && s->bytes == US_NONE && s->ttl == US_NONE && s->family == 0);
	CHECK(s->syn_rtt_us == US_NONE && s->age_s == US_NONE && s->dns_tries == US_NONE && s->ecs_scope == US_NONE);
	CHECK(s->kind == KIND_COLD && !s->dns_tcp && s->cname == NULL && s->ecs == NULL && b.seed == NULL);
	CHECK(s->addr == NULL && s->edge == NULL && s->dns_cache == DNS_CACHE_NONE);
	CHECK(b.boot == NULL && b.plan_rev == NULL);
	batch_free(&b);

	CHECK_CASE("keys of ours, keys in any order, no newline at the end, blanks");
	CHECK_INT(decode(&b, "{\"samples\":2,\"started_us\":1795372800000000,\"probe\":\"p\",\"batch\":\"" UUID "\","
	                 "\"latlas\":1,\"timeout_ms\":3000,\"round_ok\":0,\"cpu_us\":5,\"rss_kib\":6,"
	                 "\"duration_us\":7,\"dropped\":8,\"refused\":\"http3\"}\r\n"
	                 SMALL(1, ",\"nth\":2,\"lagged\":true,\"location\":\"/x\",\"target_rev\":\"r\",\"family\":6")
	                 " { \"role\" : \"baseline\" , \"error_phase\":\"dns\",\"error\":\"dns.failed\","
	                 "\"target\":\"o\",\"t_us\":1795372800123456,\"seq\":0}"), 0);
	CHECK_INT(b.timeout_ms, 3000);
	CHECK_INT(b.round_ok, 0);
	CHECK_INT(b.cpu_us, 5);
	CHECK_INT(b.rss_kib, 6);
	CHECK_INT(b.duration_us, 7);
	CHECK_INT(b.dropped, 8);
	CHECK_STR(b.refused, "http3");
	CHECK_INT(b.samples.at[0].nth, 2);
	CHECK(b.samples.at[0].lagged);
	CHECK_INT(b.samples.at[0].family, 6);
	CHECK_STR(b.samples.at[0].location, "/x");
	CHECK_STR(b.samples.at[0].target_rev, "r");
	CHECK_INT(b.samples.at[1].role, ROLE_BASELINE);
	CHECK_INT(b.samples.at[1].error, NEL_DNS_FAILED);
	CHECK_INT(b.samples.at[1].error_phase, NEL_PHASE_DNS);
	batch_free(&b);

	CHECK_CASE("the UUID is put into lower case; words of newer probes are taken as unknown");
	CHECK_INT(decode(&b, "{\"latlas\":1,\"batch\":\"01927B3E-5C4D-4F6A-8B9C-0D1E2F3A4B5C\",\"probe\":\"p\","
	                 "\"started_us\":1795372800000000,\"samples\":1}\n"
	                 SMALL(0, ",\"error\":\"quic.failed\",\"dns_cache\":\"warm\",\"error_phase\":\"quic\"")), 0);
	CHECK_STR(b.uuid, UUID);
	CHECK_INT(b.samples.at[0].error, NEL_UNKNOWN);
	CHECK_INT(b.samples.at[0].error_phase, NEL_PHASE_NONE);
	CHECK_INT(b.samples.at[0].dns_cache, DNS_CACHE_UNKNOWN);
	batch_free(&b);

	CHECK_CASE("unknown keys are counted and skipped, whatever they hold");
	CHECK_INT(decode(&b, HEADER(1)
	                 SMALL(0, ",\"a\":{\"seq\":{\"b\":[[[[[1]]]]]}},\"c\":[{\"tcp_us\":-1}],\"d\":1.5,"
	                          "\"e\":null,\"f\":\"s\",\"g\":true,\"h\":1e99,"
	                          "\"tcp_us\":5,\"sha256\":\"of an audit\"")
	                 "{\"audit\":\"www\",\"t_us\":1795372800123456,\"status\":200,\"quic\":1}\n"), 0);
	CHECK_INT(b.unknown_keys, 9); /* a to h and sha256 in the sample, quic in the audit */
	CHECK_INT(b.audits.at[0].status, 200);
	CHECK_INT(b.samples.at[0].tcp_us, 5);
	CHECK_INT(b.audits.len, 1);
	CHECK_INT(b.audits.at[0].cert_not_after, US_NONE);
	batch_free(&b);

	CHECK_CASE("a string like the one before is the same string");
	CHECK_INT(decode(&b, HEADER(3) SMALL(0, ",\"edge\":\"lon\"") SMALL(1, ",\"edge\":\"lon\"")
	                 SMALL(2, ",\"edge\":\"fra\"")), 0);
	CHECK(b.samples.at[0].edge == b.samples.at[1].edge && b.samples.at[0].target == b.samples.at[2].target);
	CHECK_STR(b.samples.at[1].edge, "lon");
	CHECK_STR(b.samples.at[2].edge, "fra");
	batch_free(&b);
}

static void test_refused(void)
{
	static const struct { const char *text, *want; } bad[] = {
		/* form */
		{"", "line 1: nothing there"},
		{"\n", "line 1: not one JSON object"},
		{"[]\n", "line 1: not one JSON object"},
		{"1\n", "line 1: not one JSON object"},
		{"\"x\"\n", "line 1: not one JSON object"},
		{"null\n", "line 1: not one JSON object"},
		{"hello\n", "line 1: not JSON"},
		{"{\"latlas\":1\n}\n", "line 1: not one JSON object"},
		{HEADER(0) "\n", "line 2: not one JSON object"},
		{HEADER(1) "{} {}\n", "line 2: not one JSON object"},
		{HEADER(1) "{}\n", "line 2: neither a sample nor an audit"},
		{HEADER(1) "{\"seq\":0", "line 2: not one JSON object"},
		{HEADER(1) "{\"seq\":0,}\n", "line 2: not JSON: byte"},
		{HEADER(1) SMALL(0, ",\"x\":01"), "line 2: not JSON"},
		{HEADER(1) SMALL(0, ",\"edge\":\"\xff\""), "line 2: invalid UTF-8"},
		{HEADER(1) SMALL(0, ",\"edge\":\"\xc0\xaf\""), "line 2: invalid UTF-8"},
		{HEADER(1) SMALL(0, ",\"edge\":\"\\udead\""), "line 2: half of a surrogate pair"},
		{HEADER(1) SMALL(0, ",\"edge\":\"a\\u0000\""), "line 2: edge: a NUL"},
		{HEADER(1) SMALL(0, ",\"x\":\"\\u0000\""), "line 2: a key that is not known: a NUL"},
		{HEADER(1) SMALL(0, ",\"\\u0000\":1"), "line 2: a key: a NUL"},
		{HEADER(1) SMALL(0, ",\"x\":[[[[[[[[1]]]]]]]]"), "line 2: nested deeper than 8"},
		{HEADER(1) SMALL(0, ",\"tcp_us\":1,\"tcp_us\":1"), "line 2: tcp_us: twice"},
		{HEADER(1) SMALL(0, ",\"role\":\"cdn\""), "line 2: role: twice"},
		/* header */
		{SMALL(0, ""), "line 1: latlas: missing"},
		{"{\"latlas\":1,\"batch\":\"" UUID "\",\"started_us\":1795372800000000,\"samples\":0}\n",
		 "line 1: probe: missing"},
		{"{\"latlas\":\"1\"}\n", "line 1: latlas: is a string, not a whole number"},
		{"{\"latlas\":1,\"batch\":\"x\"}\n", "line 1: batch: is not a UUID"},
		{"{\"latlas\":1,\"batch\":\"01927b3e-5c4d-4f6a-8b9c-0d1e2f3a4b5g\"}\n", "line 1: batch: is not a UUID"},
		{"{\"latlas\":1,\"batch\":\"01927b3e05c4d-4f6a-8b9c-0d1e2f3a4b5c\"}\n", "line 1: batch: is not a UUID"},
		{"{\"latlas\":1,\"probe\":\"a b\"}\n", "line 1: probe: \"a b\" is not a name"},
		{"{\"latlas\":1,\"probe\":\"\"}\n", "line 1: probe: \"\" is not a name"},
		{"{\"latlas\":1,\"probe\":null}\n", "line 1: probe: is null, not a name"},
		{"{\"latlas\":1,\"started_us\":0}\n", "line 1: started_us: 0 is not in 946684800000000.."},
		{"{\"latlas\":1,\"samples\":10001}\n", "line 1: samples: 10001 is not in 0..10000"},
		{"{\"latlas\":1,\"latlas\":1}\n", "line 1: latlas: twice"},
		{"{\"latlas\":1,\"timeout_ms\":0}\n", "line 1: timeout_ms: 0 is not in 1..86400000"},
		/* counts */
		{HEADER(1), "line 1: samples: the header says 1, there are 0"},
		{HEADER(1) SMALL(0, "") SMALL(1, ""), "line 3: more samples than the header's 1"},
		{HEADER(2) SMALL(5, "") SMALL(5, ""), "line 3: seq: 5 was there before"},
		{HEADER(0) HEADER(0), "line 2: neither a sample nor an audit"},
		{HEADER(1) "{\"target\":\"www\",\"role\":\"cdn\"}\n", "line 2: seq: missing"},
		/* samples */
		{HEADER(1) "{\"seq\":0,\"t_us\":1795372800123456,\"target\":\"www\"}\n", "line 2: role: missing"},
		{HEADER(1) "{\"seq\":10000}\n", "line 2: seq: 10000 is not in 0..9999"},
		{HEADER(1) "{\"seq\":null}\n", "line 2: seq: is null"},
		{HEADER(1) "{\"role\":\"rival\"}\n", "line 2: role: \"rival\" is not one of cdn, baseline, candidate"},
		{HEADER(1) "{\"target\":\"\"}\n", "line 2: target: is empty"},
		{HEADER(1) "{\"t_us\":946684799999999}\n", "line 2: t_us: 946684799999999 is not in"},
		{HEADER(1) "{\"t_us\":7258118400000001}\n", "line 2: t_us: 7258118400000001 is not in"},
		{HEADER(1) SMALL(0, ",\"dns_us\":-1"), "line 2: dns_us: -1 is not in 0..86400000000"},
		{HEADER(1) SMALL(0, ",\"body_us\":86400000001"), "line 2: body_us: 86400000001 is not in"},
		{HEADER(1) SMALL(0, ",\"tcp_us\":1.0"), "line 2: tcp_us: 1.0 is not a whole number"},
		{HEADER(1) SMALL(0, ",\"tcp_us\":1e3"), "line 2: tcp_us: 1e3 is not a whole number"},
		{HEADER(1) SMALL(0, ",\"tcp_us\":9223372036854775808"),
		 "line 2: tcp_us: 9223372036854775808 is not a whole"},
		{HEADER(1) SMALL(0, ",\"tcp_us\":\"5\""), "line 2: tcp_us: is a string, not a whole number"},
		{HEADER(1) SMALL(0, ",\"tcp_us\":[5]"), "line 2: tcp_us: is an array, not a whole number"},
		{HEADER(1) SMALL(0, ",\"tcp_us\":{}"), "line 2: tcp_us: is an object, not a whole number"},
		{HEADER(1) SMALL(0, ",\"edge\":5"), "line 2: edge: is a number, not a string"},
		{HEADER(1) SMALL(0, ",\"edge\":true"), "line 2: edge: is true, not a string"},
		{HEADER(1) SMALL(0, ",\"lagged\":1"), "line 2: lagged: is a number, not true or false"},
		{HEADER(1) SMALL(0, ",\"family\":5"), "line 2: family: 5 is not 4 or 6"},
		{HEADER(1) SMALL(0, ",\"status\":1000"), "line 2: status: 1000 is not in 0..999"},
		{HEADER(1) SMALL(0, ",\"kind\":\"warm\""), "line 2: kind: \"warm\" is not one of cold, rare, dns-only"},
		{HEADER(1) SMALL(0, ",\"kind\":1"), "line 2: kind: is a number, not a kind"},
		{HEADER(1) SMALL(0, ",\"ecs_scope\":129"), "line 2: ecs_scope: 129 is not in 0..128"},
		{HEADER(1) SMALL(0, ",\"age_s\":-1"), "line 2: age_s: -1 is not in 0.."},
		{"{\"latlas\":1,\"seed\":\"abc\"}\n", "line 1: seed: is not 16 hexadecimal digits"},
		{"{\"latlas\":1,\"seed\":\"0123456789abcdeF\"}\n", "line 1: seed: is not 16 hexadecimal digits"},
		/* audits */
		{HEADER(0) "{\"audit\":\"www\"}\n", "line 2: t_us: missing"},
		{HEADER(0) "{\"audit\":\"www\",\"headers\":[]}\n", "line 2: headers: is an array, not an object"},
		{HEADER(0) "{\"audit\":\"www\",\"headers\":\"\"}\n", "line 2: headers: is a string, not an object"},
		{HEADER(0) "{\"audit\":\"www\",\"headers\":{\"a\":1}}\n", "line 2: headers: a: is a number, not a string"},
		{HEADER(0) "{\"audit\":\"www\",\"headers\":{\"a\":null}}\n", "line 2: headers: a: is null, not a string"},
		{HEADER(0) "{\"audit\":\"www\",\"headers\":{\"a\":{}}}\n", "line 2: headers: a: is an object"},
		{HEADER(0) "{\"audit\":\"www\",\"headers\":{\"a\":\"1\",\"a\":\"2\"}}\n", "line 2: headers: a: twice"},
	};
	struct batch b;

	CHECK_CASE("refused, with line, key and limit");
	for (size_t i = 0; i < LAT_COUNT(bad); i++) {
		CHECK_INT(decode(&b, bad[i].text), LAT_DATAERR);
		CHECK_CONTAINS(err.text, bad[i].want);
		batch_free(&b);
	}

	CHECK_CASE("an error is one line, whatever was sent");
	CHECK_INT(decode(&b, HEADER(1) "{\"role\":\"a\\nb\\u001b[2J\"}\n"), LAT_DATAERR);
	CHECK(strpbrk(err.text, "\n\033") == NULL);
	CHECK_CONTAINS(err.text, "role: \"a b?[2J\"");
	batch_free(&b);

	CHECK_CASE("another version is told apart");
	static const char two[] = "{\"latlas\":2,\"batch\":{}}\n";
	bool unsupported = false;
	CHECK_INT(wire_decode(&b, two, sizeof two - 1, &unsupported, &err), LAT_DATAERR);
	CHECK(unsupported);
	CHECK_CONTAINS(err.text, "version 2 is not supported (1 is)");
	batch_free(&b);
	unsupported = true;
	CHECK_INT(wire_decode(&b, "x", 1, &unsupported, &err), LAT_DATAERR);
	CHECK(!unsupported);
	batch_free(&b);

	CHECK_CASE("a NUL in the text is not JSON");
	CHECK_INT(wire_decode(&b, "{\"latlas\"\0:1}\n", 13, NULL, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "line 1: not JSON");
	batch_free(&b);
}

static void test_limits(void)
{
	struct batch b;
	struct buf text, filler;

	buf_init(&text, 0);
	buf_init(&filler, 0);

	CHECK_CASE("a string of 1024 bytes, and one more; of a key that isn't known too");
	CHECK(buf_addf(&text, HEADER(1) SMALL(0, ",\"edge\":\"%s\""), repeat(&filler, 1024, 'e')));
	CHECK_INT(decode(&b, text.data), 0);
	CHECK_INT(strlen(b.samples.at[0].edge), 1024);
	batch_free(&b);
	buf_clear(&text);
	CHECK(buf_addf(&text, HEADER(1) SMALL(0, ",\"edge\":\"%s\""), repeat(&filler, 1025, 'e')));
	CHECK_INT(decode(&b, text.data), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "line 2: edge: 1025 bytes (limit 1024)");
	batch_free(&b);
	buf_clear(&text);
	CHECK(buf_addf(&text, HEADER(1) SMALL(0, ",\"x\":[\"%s\"]"), repeat(&filler, 1025, 'e')));
	CHECK_INT(decode(&b, text.data), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "1025 bytes (limit 1024)");
	batch_free(&b);
	buf_clear(&text);
	CHECK(buf_addf(&text, HEADER(1) SMALL(0, ",\"%s\":1"), repeat(&filler, 1025, 'e')));
	CHECK_INT(decode(&b, text.data), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "a key: 1025 bytes (limit 1024)");
	batch_free(&b);

	CHECK_CASE("10000 samples");
	buf_clear(&text);
	CHECK(buf_adds(&text, HEADER(10000)));
	for (int i = 0; i < 10000; i++)
		CHECK(buf_addf(&text, "{\"seq\":%d,\"t_us\":1795372800123456,\"target\":\"www\",\"role\":\"cdn\"}\n",
		               9999 - i));
	CHECK_INT(decode(&b, text.data), 0);
	CHECK_INT(b.samples.len, 10000);
	CHECK_INT(b.samples.at[9999].seq, 0);
	batch_free(&b);

	CHECK_CASE("4 MiB, and one byte more");
	buf_clear(&text);
	CHECK(buf_adds(&text, HEADER(0)));
	text.data[text.len - 1] = ' ';
	while (text.len < WIRE_MAX_INFLATED)
		CHECK(buf_addc(&text, ' '));
	CHECK_INT(decode(&b, text.data), 0);
	batch_free(&b);
	CHECK(buf_addc(&text, ' '));
	CHECK_INT(decode(&b, text.data), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "4194305 bytes (limit 4194304)");
	batch_free(&b);

	CHECK_CASE("100 headers, and one more");
	for (int n = 100; n <= 101; n++) {
		buf_clear(&text);
		CHECK(buf_adds(&text, HEADER(0) "{\"audit\":\"www\",\"t_us\":1795372800123456,\"headers\":{"));
		for (int i = 0; i < n; i++)
			CHECK(buf_addf(&text, "%s\"h%d\":\"v\"", i ? "," : "", i));
		CHECK(buf_adds(&text, "}}\n"));
		CHECK_INT(decode(&b, text.data), n == 100 ? 0 : LAT_DATAERR);
		batch_free(&b);
	}
	CHECK_CONTAINS(err.text, "line 2: headers: more than 100");
	buf_free(&text);
	buf_free(&filler);
}

/* Text with one byte changed, cut or doubled must be refused or understood, and what is
 * understood must be the same after another round. (The fuzzer does this better, here it
 * runs each time.) */
static void test_damaged(void)
{
	struct rng r;
	struct buf out;
	int understood = 0;

	CHECK_CASE("damaged text is refused or understood");
	rng_seed(&r, 11);
	buf_init(&out, 0);
	for (int i = 0; i < 3000; i++) {
		size_t len = sizeof described - 1, at = rng_below(&r, (uint32_t)len);
		char *text = malloc(len);
		memcpy(text, described, len);
		if (i % 3 == 0)
			len = at;
		else
			text[at] = (char)(i % 3 == 1 ? rng_below(&r, 256) : (uint32_t)(unsigned char)text[(at + 1) % len]);
		struct batch b, d;
		if (wire_decode(&b, text, len, NULL, &err) == 0) {
			understood++;
			buf_clear(&out);
			CHECK_INT(wire_encode(&b, &out, &err), 0);
			CHECK_INT(decode(&d, buf_str(&out)), 0);
			CHECK_INT(d.samples.len, b.samples.len);
			batch_free(&d);
		}
		batch_free(&b);
		free(text);
	}
	CHECK(understood > 100 && understood < 2900);
	buf_free(&out);
}

int main(void)
{
	test_described();
	test_absent();
	test_refused();
	test_limits();
	test_damaged();
	return check_done();
}
