/* registry_fleet(): what it says of a probe, by rows put there by hand. */
#include "schema/registry.h"

#include <sqlite3.h>

#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define NOW INT64_C(1795372800000000)
#define HOUR INT64_C(3600000000)

static struct err err;

static void enroll(struct registry *r, const char *name, uint8_t token)
{
	struct probe_row p = {.name = name, .lat = NAN, .lon = NAN, .enrolled_us = NOW};
	uint8_t hash[REGISTRY_TOKEN_HASH] = {token};
	CHECK_INT(registry_enroll(r, &p, hash, &err), 0);
}

/* A header of `samples` samples, the first of them at `first_us`, over 2^span microseconds at most. */
static void header(sqlite3 *db, int nth, const char *probe, int64_t first_us, int span, int samples, const char *rev,
                   const char *refused, int rejected, bool pruned)
{
	char *sql = sqlite3_mprintf(
		"INSERT OR IGNORE INTO string(text) VALUES (%Q), (%Q), (%Q);"
		"INSERT INTO batch(uuid, digest, probe, plan_rev, refused, rejected, started_us, received_us, unknown,"
		" implausible, samples, succeeded, first_us, last_us, span, pruned)"
		" SELECT randomblob(16), zeroblob(32), p.id, r.id, f.id, %d, %lld, %lld, 0, 0, %d, 0, %lld, %lld, %d, %s"
		" FROM string p JOIN string r LEFT JOIN string f ON f.text = %Q WHERE p.text = %Q AND r.text = %Q",
		probe, rev, refused != NULL ? refused : probe, rejected, (long long)first_us, (long long)first_us,
		samples, (long long)first_us, (long long)first_us, span, pruned ? "1" : "NULL", refused, probe, rev);
	char *why = NULL;
	CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, &why), SQLITE_OK);
	if (why != NULL)
		printf("# header %d: %s\n", nth, why);
	sqlite3_free(why);
	sqlite3_free(sql);
}

/* One token is a rotated one's predecessor, with its successor; some have ended; some are no more. */
static const char tokens[] =
	"UPDATE token SET until_us = 1795372800000001 WHERE hash = (SELECT min(hash) FROM token);"
	"INSERT INTO token(hash, probe, valid, created_us) SELECT randomblob(32), probe, 1, 0"
	" FROM token WHERE until_us IS NOT NULL;"
	"INSERT INTO token(hash, probe, valid, created_us, until_us) SELECT randomblob(32), id, 1, 0,"
	" 1795372799999999 FROM probe;"
	"INSERT INTO token(hash, probe, valid, created_us) SELECT randomblob(32), id, 0, 0 FROM probe;"
	"INSERT INTO probe(name, network, enrolled_us, dropped, source)"
	" VALUES ('there', 'eyeball', 1, 0, 'globalping')";

int main(void)
{
	struct registry *r = NULL;
	struct store *s = NULL;
	struct registry_fleet fleet = {0};
	struct arena arena = {0};
	sqlite3 *db = NULL;
	char path[256], *dir = fixture_folder();
	CHECK(dir != NULL);
	snprintf(path, sizeof path, "%s/latlas.db", dir);
	CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
	CHECK_INT(registry_open(&r, path, STORE_CREATE, &err), 0);

	CHECK_CASE("an empty registry");
	CHECK_INT(registry_fleet(r, NOW, &arena, &fleet, &err), 0);
	CHECK(fleet.rows.len == 0 && fleet.plan_rev == NULL);

	enroll(r, "quiet", 1);
	enroll(r, "busy", 2);
	CHECK_INT(registry_publish_plan(r, "old", "x", "{}", NOW - 5, &err), 0);
	CHECK_INT(registry_publish_plan(r, "new", "y", "{}", NOW - 4, &err), 0);
	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
	/* In the last 24 hours 3 + 4 + 10; a microsecond before, 50; pruned, 100; another's, 1000. */
	header(db, 1, "busy", NOW - 24 * HOUR, 20, 3, "old", NULL, 0, false);
	header(db, 2, "busy", NOW - 24 * HOUR - 1, 20, 50, "old", NULL, 0, false);
	header(db, 4, "busy", NOW - 2 * HOUR, 20, 10, "old", NULL, 0, false);
	header(db, 5, "busy", NOW - 3 * HOUR, 20, 100, "old", NULL, 0, true);
	header(db, 6, "other", NOW - HOUR, 20, 1000, "old", NULL, 0, false);
	header(db, 7, "busy", NOW + 9000 * HOUR, 20, 7, "old", "by a clock of next year", 9, false);
	header(db, 3, "busy", NOW - HOUR, 33, 4, "new", "no http 3", 2, false); /* came last */
	header(db, 8, "quiet", NOW - HOUR, 20, 0, "", "target x: http 3", 0, false);
	CHECK_INT(sqlite3_exec(db, "UPDATE batch SET first_us = NULL, last_us = NULL, plan_rev = NULL"
	                           " WHERE samples = 0", NULL, NULL, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_exec(db, tokens, NULL, NULL, NULL), SQLITE_OK);
	CHECK_INT(registry_fleet(r, NOW, &arena, &fleet, &err), 0);
	CHECK_INT(fleet.rows.len, 3);

	CHECK_CASE("by name, as registry_probes");
	CHECK_STR(fleet.rows.at[0].name, "busy");
	CHECK_STR(fleet.rows.at[1].name, "quiet");
	CHECK_STR(fleet.rows.at[2].name, "there");

	CHECK_CASE("samples of a day");
	CHECK_INT(fleet.rows.at[0].samples_day, 3 + 4 + 10);
	CHECK_INT(fleet.rows.at[1].samples_day, 0);

	CHECK_CASE("the newest header");
	CHECK_INT(fleet.rows.at[0].started_us, NOW - HOUR);
	CHECK_STR(fleet.rows.at[0].plan_rev, "new");
	CHECK_STR(fleet.rows.at[0].refused, "no http 3");
	CHECK_INT(fleet.rows.at[0].rejected, 2);
	CHECK(fleet.rows.at[2].started_us == US_NONE && fleet.rows.at[2].plan_rev == NULL);

	CHECK_CASE("one that has no plan and says why it refused the first: a header alone");
	CHECK_STR(fleet.rows.at[1].refused, "target x: http 3");
	CHECK(fleet.rows.at[1].started_us == NOW - HOUR && fleet.rows.at[1].plan_rev == NULL);

	CHECK_CASE("tokens: those that have ended and those that are none any more don't count");
	CHECK(fleet.rows.at[0].tokens == 1 && !fleet.rows.at[0].rotating);
	CHECK(fleet.rows.at[1].tokens == 2 && fleet.rows.at[1].rotating);
	CHECK(fleet.rows.at[2].tokens == 0);
	CHECK_STR(fleet.rows.at[2].source, "globalping");

	CHECK_CASE("the newest plan");
	CHECK_STR(fleet.plan_rev, "new");
	CHECK_INT(fleet.published_us, NOW - 4);
	vec_free(&fleet.rows);
	arena_free(&arena);
	sqlite3_close(db);
	registry_close(r);
	store_close(s);
	fixture_remove(dir);
	return check_done();
}
