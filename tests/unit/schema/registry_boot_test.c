/* Two machines under one name, by the stretches of their boots. Minutes of one day. */
#include "schema/registry.h"

#include <sqlite3.h>

#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define NOW INT64_C(1795372800000000)
#define MIN INT64_C(60000000)

static struct err err;
static struct registry *r;

static void enroll(const char *name)
{
	static uint8_t n;
	struct probe_row p = {.name = name, .lat = NAN, .lon = NAN, .enrolled_us = NOW};
	uint8_t hash[REGISTRY_TOKEN_HASH] = {++n};
	CHECK_INT(registry_enroll(r, &p, hash, &err), 0);
}

/* Batches of a boot from minute `first` to `last`: does it tell of a clone for the first time? */
static bool seen(const char *probe, const char *boot, int first, int last)
{
	struct registry_boot b = {probe, boot, NOW + first * MIN, NOW + last * MIN};
	bool cloned = true;
	CHECK_INT(registry_boots_seen(r, &b, 1, &cloned, &err), 0);
	return cloned;
}

/* The minute at which two machines last spoke; -1: never. */
static int cloned_at(const char *name)
{
	struct arena arena = {0};
	probe_rows rows = {0};
	int64_t at = US_NONE;
	CHECK_INT(registry_probes(r, &arena, &rows, &err), 0);
	for (size_t i = 0; i < rows.len; i++)
		if (strcmp(rows.at[i].name, name) == 0)
			at = rows.at[i].cloned_us;
	vec_free(&rows);
	arena_free(&arena);
	return at == US_NONE ? -1 : (int)((at - NOW) / MIN);
}

int main(void)
{
	char *folder = fixture_folder();
	CHECK_INT(registry_open(&r, fixture_path(folder, "b.db"), STORE_CREATE, &err), 0);

	CHECK_CASE("a machine that boots again is one machine");
	enroll("one");
	for (int i = 0; i < 10; i++)
		CHECK(!seen("one", "A", i * 5, i * 5));
	CHECK(!seen("one", "B", 50, 55));
	CHECK(!seen("one", "C", 60, 900));
	CHECK_CASE("also when what an earlier boot measured comes late, in any order");
	CHECK(!seen("one", "A", 20, 45));
	CHECK(!seen("one", "B", 51, 52));
	CHECK(!seen("one", "A", 0, 0));
	CHECK_INT(cloned_at("one"), -1);
	CHECK_CASE("or when its clock jumps by less than ten minutes at the boot");
	CHECK(!seen("one", "D", 890, 1000)); /* ten minutes before C's last, and on */
	CHECK_INT(cloned_at("one"), -1);

	CHECK_CASE("two machines by turns: found once both have measured across ten minutes");
	enroll("two");
	CHECK(!seen("two", "A", 0, 0));
	CHECK(!seen("two", "B", 2, 2));
	CHECK(!seen("two", "A", 5, 5));  /* in common: 2..2 */
	CHECK(!seen("two", "B", 7, 7));  /* 2..5 */
	CHECK(!seen("two", "A", 10, 10)); /* 2..7 */
	CHECK(!seen("two", "B", 12, 12)); /* 2..10 */
	CHECK(!seen("two", "A", 12, 12)); /* 2..12: ten minutes, not more */
	CHECK(seen("two", "B", 17, 17) == false); /* 2..12 still */
	CHECK_INT(cloned_at("two"), -1);
	CHECK(seen("two", "A", 15, 15)); /* 2..15 */
	CHECK_INT(cloned_at("two"), 15);
	CHECK_CASE("told once, but the time goes on");
	CHECK(!seen("two", "B", 22, 22));
	CHECK(!seen("two", "A", 20, 20));
	CHECK_INT(cloned_at("two"), 20);
	CHECK_CASE("until one of them is gone");
	CHECK(!seen("two", "B", 27, 5000));
	CHECK_INT(cloned_at("two"), 20);
	CHECK_CASE("told again when it happens again, more than a week later");
	CHECK(!seen("two", "C", 20000, 20000));
	CHECK(seen("two", "B", 20030, 20030) == false);
	CHECK(seen("two", "C", 20040, 20040));

	CHECK_CASE("one stretch within another's");
	enroll("in");
	CHECK(!seen("in", "A", 0, 1000));
	CHECK(seen("in", "B", 500, 520));
	CHECK_INT(cloned_at("in"), 520);

	CHECK_CASE("each probe for itself; a stranger is nobody");
	enroll("else");
	CHECK(!seen("else", "A", 0, 1000));
	CHECK(!seen("nobody", "B", 500, 520));
	CHECK_INT(cloned_at("else"), -1);

	CHECK_CASE("old boots are forgotten");
	for (int i = 0; i < 100; i++) {
		char boot[16];
		snprintf(boot, sizeof boot, "b%d", i);
		CHECK(!seen("else", boot, 2000 + i * 10, 2005 + i * 10));
	}
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	CHECK_INT(sqlite3_open(fixture_path(folder, "b.db"), &db), SQLITE_OK);
	CHECK_INT(sqlite3_prepare_v2(db, "SELECT count(*), min(first_us) FROM boot JOIN probe ON probe.id = probe "
	                                 "WHERE name = 'else'", -1, &st, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_step(st), SQLITE_ROW);
	CHECK_INT(sqlite3_column_int(st, 0), REGISTRY_BOOTS);
	CHECK_INT((sqlite3_column_int64(st, 1) - NOW) / MIN, 2680); /* the 32 newest: from b68 on */
	sqlite3_finalize(st);
	sqlite3_close(db);

	registry_close(r);
	fixture_remove(folder);
	return check_done();
}
