/* The store, killed. A child appends and folds without pause and says through a pipe which
 * batches have been acknowledged; SIGKILL ends it at a random moment. After each time the
 * database must be whole, hold every acknowledged batch exactly once, and its cells must be
 * what a recount of the raw samples says. The next child goes on with the same file.
 *
 *     store_kill [TIMES [SEED]]     10 times unless told otherwise, 200 with LATLAS_SOAK set */
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/num.h"
#include "schema/store.h"
#include "tests/check.h"
#include "tests/unit/schema/store_fixture.h"

#define GROUP 8          /* batches of one append, at most */
#define LONGEST_MS 400   /* that a child lives */

static struct err err;

static void fail(const char *why)
{
	check_fail(__FILE__, __LINE__, why);
}

/* ---- the child -------------------------------------------------------------------------- */

/* The batch of a number is always the same: what was in flight when the child died is sent again
 * by the next one. */
static struct batch *batch_of(uint64_t number, bool *implausible)
{
	struct rng r;

	rng_seed(&r, number);
	return fixture_random(&r, number, implausible);
}

static int append_group(struct store *s, uint64_t first, size_t n)
{
	struct batch *batches[GROUP];
	struct store_batch push[GROUP];

	for (size_t i = 0; i < n; i++) {
		bool implausible;
		batches[i] = batch_of(first + i, &implausible);
		push[i] = fixture_push(batches[i]);
		push[i].clock_implausible = implausible;
	}
	int status = store_append(s, push, n, &err);
	for (size_t i = 0; i < n; i++) {
		if (status == 0 && push[i].result == STORE_CONFLICT)
			status = err_set(&err, LAT_DATAERR, "batch %s: conflict", push[i].batch->uuid);
		fixture_free(batches[i]);
	}
	return status;
}

/* For ever: append from `next`, fold now and then. Each acknowledged number goes into the pipe. */
static int work(const char *path, uint64_t next, int fd)
{
	struct store *s;
	struct rng r;
	size_t left;
	int status = store_open_sqlite(&s, path, STORE_WRITE, &err);

	rng_seed(&r, next);
	while (status == 0) {
		size_t n = 1 + rng_below(&r, GROUP);
		if ((status = append_group(s, next, n)) != 0)
			break;
		uint64_t last = next + n - 1;
		if (write(fd, &last, sizeof last) != (ssize_t)sizeof last)
			return 1; /* nobody listens any more */
		next += n;
		if (rng_below(&r, 3) == 0)
			status = store_fold(s, rng_below(&r, 40), &left, &err);
	}
	return err_print(&err, "store_kill");
}

/* ---- afterwards -------------------------------------------------------------------------- */

static int64_t number_of(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* SQLite's own opinion, and ours on rows, by another way than the store's. */
static void check_file(const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;

	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_step(st), SQLITE_ROW);
	CHECK_STR((const char *)sqlite3_column_text(st, 0), "ok");
	sqlite3_finalize(st);
	CHECK_INT(number_of(db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	CHECK_INT(number_of(db,
	                    "SELECT count(*) FROM batch b WHERE samples <> (SELECT count(*) FROM sample s "
	                    "WHERE s.id BETWEEN b.id * 16384 AND b.id * 16384 + 16383)"),
	          0);
	CHECK_INT(
		number_of(
			db,
			"SELECT (SELECT count(*) FROM sample) - (SELECT ifnull(sum(samples), 0) FROM batch)"),
		0);
	sqlite3_close(db);
}

/* Every number up to `acknowledged` is there (once: the UUID is a unique key, and no sample is without
 * its batch); of those that were in flight, some may be. */
static void check_batches(const char *path, uint64_t acknowledged)
{
	uint64_t n = acknowledged + GROUP + 1, there = 0;
	bool *seen = calloc(n, sizeof *seen);
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;

	CHECK(seen != NULL);
	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT(sqlite3_prepare_v2(db, "SELECT hex(substr(uuid, 11)) FROM batch", -1, &st, NULL),
	          SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		uint64_t number = strtoull((const char *)sqlite3_column_text(st, 0), NULL,
		                           16); /* as fixture_batch made it */
		if (number == 0 || number >= n || seen[number])
			fail("a batch that nobody sent, or twice");
		else
			seen[number] = true;
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	for (uint64_t i = 1; i <= acknowledged; i++)
		there += seen[i];
	CHECK_INT(there, acknowledged);
	free(seen);
}

/* Raw samples into hours, by a map of the test's own: sorted once, then found by bisection. */
struct key { char probe[40], series[200]; int64_t start_us; struct cell cell; };

static int compare_keys(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	int c = strcmp(a->probe, b->probe);

	if (c == 0)
		c = (a->start_us > b->start_us) - (a->start_us < b->start_us);
	return c == 0 ? strcmp(a->series, b->series) : c;
}

typedef VEC(struct key) key_vec;

static int keep_cell(void *ctx, const struct store_cell *c, struct err *e)
{
	struct key *k = vec_add((key_vec *)ctx);

	if (k == NULL)
		return err_nomem(e);
	snprintf(k->probe, sizeof k->probe, "%s", c->probe);
	fixture_series_text(c->series, k->series, sizeof k->series);
	k->start_us = c->start_us;
	return cell_merge(&k->cell, c->cell) ? 0 : err_nomem(e);
}

struct recount { key_vec *told; struct cell *cells; };

static int count_again(void *ctx, const struct store_sample *told, struct err *e)
{
	struct recount *c = ctx;
	struct series series = series_of_sample(told->sample);
	struct key wanted = {.start_us = told->sample->t_us - told->sample->t_us % US_PER_HOUR};

	snprintf(wanted.probe, sizeof wanted.probe, "%s", told->probe);
	fixture_series_text(&series, wanted.series, sizeof wanted.series);
	struct key *k = bsearch(&wanted, c->told->at, c->told->len, sizeof *k, compare_keys);
	if (k == NULL)
		return err_set(e, LAT_DATAERR, "a sample has no cell");
	return cell_add(&c->cells[k - c->told->at], told->sample, told->verdict,
	                told->header->timeout_ms * US_PER_MS)
	               ? 0
	               : err_nomem(e);
}

static void check_cells(struct store *s)
{
	struct store_window w = {0, INT64_MAX, US_PER_HOUR, FIXTURE_ALL};
	key_vec told = {0};

	CHECK_INT(store_scan_cells(s, &w, keep_cell, &told, &err), 0);
	if (told.len > 0)
		qsort(told.at, told.len, sizeof *told.at, compare_keys);
	struct recount c = {&told, calloc(told.len + 1, sizeof(struct cell))};
	CHECK(c.cells != NULL);
	if (store_scan_samples(s, 0, INT64_MAX, count_again, &c, &err) != 0)
		fail(err.text);
	for (size_t i = 0; i < told.len; i++) {
		CHECK(cell_equal(&told.at[i].cell, &c.cells[i]));
		cell_free(&told.at[i].cell);
		cell_free(&c.cells[i]);
	}
	free(c.cells);
	vec_free(&told);
}

/* ---- the parent -------------------------------------------------------------------------- */

/* One child's life. Returns the highest number it acknowledged. */
static uint64_t one_life(const char *path, uint64_t next, int64_t life_us)
{
	int fd[2], status;
	uint64_t got, acknowledged = next - 1;

	if (pipe(fd) != 0) {
		fail("no pipe");
		return acknowledged;
	}
	pid_t pid = fork(); /* no database is open here */
	if (pid == 0) {
		close(fd[0]);
		_exit(work(path, next, fd[1]));
	}
	close(fd[1]);
	struct timespec life = {life_us / US_PER_S, life_us % US_PER_S * 1000};
	nanosleep(&life, NULL);
	kill(pid, SIGKILL);
	while (read(fd[0], &got, sizeof got) == (ssize_t)sizeof got)
		acknowledged = got;
	close(fd[0]);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return acknowledged;
}

int main(int argc, char **argv)
{
	int64_t times = getenv("LATLAS_SOAK") != NULL ? 200 : 10, seed = 1;
	char *folder = fixture_folder();
	struct store *s;
	struct rng r;
	uint64_t next = 1, acknowledged = 0;

	if ((argc > 1 && num_parse_i64(argv[1], "TIMES", 1, 100000, &times, &err) != 0)
	    || (argc > 2 && num_parse_i64(argv[2], "SEED", 0, INT64_MAX, &seed, &err) != 0) || folder == NULL)
		return err_print(&err, "store_kill");
	rng_seed(&r, (uint64_t)seed);
	const char *path = fixture_path(folder, "kill.db");
	if (store_open_sqlite(&s, path, STORE_CREATE, &err) != 0)
		return err_print(&err, "store_kill");
	store_close(s);

	for (int64_t i = 1; i <= times; i++) {
		char name[100];
		check_end_case();
		snprintf(name, sizeof name,
		         "killed for the %" PRId64 ". time: whole, each acknowledged batch once, cells right",
		         i);
		CHECK_CASE(name);
		acknowledged = one_life(path, next, 1000 + (int64_t)rng_below(&r, LONGEST_MS * 1000));
		CHECK_INT(store_open_sqlite(&s, path, STORE_READ, &err), 0);
		check_cells(s);
		store_close(s);
		check_file(path);
		check_batches(path, acknowledged);
		next = acknowledged + 1; /* what was in flight is sent again */
		check_end_case();
	}

	CHECK_CASE("folded at last: nothing left, cells right");
	size_t left = 1;
	CHECK_INT(store_open_sqlite(&s, path, STORE_WRITE, &err), 0);
	CHECK_INT(store_fold(s, SIZE_MAX, &left, &err), 0);
	CHECK_INT(left, 0);
	check_cells(s);
	struct store_totals t;
	CHECK_INT(store_totals(s, &t, &err), 0);
	store_close(s);
	check_end_case();

	CHECK_CASE("there was something to lose");
	CHECK(acknowledged > 100);
	printf("# %" PRIu64 " batches acknowledged, %" PRId64 " there, %" PRId64 " samples\n", acknowledged,
	       t.batches, t.samples);
	int status = check_done();
	fixture_remove(folder);
	return status;
}
