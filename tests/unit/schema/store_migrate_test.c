/* A database of version 1, as that version wrote it, becomes one of the newest: every row is still
 * there and still means the same, a copy of what was stays, and what goes wrong leaves the old
 * database as it was. */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "schema/registry.h"
#include "schema/store.h"
#include "schema/store_db.h"
#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#pragma GCC diagnostic ignored "-Woverlength-strings"
static const char version_1[] =
#include "tests/unit/schema/store_v1.sql.inc"
;

#define HOUR FIXTURE_HOUR

static struct err err;
static char *folder;

static const char *path(const char *name)
{
	return fixture_path(folder, name);
}

/* The first column of the last row. */
static const char *query(const char *file, const char *sql)
{
	static char text[4][400];
	static int next;
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;

	next = (next + 1) % 4;
	snprintf(text[next], sizeof text[next], "nothing");
	CHECK_INT(sqlite3_open(file, &db), SQLITE_OK);
	CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	while (st != NULL && sqlite3_step(st) == SQLITE_ROW)
		snprintf(text[next], sizeof text[next], "%s",
		         sqlite3_column_text(st, 0) ? (const char *)sqlite3_column_text(st, 0) : "NULL");
	sqlite3_finalize(st);
	sqlite3_close(db);
	return text[next];
}

static void make_old(const char *name)
{
	sqlite3 *db = NULL;

	CHECK_INT(sqlite3_open(path(name), &db), SQLITE_OK);
	CHECK_INT(sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	CHECK_STR(query(path(name), "PRAGMA user_version"), "1");
}

static int note_sample(void *ctx, const struct store_sample *told, struct err *e)
{
	const struct sample *s = told->sample;
	char *text = ctx;
	size_t len = strlen(text);

	(void)e;
	snprintf(text + len, 800 - len, "%s %s %s %s %s %" PRId64 " %" PRId64 " %s\n", told->probe, s->target,
	         s->node ? s->node : "-", s->addr, series_kind_name(s->kind), s->tcp_us, s->bytes,
	         nel_type_name(s->error) ? nel_type_name(s->error) : "-");
	CHECK(s->syn_rtt_us == US_NONE && s->age_s == US_NONE && s->dns_tries == US_NONE
	      && s->ecs_scope == US_NONE);
	CHECK(s->cname == NULL && s->ecs == NULL && !s->dns_tcp && told->header->seed == NULL);
	return 0;
}

static int note_audit(void *ctx, const char *probe, const struct audit *a, struct err *e)
{
	(void)e;
	snprintf(ctx, 200, "%s %s %s %s %s %s %s %" PRId64 " %s=%s", probe, a->target, a->node, a->sha256, a->etag,
	         a->cert_sha256, a->chain, a->cert_not_after, a->headers.len ? a->headers.at[0].name : "none",
	         a->headers.len ? a->headers.at[0].value : "none");
	CHECK(a->status == US_NONE && a->bytes == US_NONE && a->cert_not_before == US_NONE
	      && a->clock_skew_us == US_NONE && a->error == NEL_OK);
	CHECK(a->addr == NULL && a->edge == NULL && a->target_rev == NULL && a->cert_subject == NULL
	      && a->cert_issuer == NULL && a->cert_names == NULL);
	return 0;
}

/* What version 1's three batches say, by the hand that made them. */
static void check_old_rows(struct store *s)
{
	struct store_totals t = {0};
	char text[800] = "";

	CHECK_INT(store_totals(s, &t, &err), 0);
	CHECK_INT(t.batches, 2);
	CHECK_INT(t.samples, 4);
	CHECK_INT(t.unfolded, 1);
	CHECK_INT(store_scan_samples(s, 0, INT64_MAX, note_sample, text, &err), 0);
	CHECK_STR(text, "mumbai-1 www lon 203.0.113.7 cold 120000 51200 -\n"
	                "mumbai-1 www - 203.0.113.7 cold 120000 51200 -\n"
	                "mumbai-1 origin - 203.0.113.7 cold -1 -1 tcp.refused\n"
	                "mumbai-1 www - 203.0.113.7 cold 120000 51200 -\n");
	CHECK_INT(store_scan_audits(s, 0, INT64_MAX, note_audit, text, &err), 0);
	CHECK_STR(text, "mumbai-1 www lon aa \"e\" bb ok 1797000000 age=5");
	struct store_window w = {0, INT64_MAX, US_PER_HOUR, FIXTURE_ALL};
	told_vec v = {0};
	CHECK_INT(store_scan_cells(s, &w, fixture_keep, &v, &err), 0);
	CHECK_INT(v.len, 4);
	if (v.len < 3)
		return;
	/* The last is of the batch that wasn't folded: 7 + 120 + 121 + 125 + 360 ms. */
	CHECK_STR(v.at[2]->series, "www/00000000000000aa/lon/lon/cdn/cold/4/9.9.9.9/-/2/1.3");
	CHECK_NEAR(sketch_quantile(&v.at[2]->cell.sketch[M_TOTAL], 0), 733000, 733000 * 0.00503);
	fixture_forget(&v);
}

static void migrated(void)
{
	struct store *s = NULL;
	struct stat was, is;

	CHECK_CASE("opened to be read, an old database is refused, and left alone");
	make_old("a.db");
	CHECK_INT(store_open_sqlite(&s, path("a.db"), STORE_READ, &err), LAT_DATAERR);
	CHECK_CONTAINS(err.text, "a.db: is of the old version 1; latlas-collector serve brings it to 5");
	CHECK_STR(query(path("a.db"), "PRAGMA user_version"), "1");
	CHECK(access(path("a.db.v1-backup"), F_OK) != 0);

	CHECK_CASE("opened to be written, it becomes one of today, and nothing is lost");
	CHECK_INT(chmod(path("a.db"), 0640), 0);
	CHECK_INT(store_open_sqlite(&s, path("a.db"), STORE_WRITE, &err), 0);
	if (s == NULL)
		return;
	check_old_rows(s);
	CHECK_STR(query(path("a.db"), "PRAGMA user_version"), "5");
	CHECK_STR(query(path("a.db"), "SELECT group_concat(folded) FROM (SELECT folded FROM v_batch ORDER BY id)"), "1,0");
	CHECK_STR(query(path("a.db"), "PRAGMA integrity_check"), "ok");
	CHECK_STR(query(path("a.db"), "SELECT group_concat(kind || total_ms) FROM v_sample WHERE target = 'www'"),
	          "cold733.0,cold733.0,cold733.0");

	CHECK_CASE("what is new can be written beside what is old, into the same series");
	struct batch *b = fixture_batch(3, "mumbai-1", HOUR + 2 * US_PER_HOUR);
	fixture_sample(b, "www", HOUR + 2 * US_PER_HOUR)->syn_rtt_us = 119500;
	b->seed = "0123456789abcdef";
	struct store_batch sb = fixture_push(b);
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	CHECK_INT(sb.result, STORE_ADDED);
	fixture_free(b);
	b = fixture_batch(2, "mumbai-1", HOUR + US_PER_HOUR); /* version 1 has it */
	sb = fixture_push(b);
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	CHECK_INT(sb.result, STORE_DUPLICATE);
	fixture_free(b);
	CHECK_STR(query(path("a.db"), "SELECT count(*) FROM series"), "3");
	CHECK_STR(query(path("a.db"), "SELECT group_concat(ifnull(syn_rtt_ms, 'none')) FROM v_sample"),
	          "none,none,none,none,119.5");
	store_close(s);

	CHECK_CASE("the copy is the database of before, with its mode; a second opening makes none");
	CHECK_STR(query(path("a.db.v1-backup"), "PRAGMA user_version"), "1");
	CHECK_STR(query(path("a.db.v1-backup"), "PRAGMA application_id"), "1818326124");
	CHECK_STR(query(path("a.db.v1-backup"), "SELECT count(*) FROM sample"), "4");
	CHECK_STR(query(path("a.db.v1-backup"), "PRAGMA integrity_check"), "ok");
	CHECK(access(path("a.db.v1-backup.tmp"), F_OK) != 0);
	CHECK_INT(stat(path("a.db.v1-backup"), &was), 0);
	CHECK_INT(was.st_mode & 0777, 0640);
	struct registry *r = NULL;
	CHECK_INT(registry_open(&r, path("a.db"), STORE_WRITE, &err), 0);
	registry_close(r);
	CHECK(stat(path("a.db.v1-backup"), &is) == 0 && is.st_ino == was.st_ino);

	CHECK_CASE("the copy is a database that can be migrated itself");
	s = NULL;
	CHECK_INT(store_open_sqlite(&s, path("a.db.v1-backup"), STORE_WRITE, &err), 0);
	if (s != NULL)
		check_old_rows(s);
	store_close(s);
}

static void by_registry(void)
{
	struct registry *r = NULL;
	struct store *s = NULL;

	CHECK_CASE("the registry migrates as well, and a copy that was cut short is no hindrance");
	make_old("b.db");
	FILE *f = fopen(path("b.db.v1-backup.tmp"), "w");
	CHECK(f != NULL && fputs("half", f) >= 0 && fclose(f) == 0);
	CHECK_INT(registry_open(&r, path("b.db"), STORE_WRITE, &err), 0);
	registry_close(r);
	CHECK_STR(query(path("b.db.v1-backup"), "SELECT name FROM probe"), "mumbai-1");
	CHECK_INT(store_open_sqlite(&s, path("b.db"), STORE_READ, &err), 0);
	if (s != NULL)
		check_old_rows(s);
	store_close(s);
}

static void refused(void)
{
	struct store *s = NULL;

	CHECK_CASE("no copy, no migration: one line that says so, and the old database as it was");
	make_old("c.db");
	CHECK_INT(mkdir(path("c.db.v1-backup.tmp"), 0700), 0);
	CHECK_INT(store_open_sqlite(&s, path("c.db"), STORE_WRITE, &err), LAT_IOERR);
	CHECK_CONTAINS(err.text, "c.db: a copy before the migration from version 1");
	CHECK_CONTAINS(err.text, "c.db.v1-backup.tmp");
	CHECK_STR(query(path("c.db"), "PRAGMA user_version"), "1");
	CHECK_STR(query(path("c.db"), "SELECT count(*) FROM pragma_table_info('sample') WHERE name = 'age_s'"), "0");

	CHECK_CASE("a migration that fails midway is undone");
	make_old("d.db");
	CHECK_STR(query(path("d.db"), "DROP VIEW v_sample"), "nothing"); /* which the migration drops */
	CHECK(store_open_sqlite(&s, path("d.db"), STORE_WRITE, &err) != 0);
	CHECK_CONTAINS(err.text, "v_sample");
	CHECK_STR(query(path("d.db"), "PRAGMA user_version"), "1");
	CHECK_STR(query(path("d.db"), "SELECT count(*) FROM pragma_table_info('sample') WHERE name = 'age_s'"), "0");
}

int main(void)
{
	if ((folder = fixture_folder()) == NULL)
		return 1;
	migrated();
	by_registry();
	refused();
	int status = check_done();
	fixture_remove(folder);
	return status;
}
