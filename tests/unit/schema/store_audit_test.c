/* Audits kept when they change, on both stores: what a reader is told must not depend on how many
 * said the same, nor (as far as the store can know) on the order in which they came. */
#include <sqlite3.h>

#include "schema/audit.h"
#include "schema/store_sqlite.h"
#include "tests/unit/schema/store_both.h"

static uint64_t number;

/* One audit at HOUR + `minute`, in a batch of its own. */
static void audited(struct store *s, int minute, const char *sha256, int64_t skew_us)
{
	struct batch *b = fixture_batch(++number, "mumbai-1", HOUR);
	struct audit *a = fixture_audit(b, "www", "lon", HOUR + minute * 60 * US_PER_S);

	a->sha256 = sha256;
	a->clock_skew_us = skew_us;
	put_and_free(s, b);
}

static int note(void *ctx, const char *probe, const struct audit *a, struct err *e)
{
	char *text = ctx;
	size_t len = strlen(text);

	(void)probe, (void)e;
	snprintf(text + len, 200 - len, "%s %" PRId64 "%s %" PRId64 ";", a->sha256 ? a->sha256 : "-",
	         (int64_t)((a->t_us - HOUR) / 60 / US_PER_S), (a->t_us - HOUR) % (60 * US_PER_S) == 0 ? "" : "+",
	         a->clock_skew_us);
	return 0;
}

/* Minutes [since, until). */
static const char *told(struct store *s, int since, int until)
{
	static char text[2][200];
	static int turn;

	turn = !turn;
	text[turn][0] = '\0';
	CHECK_INT(store_scan_audits(s, HOUR + since * 60 * US_PER_S, HOUR + until * 60 * US_PER_S, note, text[turn],
	                            &err), 0);
	return text[turn];
}

/* Rows of the file as "SHA FIRST-LAST xSEEN", in order of time; of a store in memory, NULL. */
static const char *rows(struct store *s)
{
	static char text[400];
	sqlite3_stmt *st = NULL;

	if (strcmp(kind, "sqlite") != 0)
		return NULL;
	CHECK_INT(sqlite3_prepare_v2(((struct store_sqlite *)s)->db->sqlite,
		"SELECT group_concat(x, ' ') FROM (SELECT sha256 || ' ' || ((strftime('%s', time) - 1795370400) / 60) "
		"|| '-' || ((strftime('%s', last) - 1795370400) / 60) || ' x' || seen AS x "
		"FROM v_audit ORDER BY time)", -1, &st, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_step(st), SQLITE_ROW);
	snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	return text;
}

static void expect_rows(struct store *s, const char *want)
{
	const char *got = rows(s);

	if (got != NULL)
		CHECK_STR(got, want);
}

static void same(struct store *s)
{
	begin("what says the same is one row: first, last, how often, the newest skew");
	audited(s, 0, "aa", 1000);
	audited(s, 60, "aa", -2000);
	audited(s, 120, "aa", US_NONE);
	expect_rows(s, "aa 0-120 x3");
	CHECK_STR(told(s, 0, 1000), "aa 120 -2000;");
	audited(s, 180, "bb", 5);
	audited(s, 240, "aa", 6);
	expect_rows(s, "aa 0-120 x3 bb 180-180 x1 aa 240-240 x1");
	CHECK_STR(told(s, 0, 1000), "aa 240 6;");

	begin("a window is told what was seen last in it");
	CHECK_STR(told(s, 0, 240), "bb 180 5;");
	CHECK_STR(told(s, 0, 180), "aa 120 -2000;");
	CHECK_STR(told(s, 121, 180), "");
	CHECK_STR(told(s, 120, 121), "aa 120 -2000;");
	/* Seen at 0 and at 120: before 100 at its last microsecond, as far as is known. */
	CHECK_STR(told(s, 0, 100), "aa 99+ -2000;");
	CHECK_STR(told(s, 80, 100), "aa 99+ -2000;");
	CHECK_STR(told(s, -5, 0), "");
}

static void late(struct store *s)
{
	begin("late ones lengthen a stretch at either end, or are counted in it");
	audited(s, 60, "aa", 1);
	audited(s, 120, "aa", 2);
	audited(s, 90, "aa", 3);
	audited(s, 30, "aa", 4);
	expect_rows(s, "aa 30-120 x4");
	CHECK_STR(told(s, 0, 1000), "aa 120 2;");

	begin("one that says otherwise cuts a stretch around it");
	audited(s, 100, "bb", 5);
	expect_rows(s, "aa 30-30 x3 bb 100-100 x1 aa 120-120 x1");
	CHECK_STR(told(s, 0, 1000), "aa 120 2;");
	CHECK_STR(told(s, 0, 120), "bb 100 5;");
	audited(s, 150, "aa", 7);
	expect_rows(s, "aa 30-30 x3 bb 100-100 x1 aa 120-150 x2");
	audited(s, 110, "bb", 8);
	audited(s, 95, "bb", 9);
	expect_rows(s, "aa 30-30 x3 bb 95-110 x3 aa 120-150 x2");
	audited(s, 40, "cc", 9);
	expect_rows(s, "aa 30-30 x3 cc 40-40 x1 bb 95-110 x3 aa 120-150 x2");
}

static void gap(struct store *s)
{
	const int day = 24 * 60;

	begin("what nobody looked at for more than two days is not known; a late audit closes the gap");
	audited(s, 0, "aa", 1);
	audited(s, 2 * day, "aa", 2);
	audited(s, 4 * day + 1, "aa", 3);
	expect_rows(s, "aa 0-2880 x2 aa 5761-5761 x1");
	CHECK_STR(told(s, 3 * day, 4 * day), "");
	CHECK_STR(told(s, day, day + 1), "aa 1440+ 2;");
	audited(s, 3 * day, "aa", 4);
	expect_rows(s, "aa 0-5761 x4");
	CHECK_STR(told(s, 3 * day, 4 * day), "aa 5759+ 3;");
	CHECK_STR(told(s, 0, 10 * day), "aa 5761 3;");
}

static void other_keys(struct store *s)
{
	begin("another probe, target or node, or none, is another stretch; a value that differs another row");
	struct batch *b = fixture_batch(++number, "mumbai-1", HOUR);
	fixture_audit(b, "www", "lon", HOUR);
	fixture_audit(b, "www", NULL, HOUR + 1);
	fixture_audit(b, "img", "lon", HOUR + 2);
	fixture_audit(b, "www", "lon", HOUR + 3)->status = 200;
	fixture_audit(b, "www", "lon", HOUR + 4)->cert_not_after = 1;
	fixture_audit(b, "www", "lon", HOUR + 5)->error_phase = NEL_PHASE_DNS;
	fixture_audit(b, "www", NULL, HOUR + 6);
	put_and_free(s, b);
	b = fixture_batch(++number, "paris-1", HOUR);
	fixture_audit(b, "www", "lon", HOUR + 7);
	put_and_free(s, b);
	char text[200] = "";
	CHECK_INT(store_scan_audits(s, 0, INT64_MAX, note, text, &err), 0);
	CHECK_STR(text, "- 0+ -1;- 0+ -1;- 0+ -1;- 0+ -1;");
	if (strcmp(kind, "sqlite") == 0) {
		sqlite3_stmt *st = NULL;
		CHECK_INT(sqlite3_prepare_v2(((struct store_sqlite *)s)->db->sqlite, "SELECT count(*) FROM audit", -1,
		                             &st, NULL), SQLITE_OK);
		CHECK_INT(sqlite3_step(st), SQLITE_ROW);
		CHECK_INT(sqlite3_column_int64(st, 0), 7);
		sqlite3_finalize(st);
	}
}

/* Three bodies at random over some days, in order: whatever the window, the stores tell the same as
 * what one reckons from the list itself. */
static void in_order(struct store *s)
{
	static const char *const bodies[] = {"aa", "bb", "cc"};
	enum { N = 300 };
	int minute[N], body[N];
	struct rng r;

	begin("in order: what any window is told, reckoned from the list");
	rng_seed(&r, 11);
	for (int i = 0; i < N; i++) {
		minute[i] = i * 60 + (int)rng_below(&r, 50);
		body[i] = i > 0 && rng_below(&r, 8) != 0 ? body[i - 1] : (int)rng_below(&r, 3);
		audited(s, minute[i], bodies[body[i]], 7);
	}
	int wrong = 0, met = 0;
	for (int turn = 0; turn < 300; turn++) {
		int since = (int)rng_below(&r, N * 60), until = since + 1 + (int)rng_below(&r, 2000);
		int last = -1; /* the last before the window's end */
		for (int i = 0; i < N && minute[i] < until; i++)
			last = i;
		bool goes_on = last >= 0 && last + 1 < N && body[last + 1] == body[last];
		char want[60] = "";
		if (goes_on)
			snprintf(want, sizeof want, "%s %d+ 7;", bodies[body[last]], until - 1);
		else if (last >= 0 && minute[last] >= since)
			snprintf(want, sizeof want, "%s %d 7;", bodies[body[last]], minute[last]);
		const char *got = told(s, since, until);
		if (strcmp(got, want) != 0 && wrong++ == 0)
			CHECK_STR(got, want);
		met += got[0] != '\0';
	}
	CHECK_INT(wrong, 0);
	CHECK(met > 200);
}

/* The same audits in any order: the newest is told as it was. */
static void any_order(struct store *s)
{
	static const char *const bodies[] = {"aa", "bb"};
	enum { N = 60 };
	int order[N];
	struct rng r;

	begin("in any order: the newest of all, and stretches that do not overlap");
	rng_seed(&r, 12);
	for (int i = 0; i < N; i++)
		order[i] = i;
	for (int i = N - 1; i > 0; i--) {
		int k = (int)rng_below(&r, (uint32_t)i + 1), t = order[i];
		order[i] = order[k];
		order[k] = t;
	}
	for (int i = 0; i < N; i++) {
		audited(s, order[i], bodies[order[i] / 7 % 2], 0);
		int newest = 0;
		for (int k = 0; k <= i; k++)
			newest = order[k] > newest ? order[k] : newest;
		char want[40];
		snprintf(want, sizeof want, "%s %d 0;", bodies[newest / 7 % 2], newest);
		CHECK_STR(told(s, 0, 1000), want);
	}
	if (strcmp(kind, "sqlite") != 0)
		return;
	sqlite3_stmt *st = NULL;
	CHECK_INT(sqlite3_prepare_v2(((struct store_sqlite *)s)->db->sqlite,
		"SELECT sum(seen), (SELECT count(*) FROM audit a JOIN audit b ON a.id <> b.id AND a.t_us <= b.t_us "
		"AND ifnull(a.last_us, a.t_us) >= b.t_us) FROM v_audit", -1, &st, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_step(st), SQLITE_ROW);
	CHECK_INT(sqlite3_column_int64(st, 0), N);
	CHECK_INT(sqlite3_column_int64(st, 1), 0);
	sqlite3_finalize(st);
}

/* An append that fails must not leave texts behind under ids that others will get. */
static void undone(struct store *s)
{
	begin("an append that was refused leaves nothing of its names");
	audited(s, 0, "aa", 0);
	struct batch *b = fixture_batch(++number, "mumbai-1", HOUR);
	fixture_audit(b, "www", "lon", HOUR + 1)->sha256 = "in vain";
	fixture_audit(b, "www", "lon", HOUR + 2)->sha256 = "in vain"; /* read back within the append */
	struct batch *bad = fixture_batch(++number, "mumbai-1", HOUR);
	bad->dropped = 77;
	struct store_batch both[] = {fixture_push(b), fixture_push(bad)};
	if (strcmp(kind, "sqlite") == 0) {
		CHECK_INT(sqlite3_exec(((struct store_sqlite *)s)->db->sqlite,
			"CREATE TEMP TRIGGER t BEFORE INSERT ON batch WHEN NEW.dropped = 77 "
			"BEGIN SELECT RAISE(ABORT, 'no'); END", NULL, NULL, NULL), SQLITE_OK);
		CHECK(store_append(s, both, 2, &err) != 0);
		CHECK(strstr(err.text, "no") != NULL);
	}
	fixture_free(b);
	fixture_free(bad);
	audited(s, 60, "bb", 0);
	audited(s, 120, "bb", 0);
	CHECK_STR(told(s, 0, 1000), "bb 120 0;");
	expect_rows(s, "aa 0-0 x1 bb 60-120 x2");
}

static void headers(void)
{
	struct audit a = audit_absent, b = audit_absent;
	struct audit_header *h;

	CHECK_CASE("headers of the moment are not compared, all others are, in order");
	static const char *const moment[] = {"Date", "age", "EXPIRES", "x-cache", "server-timing", "cf-ray"};
	for (size_t i = 0; i < LAT_COUNT(moment); i++)
		CHECK(audit_header_volatile(moment[i]));
	CHECK(!audit_header_volatile("etag") && !audit_header_volatile("last-modified")
	      && !audit_header_volatile("server") && !audit_header_volatile("") && !audit_header_volatile("dat"));
	h = vec_add(&a.headers);
	*h = (struct audit_header){"server", "nginx"};
	h = vec_add(&a.headers);
	*h = (struct audit_header){"date", "Sun, 22 Nov 2026 18:00:00 GMT"};
	h = vec_add(&b.headers);
	*h = (struct audit_header){"age", "7"};
	h = vec_add(&b.headers);
	*h = (struct audit_header){"server", "nginx"};
	CHECK(audit_same(&a, &b));
	b.headers.at[1].value = "caddy";
	CHECK(!audit_same(&a, &b));
	b.headers.at[1].value = NULL;
	CHECK(!audit_same(&a, &b));
	b.headers.len = 1;
	CHECK(!audit_same(&a, &b));
	a.headers.at[0].name = "via";
	CHECK(!audit_same(&b, &a));
	vec_free(&a.headers);
	vec_free(&b.headers);
}

int main(void)
{
	static both_case *const cases[] = {same, late, gap, other_keys, in_order, any_order, undone};

	headers();
	return run_both(cases, LAT_COUNT(cases), "store_audit_test");
}
