#include "schema/registry.h"

#include <sqlite3.h>

#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define NOW INT64_C(1795372800000000)
#define HOUR INT64_C(3600000000)

static struct err err;

static struct probe_row row(const char *name)
{
	return (struct probe_row){.name = name, .lat = NAN, .lon = NAN, .enrolled_us = NOW};
}

static int enroll(struct registry *r, const char *name, uint8_t token)
{
	struct probe_row p = row(name);
	uint8_t hash[REGISTRY_TOKEN_HASH] = {token};

	return registry_enroll(r, &p, hash, &err);
}

static int64_t version(struct registry *r)
{
	int64_t v = -1;

	CHECK_INT(registry_token_version(r, &v, &err), 0);
	return v;
}

struct listing { struct arena arena; probe_rows rows; };

static struct listing list(struct registry *r)
{
	struct listing l = {0};

	CHECK_INT(registry_probes(r, &l.arena, &l.rows, &err), 0);
	return l;
}

static void forget(struct listing *l)
{
	vec_free(&l->rows);
	arena_free(&l->arena);
}

static void execute(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void probes(struct registry *r)
{
	CHECK_CASE("an empty registry");
	struct listing l = list(r);
	registry_tokens tokens = {0};
	CHECK_INT(l.rows.len, 0);
	CHECK_INT(registry_tokens_load(r, &tokens, &err), 0);
	CHECK_INT(tokens.len, 0);
	CHECK_INT(version(r), 0);
	forget(&l);

	CHECK_CASE("a probe comes back as it was enrolled");
	struct probe_row p = {.name = "mumbai-1",
	                      .country = "IN",
	                      .city = "Mumbai",
	                      .lat = 19.08,
	                      .lon = -72.88,
	                      .network = NETWORK_EYEBALL,
	                      .enrolled_us = NOW};
	uint8_t hash[REGISTRY_TOKEN_HASH] = {1, 2, 3};
	CHECK_INT(registry_enroll(r, &p, hash, &err), 0);
	CHECK_INT(enroll(r, "A._-9", 9), 0);
	l = list(r);
	CHECK_INT(l.rows.len, 2);
	if (l.rows.len == 2) {
		const struct probe_row *a = &l.rows.at[0], *m = &l.rows.at[1];
		CHECK_STR(m->name, "mumbai-1");
		CHECK_STR(m->country, "IN");
		CHECK_STR(m->city, "Mumbai");
		CHECK_STR(m->place_source, "enrol");
		CHECK_NEAR(m->lat, 19.08, 0);
		CHECK_NEAR(m->lon, -72.88, 0);
		CHECK_INT(m->network, NETWORK_EYEBALL);
		CHECK_INT(m->enrolled_us, NOW);
		CHECK_STR(a->name, "A._-9");
		CHECK(a->country == NULL && a->city == NULL && a->asn == NULL && a->place_source == NULL);
		CHECK(isnan(a->lat) && isnan(a->lon));
		CHECK_INT(a->network, NETWORK_DATACENTER);
		CHECK_INT(a->last_seen_us, US_NONE);
		CHECK_INT(a->last_skew_us, STORE_NO_SKEW);
		CHECK(a->last_version == NULL && a->last_boot == NULL);
		CHECK_INT(a->dropped, 0);
		CHECK_INT(a->revoked, 0);
	}
	forget(&l);

	CHECK_CASE("tokens, and a version that changes with them");
	CHECK_INT(version(r), 2);
	CHECK_INT(registry_tokens_load(r, &tokens, &err), 0);
	CHECK_INT(tokens.len, 2);
	if (tokens.len == 2) {
		CHECK_STR(tokens.at[1].probe, "mumbai-1");
		CHECK(memcmp(tokens.at[1].hash, hash, sizeof hash) == 0);
		CHECK(tokens.at[0].probe_id != tokens.at[1].probe_id);
	}
	vec_free(&tokens);

	CHECK_CASE("a name is taken once, and a refused enrolment leaves nothing");
	CHECK_INT(enroll(r, "mumbai-1", 77), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "there is a probe named mumbai-1 already");
	CHECK(enroll(r, "other", 9) != 0); /* another's token */
	CHECK_INT(version(r), 2);
	l = list(r);
	CHECK_INT(l.rows.len, 2);
	forget(&l);
}

static void names(struct registry *r)
{
	char longest[66];

	CHECK_CASE("a name is of [A-Za-z0-9._-]{1,64}");
	static const char *const bad[] = {"",   "a b", "a/b", "M\xc3\xbcnchen", "a\n", "x'; DROP TABLE probe",
	                                  "a\\"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_INT(enroll(r, bad[i], 50), LAT_DATAERR);
	CHECK_INT(enroll(r, NULL, 50), LAT_DATAERR);
	memset(longest, 'x', 65);
	longest[65] = '\0';
	CHECK_INT(enroll(r, longest, 50), LAT_DATAERR);
	longest[64] = '\0';
	CHECK_INT(enroll(r, longest, 50), 0);

	CHECK_CASE("a place that can't be is refused");
	static const struct { const char *country; double lat, lon; const char *says;
	} places[] = {
		{"XX", NAN, NAN, "country \"XX\""},
		{"in", NAN, NAN, "country \"in\""},
		{"IN", 91, 0, "latitude 91"},
		{"IN", 0, -180.5, "longitude -180.5"},
		{"IN", 5, NAN, "one without the other"},
	};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct probe_row p = row("elsewhere");
		p.country = places[i].country;
		p.lat = places[i].lat;
		p.lon = places[i].lon;
		CHECK_INT(registry_enroll(r, &p, (uint8_t[REGISTRY_TOKEN_HASH]){51}, &err), LAT_DATAERR);
		CHECK_CONTAINS(err.text, places[i].says);
	}
	struct probe_row p = row("elsewhere");
	p.network = NETWORKS;
	CHECK_INT(registry_enroll(r, &p, (uint8_t[REGISTRY_TOKEN_HASH]){51}, &err), LAT_DATAERR);
}

static const struct probe_row *find(const struct listing *l, const char *name)
{
	for (size_t i = 0; i < l->rows.len; i++)
		if (strcmp(l->rows.at[i].name, name) == 0)
			return &l->rows.at[i];
	check_fail(__FILE__, __LINE__, "no such probe");
	static const struct probe_row none;
	return &none;
}

static int set_place(struct registry *r, const char *probe, const char *country, const char *city, double lat,
                     double lon, const char *asn, int64_t built_s)
{
	const struct registry_place place = {country, city, lat, lon, asn, built_s};

	return registry_set_place(r, probe, &place, &err);
}

static void seen(struct registry *r)
{
	CHECK_CASE("what a push told: the newest counts, drops add up");
	struct registry_seen pushes[] = {
		{"mumbai-1", NOW + 100, "0.1.0", "boot-1", 250, 2, 4},
		{"nobody", NOW + 100, "0.1.0", "boot-1", 250, 2, 4}, /* not enrolled: ignored */
		{"A._-9", NOW + 50, NULL, NULL, STORE_NO_SKEW, 0, 0},
	};
	CHECK_INT(registry_seen(r, pushes, 3, &err), 0);
	struct registry_seen late = {"mumbai-1", NOW + 90, "0.0.9", "boot-0", -7, 3, 5};
	CHECK_INT(registry_seen(r, &late, 1, &err), 0);
	struct registry_seen newer = {"mumbai-1", NOW + 300, NULL, "boot-2", STORE_NO_SKEW, 0, 0};
	CHECK_INT(registry_seen(r, &newer, 1, &err), 0);
	CHECK_INT(registry_seen(r, NULL, 0, &err), 0);
	struct listing l = list(r);
	const struct probe_row *m = find(&l, "mumbai-1"), *a = find(&l, "A._-9");
	CHECK_INT(m->last_seen_us, NOW + 300);
	CHECK_STR(m->last_version, "0.1.0"); /* not told later: what it was */
	CHECK_STR(m->last_boot, "boot-2");
	CHECK_INT(m->last_skew_us, 250);
	CHECK_INT(m->dropped, 5);
	CHECK_INT(m->rejected, 9);
	CHECK_INT(a->last_seen_us, NOW + 50);
	CHECK(a->last_version == NULL);
	forget(&l);

	CHECK_CASE("told an hour before what is there: the collector's clock was set back, and the push is new");
	struct registry_seen ahead = {"A._-9", NOW + HOUR + 100, "0.3.0", NULL, 5, 0, 0};
	struct registry_seen hour = {"A._-9", NOW + 100, "0.4.0", NULL, 6, 0, 0};
	struct registry_seen more = {"A._-9", NOW + 99, "0.5.0", NULL, 7, 0, 0};
	CHECK_INT(registry_seen(r, &ahead, 1, &err), 0);
	CHECK_INT(registry_seen(r, &hour, 1, &err), 0);
	l = list(r);
	CHECK_INT(find(&l, "A._-9")->last_seen_us, NOW + HOUR + 100);
	CHECK_STR(find(&l, "A._-9")->last_version, "0.3.0");
	forget(&l);
	CHECK_INT(registry_seen(r, &more, 1, &err), 0);
	l = list(r);
	CHECK_INT(find(&l, "A._-9")->last_seen_us, NOW + 99);
	CHECK_STR(find(&l, "A._-9")->last_version, "0.5.0");
	CHECK_INT(find(&l, "A._-9")->last_skew_us, 7);
	forget(&l);

	CHECK_CASE("a place by address, where enrolment gave none");
	CHECK_INT(set_place(r, "mumbai-1", "DE", "Berlin", 52.5, 13.4, "AS1221 Telstra", 1764028800), 0);
	CHECK_INT(set_place(r, "A._-9", "DE", "Berlin", 52.5, 13.4, "AS1", 1764028800), 0);
	l = list(r);
	CHECK_STR(find(&l, "mumbai-1")->country, "IN");
	CHECK_STR(find(&l, "mumbai-1")->place_source, "enrol");
	CHECK_STR(find(&l, "mumbai-1")->asn, "AS1221 Telstra");
	CHECK_STR(find(&l, "A._-9")->country, "DE");
	CHECK_STR(find(&l, "A._-9")->city, "Berlin");
	CHECK_STR(find(&l, "A._-9")->place_source, "geo");
	CHECK_NEAR(find(&l, "A._-9")->lat, 52.5, 0);
	CHECK_INT(find(&l, "A._-9")->geo_built_s, 1764028800);
	CHECK_INT(find(&l, "mumbai-1")->geo_built_s, US_NONE); /* enrolment's own word */
	forget(&l);

	CHECK_CASE("it may move; what isn't told, or isn't a country, changes nothing");
	CHECK_INT(set_place(r, "A._-9", "FR", NULL, NAN, NAN, NULL, 0), 0);
	CHECK_INT(set_place(r, "A._-9", NULL, NULL, NAN, NAN, NULL, 1764115200), 0);
	CHECK_INT(set_place(r, "A._-9", "AP", NULL, NAN, NAN, NULL, 1764115200), 0);
	l = list(r);
	CHECK_STR(find(&l, "A._-9")->country, "FR");
	CHECK(find(&l, "A._-9")->city == NULL && isnan(find(&l, "A._-9")->lat));
	CHECK_STR(find(&l, "A._-9")->asn, "AS1");
	CHECK_INT(find(&l, "A._-9")->geo_built_s, US_NONE); /* of the place, which is FR's */
	forget(&l);
	CHECK_INT(set_place(r, "nobody", "FR", NULL, NAN, NAN, NULL, 0), LAT_DATAERR);
	CHECK_INT(set_place(r, "A._-9", "FR", NULL, 100, 0, NULL, 0), LAT_DATAERR);
}

static void expect_plan(struct registry *r, const char *rev, const char *want)
{
	struct buf json;

	buf_init(&json, 0);
	CHECK_INT(registry_plan(r, rev, &json, &err), 0);
	CHECK_STR(buf_str(&json), want);
	buf_free(&json);
}

static void plans(struct registry *r)
{
	struct buf json;

	CHECK_CASE("no plan yet");
	buf_init(&json, 0);
	CHECK_INT(registry_plan(r, NULL, &json, &err), LAT_NOINPUT);
	CHECK_CONTAINS(err.text, "no plan has been published");
	CHECK_INT(json.len, 0);
	buf_free(&json);

	CHECK_CASE("revisions are kept, the newest is served");
	CHECK_INT(registry_publish_plan(r, "r1", "source 1", "{\"n\":1}", NOW, &err), 0);
	CHECK_INT(registry_publish_plan(r, "r2", "source 2", "{\"n\":2}", NOW + 1, &err), 0);
	expect_plan(r, NULL, "{\"n\":2}");
	expect_plan(r, "r1", "{\"n\":1}");
	buf_init(&json, 0);
	CHECK_INT(registry_plan(r, "r3", &json, &err), LAT_NOINPUT);
	CHECK_CONTAINS(err.text, "r3");
	buf_free(&json);

	CHECK_CASE("publishing the newest again changes nothing; an older one becomes the newest");
	CHECK_INT(registry_publish_plan(r, "r2", "other", "{\"n\":\"other\"}", NOW + 2, &err), 0);
	expect_plan(r, NULL, "{\"n\":2}");
	CHECK_INT(registry_publish_plan(r, "r1", "source 1", "{\"n\":1}", NOW + 3, &err), 0);
	expect_plan(r, NULL, "{\"n\":1}");
	expect_plan(r, "r2", "{\"n\":2}");
}

/* A batch that tells of two dropped and three rejected ones. */
static void push_lost(struct store *s, uint64_t number, int64_t started_us)
{
	char boot[32];
	struct batch *b = fixture_batch(number, "mumbai-1", started_us);
	struct store_batch sb;

	snprintf(boot, sizeof boot, "boot-%d", (int)number);
	b->boot = boot;
	b->dropped = 2;
	b->rejected = 3;
	sb = fixture_push(b);
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	fixture_free(b);
}

static void others(const char *path)
{
	struct registry *r, *reader;
	registry_tokens tokens = {0};

	CHECK_CASE("a reader sees it all and changes nothing");
	CHECK_INT(registry_open(&r, path, STORE_WRITE, &err), 0);
	CHECK_INT(registry_open(&reader, path, STORE_READ, &err), 0);
	struct listing l = list(reader);
	CHECK_INT(l.rows.len, 3);
	CHECK_STR(find(&l, "mumbai-1")->last_boot, "boot-2");
	forget(&l);
	CHECK_INT(enroll(reader, "reader", 60), LAT_IOERR);
	CHECK_INT(registry_publish_plan(reader, "r9", "", "", NOW, &err), LAT_IOERR);
	CHECK_INT(enroll(r, "late", 61), 0);
	CHECK_INT(version(reader), version(r));

	CHECK_CASE("a token of a revoked probe, or an invalid one, is not loaded");
	execute(path, "UPDATE probe SET revoked_us = 1 WHERE name = 'late'");
	execute(path, "UPDATE token SET valid = 0 WHERE probe = (SELECT id FROM probe WHERE name = 'A._-9')");
	CHECK_INT(registry_tokens_load(reader, &tokens, &err), 0);
	CHECK_INT(tokens.len, 2);
	for (size_t i = 0; i < tokens.len; i++)
		CHECK(strcmp(tokens.at[i].probe, "late") != 0 && strcmp(tokens.at[i].probe, "A._-9") != 0);
	vec_free(&tokens);
	l = list(reader);
	CHECK_INT(find(&l, "late")->revoked, 1);
	CHECK_INT(find(&l, "mumbai-1")->revoked, 0);
	forget(&l);

	CHECK_CASE("the store and the registry are of one file");
	struct store *s;
	CHECK_INT(store_open_sqlite(&s, path, STORE_WRITE, &err), 0);
	struct batch *b = fixture_batch(1, "mumbai-1", FIXTURE_HOUR);
	struct store_batch sb = fixture_push(b);
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	CHECK_INT(enroll(r, "one-more", 62), 0);
	fixture_free(b);

	CHECK_CASE("what pushes told before a crash is counted at the next start, once");
	CHECK_INT(registry_seen_again(r, &err), 0); /* the batch above: of before there was a count */
	push_lost(s, 2, FIXTURE_HOUR);
	push_lost(s, 3, NOW + 1000 * US_PER_S);
	push_lost(s, 4, NOW + 900 * US_PER_S);
	for (int starts = 0; starts < 2; starts++)
		CHECK_INT(registry_seen_again(r, &err), 0);
	l = list(r);
	CHECK_INT(find(&l, "mumbai-1")->last_seen_us, NOW + 1001 * US_PER_S);
	CHECK_STR(find(&l, "mumbai-1")->last_boot, "boot-3");
	CHECK_INT(find(&l, "mumbai-1")->last_skew_us, 250); /* none was told */
	CHECK_INT(find(&l, "mumbai-1")->dropped, 5 + 3 * 2);
	CHECK_INT(find(&l, "mumbai-1")->rejected, 9 + 3 * 3);
	CHECK_INT(find(&l, "one-more")->last_seen_us, US_NONE);
	forget(&l);
	CHECK_CASE("and not, what was counted before it");
	push_lost(s, 5, NOW + 1100 * US_PER_S);
	struct registry_seen counted = {"mumbai-1", NOW + 1101 * US_PER_S, "0.1.0", "boot-5", STORE_NO_SKEW, 2, 3};
	CHECK_INT(registry_seen(r, &counted, 1, &err), 0);
	CHECK_INT(registry_seen_again(r, &err), 0);
	l = list(r);
	CHECK_INT(find(&l, "mumbai-1")->dropped, 5 + 4 * 2);
	CHECK_INT(find(&l, "mumbai-1")->rejected, 9 + 4 * 3);
	forget(&l);
	store_close(s);
	registry_close(reader);
	registry_close(r);

	CHECK_CASE("a damaged row is an error");
	execute(path, "UPDATE probe SET network = 'x' WHERE name = 'late'");
	CHECK_INT(registry_open(&r, path, STORE_READ, &err), 0);
	struct arena arena = {0};
	probe_rows rows = {0};
	CHECK_INT(registry_probes(r, &arena, &rows, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "probe late has no network");
	vec_free(&rows);
	arena_free(&arena);
	registry_close(r);
}

int main(void)
{
	char *folder = fixture_folder();
	struct registry *r;

	if (folder == NULL)
		return 1;
	const char *path = fixture_path(folder, "registry.db");
	if (registry_open(&r, path, STORE_CREATE, &err) != 0)
		return err_print(&err, "registry_test");
	probes(r);
	names(r);
	seen(r);
	plans(r);
	registry_close(r);
	others(path);
	int status = check_done();
	fixture_remove(folder);
	return status;
}
