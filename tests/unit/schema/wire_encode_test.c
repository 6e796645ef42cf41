#include "schema/wire.h"

#include "tests/unit/schema/wire_lab.h"

/* A batch of one sample and one audit, as far as they can be off. */
static void test_numbers(void)
{
	struct batch b = { .uuid = UUID, .probe = "mumbai-1", .started_us = 1795372800000000 }, d;
	struct buf out;

	CHECK_CASE("numbers that a server or a long pause made up don't cost the batch");
	buf_init(&out, 0);
	struct sample *s = vec_add(&b.samples);
	*s = sample_absent;
	s->t_us = 1795372800123456;
	s->target = "www";
	s->ecs = "49.36.0.0/16";
	s->ecs_scope = 200; /* of an octet */
	s->lag_us = s->wait_us = 172800000000; /* two days */
	struct audit *a = vec_add(&b.audits);
	*a = audit_absent;
	a->target = "www";
	a->t_us = 1795372800323456;
	a->cert_not_before = -631152000; /* 1950-01-01, where the two digits of a year begin */
	a->cert_not_after = -2;
	a->clock_skew_us = 251606928000000000; /* Date: in 9999 */
	CHECK_INT(wire_encode(&b, &out, &err), 0);
	CHECK_INT(decode(&d, buf_str(&out)), 0);
	CHECK_STR(err.text, "");
	CHECK_INT(d.audits.len, 1);
	if (d.audits.len == 1) {
		CHECK_INT(d.samples.at[0].ecs_scope, US_NONE);
		CHECK_INT(d.samples.at[0].lag_us, 86400000000);
		CHECK_INT(d.samples.at[0].wait_us, 86400000000);
		CHECK_INT(d.audits.at[0].cert_not_before, US_NONE);
		CHECK_INT(d.audits.at[0].cert_not_after, US_NONE);
		CHECK_INT(d.audits.at[0].clock_skew_us, US_NONE);
	}
	batch_free(&b);
	batch_free(&d);
	buf_free(&out);
}

/* A batch of which every member is set. */
static void fill(struct batch *b)
{
	*b = (struct batch){
		.uuid = UUID, .probe = "mumbai-1", .boot = "boot", .version = "0.1.0", .plan_rev = "rev",
		.started_us = 1795372800000000, .timeout_ms = 3000, .round_ok = 1, .cpu_us = 2, .rss_kib = 3,
		.duration_us = 4, .dropped = 5, .rejected = 6, .refused = "http3", .seed = "0123456789abcdef",
	};
	struct sample *s = vec_add(&b->samples);
	*s = sample_absent;
	s->t_us = 1795372800123456;
	s->target = "www";
	s->error = NEL_TCP_REFUSED;
	s->error_phase = NEL_PHASE_CONNECTION;
	s = vec_add(&b->samples);
	*s = (struct sample){
		.seq = 1, .t_us = 1795372800223456, .target = "sin", .target_rev = "r", .node = "lon",
		.role = ROLE_CANDIDATE, .nth = 3, .family = 6, .addr = "2001:db8::1", .resolver = "::1", .ttl = 0,
		.dns_cache = DNS_CACHE_HIT, .dns_us = 0, .tcp_us = 2, .tls_us = 3, .wait_us = 4, .body_us = 5,
		.min_rtt_us = 6, .retrans = 7, .lag_us = 8, .status = 302, .http = "2", .tls = "1.3", .bytes = 0,
		.edge = "a\"b\\c\n\x01é", .cache = "HIT", .location = "/l", .error = NEL_HTTP_REDIRECT,
		.error_phase = NEL_PHASE_APPLICATION, .lagged = true, .kind = KIND_RARE, .syn_rtt_us = 9,
		.age_s = 10, .cname = "a.example b.example", .dns_tries = 11, .dns_tcp = true,
		.ecs = "49.36.0.0/16", .ecs_scope = 0,
	};
	struct audit *a = vec_add(&b->audits);
	*a = audit_absent;
	a->target = "www";
	a->t_us = 1795372800323456;
	struct audit_header *h = vec_add(&a->headers);
	*h = (struct audit_header){"via", "x"};
	h = vec_add(&a->headers);
	*h = (struct audit_header){"age", "5"};
	h = vec_add(&a->headers);
	*h = (struct audit_header){"via", "y"};
	a = vec_add(&b->audits);
	*a = (struct audit){
		.target = "www", .node = "lon", .target_rev = "r", .t_us = 1795372800423456, .addr = "203.0.113.7",
		.edge = "fra", .status = 503, .bytes = 0, .error = NEL_HTTP_ERROR,
		.error_phase = NEL_PHASE_APPLICATION, .sha256 = "aa", .etag = "e", .cert_sha256 = "bb",
		.chain = "expired", .cert_not_before = 0, .cert_not_after = 253402300799, .cert_subject = "CN=a",
		.cert_issuer = "CN=b", .cert_names = "a.example b.example", .clock_skew_us = -3000000,
	};
}

static void test_encode(void)
{
	static const char want[] =
		"{\"latlas\":1,\"batch\":\"" UUID "\",\"probe\":\"mumbai-1\",\"boot\":\"boot\",\"version\":\"0.1.0\","
		"\"plan_rev\":\"rev\",\"started_us\":1795372800000000,\"samples\":2,\"timeout_ms\":3000,\"round_ok\":1,"
		"\"cpu_us\":2,\"rss_kib\":3,\"duration_us\":4,\"dropped\":5,\"rejected\":6,\"refused\":\"http3\","
		"\"seed\":\"0123456789abcdef\"}\n"
		"{\"seq\":0,\"t_us\":1795372800123456,\"target\":\"www\",\"node\":null,\"role\":\"cdn\",\"family\":null,"
		"\"addr\":null,\"resolver\":null,\"ttl\":null,\"dns_cache\":null,\"dns_us\":null,\"tcp_us\":null,"
		"\"tls_us\":null,\"wait_us\":null,\"body_us\":null,\"min_rtt_us\":null,\"retrans\":null,\"lag_us\":null,"
		"\"status\":null,\"http\":null,\"tls\":null,\"bytes\":null,\"edge\":null,\"cache\":null,"
		"\"error\":\"tcp.refused\",\"error_phase\":\"connection\"}\n"
		"{\"seq\":1,\"t_us\":1795372800223456,\"target\":\"sin\",\"node\":\"lon\",\"role\":\"candidate\","
		"\"family\":6,\"addr\":\"2001:db8::1\",\"resolver\":\"::1\",\"ttl\":0,\"dns_cache\":\"hit\",\"dns_us\":0,"
		"\"tcp_us\":2,\"tls_us\":3,\"wait_us\":4,\"body_us\":5,\"min_rtt_us\":6,\"retrans\":7,\"lag_us\":8,"
		"\"status\":302,\"http\":\"2\",\"tls\":\"1.3\",\"bytes\":0,\"edge\":\"a\\\"b\\\\c\\n\\u0001é\","
		"\"cache\":\"HIT\",\"error\":\"http.response.redirect\",\"error_phase\":\"application\","
		"\"target_rev\":\"r\",\"nth\":3,\"location\":\"/l\",\"lagged\":true,"
		"\"kind\":\"rare\",\"syn_rtt_us\":9,\"age_s\":10,\"cname\":\"a.example b.example\",\"dns_tries\":11,"
		"\"dns_tcp\":true,\"ecs\":\"49.36.0.0/16\",\"ecs_scope\":0}\n"
		"{\"audit\":\"www\",\"node\":null,\"t_us\":1795372800323456,\"sha256\":null,\"etag\":null,"
		"\"cert_sha256\":null,\"cert_not_after\":null,\"chain\":null,"
		"\"headers\":{\"via\":\"x, y\",\"age\":\"5\"}}\n"
		"{\"audit\":\"www\",\"node\":\"lon\",\"t_us\":1795372800423456,\"addr\":\"203.0.113.7\","
		"\"status\":503,\"bytes\":0,\"edge\":\"fra\",\"error\":\"http.error\","
		"\"error_phase\":\"application\",\"target_rev\":\"r\",\"sha256\":\"aa\",\"etag\":\"e\","
		"\"cert_sha256\":\"bb\",\"cert_not_after\":253402300799,\"chain\":\"expired\",\"cert_not_before\":0,"
		"\"cert_subject\":\"CN=a\",\"cert_issuer\":\"CN=b\",\"cert_names\":\"a.example b.example\","
		"\"clock_skew_us\":-3000000,\"headers\":{}}\n";
	struct batch b, d;
	struct buf out, again;

	CHECK_CASE("every member, to the letter");
	buf_init(&out, 0);
	buf_init(&again, 0);
	fill(&b);
	CHECK_INT(wire_encode(&b, &out, &err), 0);
	CHECK_STR(buf_str(&out), want);
	CHECK_INT(strlen(buf_str(&out)), out.len);

	CHECK_CASE("decoded and encoded again is the same text");
	CHECK_INT(decode(&d, buf_str(&out)), 0);
	CHECK_INT(d.unknown_keys, 0);
	CHECK_INT(wire_encode(&d, &again, &err), 0);
	CHECK_STR(buf_str(&again), want);
	CHECK_STR(d.samples.at[1].edge, "a\"b\\c\n\x01é");
	CHECK_STR(d.seed, "0123456789abcdef");
	const struct sample *s = &d.samples.at[1];
	CHECK_INT(s->kind, KIND_RARE);
	CHECK_INT(s->syn_rtt_us, 9);
	CHECK_INT(s->age_s, 10);
	CHECK_STR(s->cname, "a.example b.example");
	CHECK_INT(s->dns_tries, 11);
	CHECK(s->dns_tcp);
	CHECK_STR(s->ecs, "49.36.0.0/16");
	CHECK_INT(s->ecs_scope, 0);
	const struct audit *a = &d.audits.at[1];
	CHECK_STR(a->node, "lon");
	CHECK_INT(a->t_us, 1795372800423456);
	CHECK_STR(a->addr, "203.0.113.7");
	CHECK_STR(a->edge, "fra");
	CHECK_STR(a->target_rev, "r");
	CHECK_INT(a->status, 503);
	CHECK_INT(a->bytes, 0);
	CHECK_INT(a->error, NEL_HTTP_ERROR);
	CHECK_INT(a->error_phase, NEL_PHASE_APPLICATION);
	CHECK_INT(a->cert_not_before, 0);
	CHECK_STR(a->cert_subject, "CN=a");
	CHECK_STR(a->cert_issuer, "CN=b");
	CHECK_STR(a->cert_names, "a.example b.example");
	CHECK_INT(a->clock_skew_us, -3000000);
	batch_free(&d);

	CHECK_CASE("a sample's line alone, behind what is there");
	buf_clear(&again);
	CHECK(buf_adds(&again, "x"));
	CHECK_INT(wire_encode_sample(&b.samples.at[0], &again, &err), 0);
	CHECK(strncmp(again.data, "x{\"seq\":0,", 10) == 0 && again.data[again.len - 1] == '\n');
	const char *line = strstr(want, "{\"seq\":0,");
	CHECK(strncmp(again.data + 1, line, again.len - 1) == 0);

	CHECK_CASE("the limit of the buffer is kept and told");
	struct buf small;
	buf_init(&small, 100);
	CHECK_INT(wire_encode(&b, &small, &err), LAT_SOFTWARE);
	CHECK(small.len <= 100);
	CHECK_CONTAINS(err.text, "limit of 100 bytes");
	buf_free(&small);

	CHECK_CASE("what cannot be sent");
	b.samples.at[0].target = NULL;
	CHECK_INT(wire_encode(&b, &again, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "sample 0: has no target");
	b.probe = NULL;
	CHECK_INT(wire_encode(&b, &again, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "no probe");
	batch_free(&b);
	buf_free(&out);
	buf_free(&again);
}

static void test_mended(void)
{
	struct batch b, d;
	struct buf out, filler;

	buf_init(&out, 0);
	buf_init(&filler, 0);

	CHECK_CASE("a server's bytes that are not UTF-8 become U+FFFD");
	fill(&b);
	b.samples.at[1].edge = "a\xff\xc3z\xed\xa0\x80";
	b.samples.at[1].cache = "caf\xe9";
	CHECK_INT(wire_encode(&b, &out, &err), 0);
	CHECK_INT(decode(&d, buf_str(&out)), 0);
	CHECK_STR(d.samples.at[1].edge, "a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	CHECK_STR(d.samples.at[1].cache, "caf\xef\xbf\xbd");
	batch_free(&d);

	CHECK_CASE("what is too long is cut, not inside of a character");
	repeat(&filler, 1023, 'x');
	CHECK(buf_adds(&filler, "é and more"));
	b.samples.at[1].location = filler.data;
	b.samples.at[1].edge = repeat(&(struct buf){0}, 0, ' ');
	buf_clear(&out);
	CHECK_INT(wire_encode(&b, &out, &err), 0);
	CHECK_INT(decode(&d, buf_str(&out)), 0);
	CHECK_INT(strlen(d.samples.at[1].location), 1023);
	CHECK_STR(d.samples.at[1].edge, "");
	batch_free(&d);

	CHECK_CASE("of a character that is escaped too");
	repeat(&filler, 2000, '\n');
	b.samples.at[1].location = filler.data;
	buf_clear(&out);
	CHECK_INT(wire_encode(&b, &out, &err), 0);
	CHECK_INT(decode(&d, buf_str(&out)), 0);
	CHECK_INT(strlen(d.samples.at[1].location), 1024);
	batch_free(&d);

	CHECK_CASE("of headers with one name, together no longer than a string may be");
	repeat(&filler, 1000, 'v');
	for (int i = 0; i < 200; i++) {
		struct audit_header *h = vec_add(&b.audits.at[0].headers);
		*h = (struct audit_header){i < 3 ? "set-cookie" : "x", filler.data};
	}
	buf_clear(&out);
	CHECK_INT(wire_encode(&b, &out, &err), 0);
	CHECK_INT(decode(&d, buf_str(&out)), 0);
	CHECK_INT(d.audits.at[0].headers.len, 4);
	CHECK_STR(d.audits.at[0].headers.at[2].name, "set-cookie");
	CHECK_INT(strlen(d.audits.at[0].headers.at[2].value), 1024);
	batch_free(&d);
	batch_free(&b);
	buf_free(&out);
	buf_free(&filler);
}

int main(void)
{
	test_numbers();
	test_encode();
	test_mended();
	return check_done();
}
