/* The store's contract (schema/store.h): appending, raw samples, callbacks, audits. Every case
 * runs against both implementations; what is expected comes from paper and pencil. */
#include "schema/store.h"

#include "tests/unit/schema/store_both.h"

/* ---- cases: appending --------------------------------------------------------------- */

static void empty(struct store *s)
{
	begin("an empty store has nothing");
	struct store_window w = window(0, INT64_MAX, US_PER_HOUR);
	struct store_totals t = totals(s);
	size_t left = 9;
	CHECK_INT(t.batches, 0);
	CHECK_INT(t.samples, 0);
	CHECK_INT(t.unfolded, 0);
	CHECK_INT(t.first_us, US_NONE);
	CHECK_INT(t.last_us, US_NONE);
	CHECK_INT(store_fold(s, 100, &left, &err), 0);
	CHECK_INT(left, 0);
	CHECK_INT(store_append(s, NULL, 0, &err), 0);
	CHECK_INT(store_scan_cells(s, &w, never_cell, NULL, &err), 0);
	CHECK_INT(store_scan_samples(s, 0, INT64_MAX, never_sample, NULL, &err), 0);
	CHECK_INT(store_scan_audits(s, 0, INT64_MAX, never_audit, NULL, &err), 0);
}

static void idempotent(struct store *s)
{
	begin("the same UUID: the same content is a duplicate, other content a conflict");
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR), *c = fixture_batch(2, "mumbai-1", HOUR);
	fixture_sample(b, "www", HOUR + 5);
	put(s, b, STORE_ADDED);
	put(s, b, STORE_DUPLICATE);
	struct store_batch other = fixture_push(b);
	other.digest[31] ^= 1;
	CHECK_INT(store_append(s, &other, 1, &err), 0);
	CHECK_INT(other.result, STORE_CONFLICT);

	begin("the same within one call");
	struct store_batch four[] = {fixture_push(c), fixture_push(b), fixture_push(c), fixture_push(c)};
	four[3].digest[0] ^= 1;
	CHECK_INT(store_append(s, four, 4, &err), 0);
	CHECK_INT(four[0].result, STORE_ADDED);
	CHECK_INT(four[1].result, STORE_DUPLICATE);
	CHECK_INT(four[2].result, STORE_DUPLICATE);
	CHECK_INT(four[3].result, STORE_CONFLICT);
	CHECK_INT(totals(s).batches, 2);
	CHECK_INT(totals(s).samples, 1);

	begin("a UUID in capitals is the same UUID");
	for (char *p = b->uuid; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	struct store_batch upper = fixture_push(c);
	upper.batch = b;
	CHECK_INT(store_append(s, &upper, 1, &err), 0);
	CHECK_INT(upper.result, STORE_CONFLICT);
	fixture_free(b);
	fixture_free(c);
}

static void refused(struct store *s, struct batch *bad, const char *says)
{
	struct batch *good = fixture_batch(77, "mumbai-1", HOUR);
	struct store_batch two[] = {fixture_push(good), fixture_push(bad)};

	CHECK_INT(store_append(s, two, 2, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, says);
	CHECK_INT(totals(s).batches, 0);
	fixture_free(good);
	fixture_free(bad);
}

static void bad_batches(struct store *s)
{
	begin("what can't be a batch is refused, and its neighbours with it");
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR);
	b->uuid[8] = '0';
	refused(s, b, "is no UUID");
	b = fixture_batch(1, "mumbai-1", HOUR);
	b->uuid[35] = '\0';
	refused(s, b, "is no UUID");
	refused(s, fixture_batch(1, NULL, HOUR), "names no probe");
	refused(s, fixture_batch(1, "mumbai-1", -1), "started_us -1");
	b = fixture_batch(1, "mumbai-1", HOUR);
	fixture_sample(b, "www", HOUR);
	fixture_sample(b, "www", (int64_t)1 << 62);
	refused(s, b, "sample 1: t_us");
	b = fixture_batch(1, "mumbai-1", HOUR);
	fixture_sample(b, NULL, HOUR);
	refused(s, b, "sample 0: no target");
	b = fixture_batch(1, "mumbai-1", HOUR);
	fixture_audit(b, "www", NULL, -5);
	refused(s, b, "audit 0: t_us");
	b = fixture_batch(1, "mumbai-1", HOUR);
	for (int i = 0; i <= STORE_MAX_SAMPLES; i++)
		fixture_sample(b, "www", HOUR);
	refused(s, b, "16385 samples");
}

/* ---- cases: samples as they were ------------------------------------------------------ */

struct seen_samples {
	size_t n;
	struct store_sample last;
	struct batch header;
	struct sample sample;
	char text[512], more[200];
};

static int keep_sample(void *ctx, const struct store_sample *told, struct err *e)
{
	struct seen_samples *seen = ctx;
	const struct sample *s = told->sample;

	(void)e;
	seen->n++;
	seen->last = *told;
	seen->sample = *s;
	seen->header = *told->header;
	/* strings are good during the call only */
	snprintf(seen->text, sizeof seen->text, "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s",
	         told->probe, s->target, s->target_rev ? s->target_rev : "-", s->node ? s->node : "-",
	         s->addr ? s->addr : "-", s->resolver ? s->resolver : "-", s->http ? s->http : "-",
	         s->tls ? s->tls : "-", s->edge ? s->edge : "-", s->cache ? s->cache : "-",
	         s->location ? s->location : "-", told->header->uuid,
	         told->header->boot ? told->header->boot : "-",
	         told->header->version ? told->header->version : "-",
	         told->header->plan_rev ? told->header->plan_rev : "-",
	         told->header->refused ? told->header->refused : "-", told->header->probe);
	snprintf(seen->more, sizeof seen->more, "%s|%s|%s|%s", s->cname ? s->cname : "-", s->ecs ? s->ecs : "-",
	         told->header->seed ? told->header->seed : "-", told->source ? told->source : "-");
	return 0;
}

static void round_trip(struct store *s)
{
	begin("a sample comes back as it was, each field");
	struct batch *b = fixture_batch(0xabc, "mumbai-1", HOUR + 17);
	b->round_ok = 3;
	b->cpu_us = 11;
	b->rss_kib = 12;
	b->duration_us = 13;
	b->dropped = 14;
	b->rejected = 16;
	b->unknown_keys = 15;
	b->refused = "http3";
	b->seed = "00f00000000000ff";
	fixture_sample(b, "origin", HOUR);
	struct sample *x = fixture_sample(b, "www", HOUR + 1234567);
	*x = (struct sample){
		.seq = 900,
		.t_us = HOUR + 1234567,
		.target = "www",
		.target_rev = "r1",
		.node = "lon",
		.role = ROLE_BASELINE,
		.nth = 3,
		.family = 6,
		.addr = "2001:db8::7",
		.resolver = "",
		.ttl = 61,
		.dns_cache = DNS_CACHE_UNKNOWN,
		.dns_us = 0,
		.tcp_us = 2,
		.tls_us = 3,
		.wait_us = 4,
		.body_us = 5,
		.min_rtt_us = 6,
		.retrans = 7,
		.lag_us = 8,
		.status = 301,
		.http = "1.1",
		.tls = "1.2",
		.bytes = INT64_MAX,
		.edge = "fra",
		.cache = "MISS",
		.location = "https://www.example.com/\xc3\xa9",
		.error = NEL_HTTP_REDIRECT,
		.error_phase = NEL_PHASE_APPLICATION,
		.lagged = true,
		.kind = KIND_RARE,
		.syn_rtt_us = 9,
		.age_s = 10,
		.cname = "a.example b.example",
		.dns_tries = 11,
		.dns_tcp = true,
		.ecs = "49.36.0.0/16",
		.ecs_scope = 0,
	};
	struct store_batch sb = fixture_push(b);
	sb.source = "globalping";
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	struct seen_samples seen = {0};
	CHECK_INT(store_scan_samples(s, HOUR + 1, INT64_MAX, keep_sample, &seen, &err), 0);
	CHECK_INT(seen.n, 1);
	struct sample *y = &seen.sample;
	CHECK_INT(y->seq, 900);
	CHECK_INT(y->t_us, HOUR + 1234567);
	CHECK_INT(y->role, ROLE_BASELINE);
	CHECK_INT(y->nth, 3);
	CHECK_INT(y->family, 6);
	CHECK_INT(y->ttl, 61);
	CHECK_INT(y->dns_cache, DNS_CACHE_UNKNOWN);
	CHECK_INT(y->dns_us, 0);
	CHECK_INT(y->tcp_us, 2);
	CHECK_INT(y->tls_us, 3);
	CHECK_INT(y->wait_us, 4);
	CHECK_INT(y->body_us, 5);
	CHECK_INT(y->min_rtt_us, 6);
	CHECK_INT(y->retrans, 7);
	CHECK_INT(y->lag_us, 8);
	CHECK_INT(y->status, 301);
	CHECK_INT(y->bytes, INT64_MAX);
	CHECK_INT(y->error, NEL_HTTP_REDIRECT);
	CHECK_INT(y->error_phase, NEL_PHASE_APPLICATION);
	CHECK_INT(y->lagged, 1);
	CHECK_INT(seen.last.verdict, CELL_FLAGGED);
	char want[512];
	snprintf(want, sizeof want,
	         "mumbai-1|www|r1|lon|2001:db8::7||1.1|1.2|fra|MISS|https://www.example.com/\xc3\xa9|%s|"
	         "4d8dcf0b-4a3c-4b40-9d4e-0c5ad2a0f5f4|0.1.0|0123456789abcdef|http3|mumbai-1",
	         b->uuid);
	CHECK_STR(seen.text, want);
	CHECK_STR(seen.more, "a.example b.example|49.36.0.0/16|00f00000000000ff|globalping");
	CHECK_INT(y->kind, KIND_RARE);
	CHECK_INT(y->syn_rtt_us, 9);
	CHECK_INT(y->age_s, 10);
	CHECK_INT(y->dns_tries, 11);
	CHECK_INT(y->dns_tcp, 1);
	CHECK_INT(y->ecs_scope, 0);

	begin("a batch's header comes back as it was");
	CHECK_INT(seen.header.started_us, HOUR + 17);
	CHECK_INT(seen.header.timeout_ms, 10000);
	CHECK_INT(seen.header.round_ok, 3);
	CHECK_INT(seen.header.cpu_us, 11);
	CHECK_INT(seen.header.rss_kib, 12);
	CHECK_INT(seen.header.duration_us, 13);
	CHECK_INT(seen.header.dropped, 14);
	CHECK_INT(seen.header.unknown_keys, 15);
	CHECK_INT(seen.header.rejected, 16);
	CHECK_INT(seen.header.samples.len, 0);
	fixture_free(b);
}

static void absent(struct store *s)
{
	begin("what is absent stays absent");
	struct batch *b = fixture_batch(5, "mumbai-1", HOUR);
	b->boot = b->version = b->plan_rev = NULL;
	struct sample *x = fixture_failure(b, "www", HOUR, NEL_DNS_FAILED);
	x->target_rev = x->addr = x->resolver = NULL;
	x->family = 0;
	x->dns_us = x->ttl = x->lag_us = x->dns_tries = US_NONE;
	x->dns_cache = DNS_CACHE_NONE;
	x->error_phase = NEL_PHASE_NONE;
	put(s, b, STORE_ADDED);
	struct seen_samples seen = {0};
	CHECK_INT(store_scan_samples(s, 0, INT64_MAX, keep_sample, &seen, &err), 0);
	char want[200];
	snprintf(want, sizeof want, "mumbai-1|www|-|-|-|-|-|-|-|-|-|%s|-|-|-|-|mumbai-1", b->uuid);
	CHECK_STR(seen.text, want);
	struct sample *y = &seen.sample;
	const int64_t none[] = {y->ttl,
	                        y->dns_us,
	                        y->tcp_us,
	                        y->tls_us,
	                        y->wait_us,
	                        y->body_us,
	                        y->min_rtt_us,
	                        y->retrans,
	                        y->lag_us,
	                        y->status,
	                        y->bytes,
	                        y->syn_rtt_us,
	                        y->age_s,
	                        y->dns_tries,
	                        y->ecs_scope,
	                        seen.header.round_ok,
	                        seen.header.cpu_us,
	                        seen.header.rss_kib,
	                        seen.header.duration_us};
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		CHECK_INT(none[i], US_NONE);
	CHECK_STR(seen.more, "-|-|-|-");
	CHECK_INT(y->kind, KIND_COLD);
	CHECK_INT(y->dns_tcp, 0);
	CHECK_INT(y->family, 0);
	CHECK_INT(y->dns_cache, DNS_CACHE_NONE);
	CHECK_INT(y->error, NEL_DNS_FAILED);
	CHECK_INT(y->error_phase, NEL_PHASE_NONE);
	CHECK_INT(y->lagged, 0);
	CHECK_INT(seen.last.verdict, CELL_FOLD);
	fixture_free(b);
}

static int note_times(void *ctx, const struct store_sample *told, struct err *e)
{
	char *text = ctx;
	size_t len = strlen(text);

	(void)e;
	snprintf(text + len, 200 - len, "%s%" PRId64 " ", told->probe, told->sample->t_us);
	return 0;
}

static void sample_window(struct store *s)
{
	begin("samples of a window, in the order of batches");
	/* The first batch reaches over all the others: a probe's clock jumped. */
	struct batch *wide = fixture_batch(1, "b", 50), *one = fixture_batch(2, "a", 100),
		     *two = fixture_batch(3, "b", 200);
	fixture_sample(wide, "www", 1000000);
	fixture_sample(wide, "www", 150);
	fixture_sample(wide, "www", 50);
	fixture_sample(one, "www", 100);
	fixture_sample(one, "www", 103);
	fixture_sample(two, "www", 203);
	fixture_sample(two, "www", 200);
	put_and_free(s, wide);
	put_and_free(s, one);
	put_and_free(s, fixture_batch(4, "a", 120)); /* without samples */
	put_and_free(s, two);
	static const struct { int64_t since, until; const char *want; } cases[] = {
		{0, INT64_MAX, "b1000000 b150 b50 a100 a103 b203 b200 "},
		{INT64_MIN, INT64_MAX, "b1000000 b150 b50 a100 a103 b203 b200 "},
		{103, 203, "b150 a103 b200 "},
		{104, 200, "b150 "},
		{150, 151, "b150 "},
		{151, 200, ""},
		{200, 201, "b200 "},
		{201, 300, "b203 "},
		{204, 1000000, ""},
		{1000000, 1000001, "b1000000 "},
		{51, 100, ""},
		{300, 100, ""},
		{-100, 51, "b50 "},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[200] = "";
		CHECK_INT(store_scan_samples(s, cases[i].since, cases[i].until, note_times, text, &err), 0);
		CHECK_STR(text, cases[i].want);
	}
	struct store_totals t = totals(s);
	CHECK_INT(t.batches, 4);
	CHECK_INT(t.samples, 7);
	CHECK_INT(t.unfolded, 4);
	CHECK_INT(t.first_us, 50);
	CHECK_INT(t.last_us, 1000000);

	begin("a clock that is not believed doesn't stretch the time that there is");
	for (int i = 0; i < 2; i++) {
		struct batch *b = fixture_batch(900 + (uint64_t)i, "rtc", i == 0 ? 7 : 900000000);
		fixture_sample(b, "www", i == 0 ? 7 : 900000000);
		struct store_batch push = fixture_push(b);
		push.clock_implausible = true;
		CHECK_INT(store_append(s, &push, 1, &err), 0);
		fixture_free(b);
	}
	t = totals(s);
	CHECK_INT(t.samples, 9);
	CHECK_INT(t.first_us, 50);
	CHECK_INT(t.last_us, 1000000);
}

/* ---- cases: callbacks, audits ---------------------------------------------------------- */

static int stop_at_two(void *ctx, const struct store_cell *c, struct err *e)
{
	(void)c;
	return ++*(int *)ctx == 2 ? err_set(e, 42, "enough") : 0;
}

static int stop_sample(void *ctx, const struct store_sample *c, struct err *e)
{
	(void)c;
	return ++*(int *)ctx == 2 ? err_set(e, 43, "enough") : 0;
}

static int call_back(void *ctx, const struct store_sample *c, struct err *e)
{
	struct store_totals t;

	(void)c;
	return store_totals(ctx, &t, e);
}

static void callbacks(struct store *s)
{
	begin("a callback can end a scan; its value comes back");
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR);
	for (int i = 0; i < 5; i++)
		fixture_sample(b, "www", HOUR + i * US_PER_HOUR);
	fixture_audit(b, "www", NULL, HOUR);
	put_and_free(s, b);
	struct store_window w = window(0, INT64_MAX, US_PER_HOUR);
	int n = 0;
	CHECK_INT(store_scan_cells(s, &w, stop_at_two, &n, &err), 42);
	CHECK_INT(n, 2);
	CHECK_STR(err.text, "enough");
	n = 0;
	CHECK_INT(store_scan_samples(s, 0, INT64_MAX, stop_sample, &n, &err), 43);
	CHECK_INT(n, 2);
	CHECK_INT(store_scan_audits(s, 0, INT64_MAX, never_audit, NULL, &err), 99);

	begin("a callback must not call its store");
	CHECK_INT(store_scan_samples(s, 0, INT64_MAX, call_back, s, &err), LAT_SOFTWARE);
	expect_starts(s, 0, INT64_MAX, US_PER_HOUR, "0:1 1:1 2:1 3:1 4:1 ");
}

static int note_audit(void *ctx, const char *probe, const struct audit *a, struct err *e)
{
	char *text = ctx;
	size_t len = strlen(text);

	(void)e;
	len += (size_t)snprintf(text + len, 800 - len, "%s %s %s %" PRId64 " %s %s %s %s %" PRId64, probe,
	                        a->target, a->node ? a->node : "-", a->t_us, a->sha256 ? a->sha256 : "-",
	                        a->etag ? a->etag : "-", a->cert_sha256 ? a->cert_sha256 : "-",
	                        a->chain ? a->chain : "-", a->cert_not_after);
	for (size_t i = 0; i < a->headers.len; i++)
		len += (size_t)snprintf(text + len, 800 - len, " %s=%s", a->headers.at[i].name,
		                        a->headers.at[i].value ? a->headers.at[i].value : "(null)");
	snprintf(text + len, 800 - len, "\n");
	return 0;
}

static int whole_audit(void *ctx, const char *probe, const struct audit *a, struct err *e)
{
	(void)e;
	snprintf(ctx, 800, "%s %s %s %" PRId64 "|%s %s %s %" PRId64 " %" PRId64 " %s %d|%s %s %s %s|%" PRId64
	         " %" PRId64 " %s %s %s %" PRId64, probe, a->target, a->node, a->t_us, a->target_rev, a->addr, a->edge,
	         a->status, a->bytes, nel_type_name(a->error), (int)a->error_phase, a->sha256, a->etag,
	         a->cert_sha256, a->chain, a->cert_not_before, a->cert_not_after, a->cert_subject, a->cert_issuer,
	         a->cert_names, a->clock_skew_us);
	return 0;
}

static void audit_round_trip(struct store *s)
{
	begin("an audit comes back as it was, each field");
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR);
	struct audit *a = vec_add(&b->audits);
	*a = (struct audit){
		.target = "www", .node = "lon", .target_rev = "r1", .t_us = 100, .addr = "203.0.113.7",
		.edge = "fra", .status = 503, .bytes = 4, .error = NEL_HTTP_ERROR,
		.error_phase = NEL_PHASE_APPLICATION, .sha256 = "s1", .etag = "e1", .cert_sha256 = "c1",
		.chain = "expired", .cert_not_before = 5, .cert_not_after = 6, .cert_subject = "CN=a",
		.cert_issuer = "CN=b", .cert_names = "a.example b.example", .clock_skew_us = -3000000,
	};
	put_and_free(s, b);
	char text[800] = "";
	CHECK_INT(store_scan_audits(s, 0, INT64_MAX, whole_audit, text, &err), 0);
	CHECK_STR(text, "mumbai-1 www lon 100|r1 203.0.113.7 fra 503 4 http.error 3|s1 e1 c1 expired|5 6 CN=a CN=b "
	                "a.example b.example -3000000");
}

static void expect_audits(struct store *s, int64_t since_us, int64_t until_us, const char *want)
{
	char text[800] = "";

	CHECK_INT(store_scan_audits(s, since_us, until_us, note_audit, text, &err), 0);
	CHECK_STR(text, want);
}

static void audits(struct store *s)
{
	begin("the newest audit of each probe, target and node");
	struct batch *b = fixture_batch(1, "z", HOUR), *c = fixture_batch(2, "a", HOUR),
		     *d = fixture_batch(3, "a", HOUR);
	struct audit *full = fixture_audit(b, "www", NULL, 100);
	full->sha256 = "s1";
	full->etag = "\"e\"";
	full->cert_sha256 = "c1";
	full->chain = "ok";
	full->cert_not_after = 1797000000;
	static const struct audit_header headers[] = {{"server", "nginx"},
	                                              {"age", ""},
	                                              {"x", NULL},
	                                              {"age", "7"}};
	for (int i = 0; i < 4; i++)
		*vec_add(&full->headers) = headers[i];
	fixture_audit(b, "www", "lon", 50)->sha256 = "old";
	fixture_audit(c, "www", "lon", 70)->sha256 = "of a";
	fixture_audit(c, "www", "fra", 70)->sha256 = "f1";
	fixture_audit(c, "www", "fra", 70)->sha256 = "f2"; /* same time: the later one */
	fixture_audit(c, "img", NULL, 71);
	fixture_audit(d, "www", "lon", 60)->sha256 = "came late";
	put_and_free(s, b);
	put_and_free(s, c);
	put_and_free(s, d);
	expect_audits(s, 0, INT64_MAX,
	              "a img - 71 - - - - -1\n"
	              "a www fra 70 f2 - - - -1\n"
	              "a www lon 70 of a - - - -1\n"
	              "z www - 100 s1 \"e\" c1 ok 1797000000 server=nginx age= x=(null) age=7\n"
	              "z www lon 50 old - - - -1\n");
	expect_audits(s, 51, 70, "a www lon 60 came late - - - -1\n");
	expect_audits(s, 71, 71, "");
	CHECK_INT(totals(s).batches, 3);
	CHECK_INT(totals(s).samples, 0);
	CHECK_INT(totals(s).first_us, US_NONE);
}

static both_case *const cases[] = {
	empty, idempotent, bad_batches, round_trip, absent, sample_window, callbacks, audits,
	audit_round_trip,
};

int main(void)
{
	return run_both(cases, sizeof cases / sizeof cases[0], "store_test");
}
