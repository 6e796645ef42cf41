/* What the statements of a large database cost, seen in their plans and in how often they run: each has
 * the index that was made for it, and a list is read once. */
#include <sqlite3.h>

#include "schema/registry_db.h"
#include "schema/store_sqlite.h"
#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define HOUR FIXTURE_HOUR

static struct err err;

/* The prepared statement that has this part. */
static sqlite3_stmt *statement(struct store_db *db, const char *part)
{
	for (sqlite3_stmt *st = NULL; (st = sqlite3_next_stmt(db->sqlite, st)) != NULL;)
		if (strstr(sqlite3_sql(st), part) != NULL)
			return st;
	check_fail(__FILE__, __LINE__, part);
	return NULL;
}

/* How SQLite goes about it: the lines of EXPLAIN QUERY PLAN, "; " behind each. */
static const char *plan_of(struct store_db *db, const char *part)
{
	static char text[2000];
	char sql[4000];
	sqlite3_stmt *st = statement(db, part), *explain = NULL;
	size_t len = 0;

	text[0] = '\0';
	snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", st != NULL ? sqlite3_sql(st) : "SELECT 1");
	CHECK_INT(sqlite3_prepare_v2(db->sqlite, sql, -1, &explain, NULL), SQLITE_OK);
	while (sqlite3_step(explain) == SQLITE_ROW && len < sizeof text)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s; ", (const char *)sqlite3_column_text(explain, 3));
	sqlite3_finalize(explain);
	return text;
}

static void indexes(const char *path)
{
	struct registry *r = NULL;

	CHECK_INT(registry_open(&r, path, STORE_CREATE, &err), 0);
	CHECK_CASE("the tokens of a probe are found by their index: by the list of probes, the fleet's table, "
	           "a rotation and a revocation");
	CHECK_CONTAINS(plan_of(r->db, "rejected, source, geo_built_s FROM probe ORDER BY name"),
	               "SEARCH token USING COVERING INDEX token_probe (probe=? AND valid=? AND until_us>?)");
	CHECK_CONTAINS(plan_of(r->db, "FROM probe p LEFT JOIN string s ON s.text = p.name"),
	               "SEARCH t USING COVERING INDEX token_probe (probe=? AND valid=?); ");
	CHECK_CONTAINS(plan_of(r->db, "FROM probe p LEFT JOIN string s ON s.text = p.name"),
	               "SEARCH t USING COVERING INDEX token_probe (probe=? AND valid=? AND until_us>?); ");
	CHECK_CONTAINS(plan_of(r->db, "UPDATE token SET until_us ="), "INDEX token_probe (probe=? AND valid=?)"); /* covering or not, by version */
	CHECK_CONTAINS(plan_of(r->db, "UPDATE token SET valid = 0 WHERE probe"), "INDEX token_probe (probe=?)");
	CHECK_CASE("what came last of a probe is the end of an index");
	CHECK_CONTAINS(plan_of(r->db, "INDEXED BY batch_probe"), "SEARCH batch USING COVERING INDEX batch_probe (probe=?)");
	registry_close(r);
}

static int add_attempts(void *ctx, const struct store_cell *c, struct err *e)
{
	(void)e;
	*(uint64_t *)ctx += c->cell->attempts;
	return 0;
}

static void scan(struct store *s, int64_t since_us, int64_t until_us, uint64_t wanted, int unfolded, int raw)
{
	const struct store_sqlite *sqlite = (const struct store_sqlite *)s;
	struct store_window w = {since_us, until_us, US_PER_HOUR, 0};
	uint64_t n = 0;

	sqlite3_stmt_status(sqlite->db->stmt[Q_UNFOLDED_OF_PROBE], SQLITE_STMTSTATUS_RUN, 1);
	sqlite3_stmt_status(sqlite->db->stmt[Q_BATCH_OF_PROBE], SQLITE_STMTSTATUS_RUN, 1);
	CHECK_INT(store_scan_cells(s, &w, add_attempts, &n, &err), 0);
	CHECK_INT(n, wanted);
	CHECK_INT(sqlite3_stmt_status(sqlite->db->stmt[Q_UNFOLDED_OF_PROBE], SQLITE_STMTSTATUS_RUN, 0), unfolded);
	CHECK_INT(sqlite3_stmt_status(sqlite->db->stmt[Q_BATCH_OF_PROBE], SQLITE_STMTSTATUS_RUN, 0), raw);
}

/* A batch an hour, 25 hours, each of 3600 samples a second apart: 90000, more than four times what is added
 * up at once, so that the window is halved and halved again. The samples begin half an hour late. */
static void backlog(const char *path)
{
	struct store *s = NULL;

	CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
	for (uint64_t i = 0; i < 25; i++) {
		struct batch *b = fixture_batch(i + 1, "mumbai-1", HOUR + (int64_t)i * US_PER_HOUR + US_PER_HOUR / 2);
		for (int k = 0; k < 3600; k++)
			fixture_sample(b, "www", b->started_us + k * US_PER_S);
		struct store_batch sb = fixture_push(b);
		CHECK_INT(store_append(s, &sb, 1, &err), 0);
		CHECK_INT(sb.result, STORE_ADDED);
		fixture_free(b);
	}
	CHECK_CASE("a backlog of one probe is listed once, however often the window is halved");
	scan(s, HOUR, HOUR + 26 * US_PER_HOUR, 90000, 1, 0);
	scan(s, 0, INT64_MAX, 90000, 1, 1); /* to the last of the last hour, which is no whole one */
	CHECK_CASE("so are the batches of the hours that the window cuts");
	/* from the second quarter of the first hour to the third of the last: half an hour at its start, which has
	 * nothing before the half, and a quarter behind its end */
	scan(s, HOUR + US_PER_HOUR / 4, HOUR + 25 * US_PER_HOUR + US_PER_HOUR / 4, 90000 - 900, 1, 2);
	store_close(s);
}

int main(void)
{
	char *folder = fixture_folder();

	if (folder == NULL)
		return 1;
	indexes(fixture_path(folder, "r.db"));
	backlog(fixture_path(folder, "s.db"));
	fixture_remove(folder);
	return check_done();
}
