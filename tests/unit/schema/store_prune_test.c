/* Retention, on both stores: cells are as they were, raw samples before the cut are gone, those
 * after it are not, and what was pushed once is still known. */
#include <sqlite3.h>

#include "schema/store_sqlite.h"
#include "tests/unit/schema/store_both.h"

static int count_sample(void *ctx, const struct store_sample *told, struct err *e)
{
	(void)told, (void)e;
	++*(int *)ctx;
	return 0;
}

static int samples_in(struct store *s, int64_t since_us, int64_t until_us)
{
	int n = 0;

	CHECK_INT(store_scan_samples(s, since_us, until_us, count_sample, &n, &err), 0);
	return n;
}

static void fold(struct store *s)
{
	size_t left = 1;

	CHECK_INT(store_fold(s, SIZE_MAX, &left, &err), 0);
	CHECK_INT(left, 0);
}

/* In steps of `step`; how many it took, the one that finds nothing more left out. */
static int prune_all(struct store *s, int64_t before_us, size_t step, struct store_pruned *done)
{
	bool more = true;
	int steps = 0;

	*done = (struct store_pruned){0};
	while (more && steps < 10000) {
		int64_t before = done->batches;
		CHECK_INT(store_prune(s, before_us, step, done, &more, &err), 0);
		CHECK(done->batches > before || !more);
		steps += done->batches > before;
	}
	return steps;
}

static int64_t received_of(struct store *s)
{
	int64_t us = 7;

	CHECK_INT(store_received_last(s, &us, &err), 0);
	return us;
}

static int64_t until_of(struct store *s)
{
	int64_t us = 7;

	CHECK_INT(store_pruned_until(s, &us, &err), 0);
	return us;
}

/* One batch of two samples in each of the hours 0, 1, 2: at 10 and at 50 minutes. */
static void three_hours(struct store *s)
{
	for (int h = 0; h < 3; h++) {
		struct batch *b = fixture_batch((uint64_t)h + 1, "mumbai-1", HOUR + h * US_PER_HOUR);
		fixture_sample(b, "www", b->started_us + 600 * US_PER_S);
		fixture_sample(b, "www", b->started_us + 3000 * US_PER_S);
		put_and_free(s, b);
	}
}

static void what_goes(struct store *s)
{
	struct store_pruned would = {0}, done;

	begin("what lies before the cut as a whole goes, and its cells stay");
	three_hours(s);
	CHECK_INT(until_of(s), US_NONE);
	/* The second batch's last sample is at 1 h 50 min: a cut there leaves it, one later takes it. */
	int64_t last = HOUR + US_PER_HOUR + 3000 * US_PER_S;
	CHECK_INT(store_prunable(s, last, &would, &err), 0);
	CHECK_INT(would.batches, 1);
	CHECK_INT(store_prunable(s, last + 1, &would, &err), 0);
	CHECK_INT(would.batches, 2);
	CHECK_INT(would.samples, 4);
	prune_all(s, last + 1, SIZE_MAX, &done);
	CHECK_INT(done.batches, 0); /* not folded */
	fold(s);
	prune_all(s, last, SIZE_MAX, &done);
	CHECK_INT(done.batches, 1);
	CHECK_INT(done.samples, 2);
	CHECK_INT(until_of(s), HOUR + 3000 * US_PER_S + 1);
	prune_all(s, last + 1, SIZE_MAX, &done);
	CHECK_INT(done.batches, 1);
	CHECK_INT(until_of(s), last + 1);
	CHECK_INT(samples_in(s, 0, INT64_MAX), 2);
	CHECK_INT(samples_in(s, 0, until_of(s)), 0);
	expect_starts(s, 0, INT64_MAX, US_PER_HOUR, "0:2 1:2 2:2 ");
	expect_starts(s, 0, INT64_MAX, 6 * US_PER_HOUR, "0:6 ");

	begin("an hour that the window cuts, and blocks below an hour, hold what is left of samples");
	expect_starts(s, HOUR + 1, INT64_MAX, US_PER_HOUR, "1:2 2:2 ");
	expect_starts(s, HOUR, HOUR + 2 * US_PER_HOUR - 1, US_PER_HOUR, "0:2 ");
	expect_starts(s, HOUR, HOUR + 3 * US_PER_HOUR - 1, US_PER_HOUR, "0:2 1:2 2:2 ");
	expect_starts(s, 0, INT64_MAX, US_PER_HOUR / 6, "13:1 17:1 ");
	expect_starts(s, HOUR + 60, HOUR + 3000 * US_PER_S, US_PER_HOUR, "");

	begin("a batch pushed again is a duplicate still, one that differs a conflict");
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR);
	fixture_sample(b, "www", HOUR);
	put(s, b, STORE_DUPLICATE);
	struct store_batch other = fixture_push(b);
	other.digest[0] ^= 1;
	CHECK_INT(store_append(s, &other, 1, &err), 0);
	CHECK_INT(other.result, STORE_CONFLICT);
	fixture_free(b);
	CHECK_INT(totals(s).batches, 3);
	CHECK_INT(totals(s).samples, 6);
	CHECK_INT(totals(s).first_us, HOUR + 600 * US_PER_S);

	begin("a late batch of a pruned hour is added to its cell");
	b = fixture_batch(9, "mumbai-1", HOUR);
	fixture_sample(b, "www", HOUR + 1200 * US_PER_S);
	put_and_free(s, b);
	expect_starts(s, 0, INT64_MAX, US_PER_HOUR, "0:3 1:2 2:2 ");
	CHECK_INT(samples_in(s, 0, INT64_MAX), 3);
	CHECK_INT(until_of(s), last + 1);
}

static void clocks(struct store *s)
{
	struct store_pruned done;

	begin("where the clock was implausible, the day of receipt counts");
	CHECK_INT(received_of(s), US_NONE);
	struct batch *b = fixture_batch(1, "mumbai-1", HOUR + 1000000 * US_PER_HOUR);
	fixture_sample(b, "www", b->started_us);
	struct store_batch sb = fixture_push(b);
	sb.received_us = HOUR;
	sb.clock_implausible = true;
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	fixture_free(b);
	b = fixture_batch(2, "mumbai-1", 0);
	fixture_sample(b, "www", 5);
	sb = fixture_push(b);
	sb.received_us = HOUR + 10;
	sb.clock_implausible = true;
	CHECK_INT(store_append(s, &sb, 1, &err), 0);
	fixture_free(b);
	put_and_free(s, fixture_batch(3, "mumbai-1", HOUR)); /* a header alone has nothing to prune */
	fold(s);
	prune_all(s, HOUR, SIZE_MAX, &done);
	CHECK_INT(done.batches, 0);
	prune_all(s, HOUR + 1, SIZE_MAX, &done);
	CHECK_INT(done.batches, 1);
	CHECK_INT(samples_in(s, HOUR, INT64_MAX), 0);
	CHECK_INT(samples_in(s, 0, HOUR), 1);
	CHECK_INT(until_of(s), US_NONE); /* its time means nothing */

	begin("when the last batch came whose clock was plausible");
	CHECK_INT(received_of(s), HOUR + US_PER_S); /* the third: a second after it was begun */
	put_and_free(s, fixture_batch(4, "mumbai-1", HOUR - 7 * US_PER_S));
	CHECK_INT(received_of(s), HOUR - 6 * US_PER_S); /* the last, not the largest */
}

static void steps(struct store *s)
{
	struct store_pruned done;
	bool more = false;

	begin("a step takes what it may at most, but one batch at least, the oldest first");
	for (int i = 9; i >= 0; i--) {
		struct batch *b = fixture_batch((uint64_t)i + 1, "mumbai-1", HOUR + i * US_PER_S);
		for (int k = 0; k < 4; k++)
			fixture_sample(b, "www", b->started_us + k);
		put_and_free(s, b);
	}
	fold(s);
	done = (struct store_pruned){0};
	CHECK_INT(store_prune(s, INT64_MAX, 9, &done, &more, &err), 0);
	CHECK(more);
	CHECK_INT(done.samples, 8);
	CHECK_INT(until_of(s), HOUR + US_PER_S + 4);
	CHECK_INT(samples_in(s, 0, HOUR + 2 * US_PER_S), 0);
	CHECK_INT(store_prune(s, INT64_MAX, 1, &done, &more, &err), 0);
	CHECK(more);
	CHECK_INT(done.samples, 12);
	CHECK_INT(prune_all(s, INT64_MAX, 8, &done), 4);
	CHECK_INT(done.samples, 28);
	CHECK_INT(samples_in(s, 0, INT64_MAX), 0);
}

/* Some hundred rounds at random, late ones and wrong clocks among them; pruned to a moment at random,
 * some more appended, pruned again. */
static void property(struct store *s)
{
	struct rng r;
	uint64_t number = 0;
	struct store_window whole = window(0, INT64_MAX, US_PER_HOUR);

	begin("cells before are cells after, whatever is pruned when");
	rng_seed(&r, 20261126);
	for (int turn = 0; turn < 6; turn++) {
		told_vec before = {0}, after = {0};
		struct store_pruned done;
		for (int i = 0; i < 60; i++) {
			bool implausible;
			struct batch *b = fixture_random(&r, ++number, &implausible);
			struct store_batch sb = fixture_push(b);
			sb.clock_implausible = implausible;
			CHECK_INT(store_append(s, &sb, 1, &err), 0);
			fixture_free(b);
		}
		CHECK_INT(store_scan_cells(s, &whole, fixture_keep, &before, &err), 0);
		fold(s);
		int had = samples_in(s, 0, INT64_MAX);
		int64_t cut = HOUR + turn * US_PER_HOUR + rng_below(&r, 3600) * US_PER_S;
		prune_all(s, cut, 1 + rng_below(&r, 300), &done);
		CHECK(done.batches > 0);
		CHECK_INT(samples_in(s, 0, INT64_MAX), had - done.samples);
		CHECK(until_of(s) <= cut);
		CHECK_INT(store_scan_cells(s, &whole, fixture_keep, &after, &err), 0);
		CHECK(before.len > 20);
		CHECK(fixture_difference(&before, &after) == NULL);
		fixture_forget(&before);
		fixture_forget(&after);
	}
}

/* A window that nothing pruned reaches into is as it was, cell by cell, at any unit. */
static void beyond(struct store *s)
{
	struct rng r;

	begin("what lies behind the moment told is all there, at any unit");
	rng_seed(&r, 5);
	for (uint64_t i = 1; i <= 150; i++) {
		bool implausible;
		struct batch *b = fixture_random(&r, i, &implausible);
		put_and_free(s, b);
	}
	fold(s);
	static const int64_t units[] = {US_PER_HOUR / 12, US_PER_HOUR, 6 * US_PER_HOUR};
	told_vec before[3] = {{0}};
	int64_t cut = HOUR + 2 * US_PER_HOUR;
	for (int u = 0; u < 3; u++) {
		struct store_window w = window(cut + 17, INT64_MAX, units[u]);
		CHECK_INT(store_scan_cells(s, &w, fixture_keep, &before[u], &err), 0);
	}
	struct store_pruned done;
	prune_all(s, cut, 500, &done);
	CHECK(done.batches > 10 && until_of(s) <= cut);
	for (int u = 0; u < 3; u++) {
		struct store_window w = window(cut + 17, INT64_MAX, units[u]);
		told_vec after = {0};
		CHECK_INT(store_scan_cells(s, &w, fixture_keep, &after, &err), 0);
		CHECK(after.len > 5);
		CHECK(fixture_difference(&before[u], &after) == NULL);
		fixture_forget(&before[u]);
		fixture_forget(&after);
	}
}

/* What only the file can show: rows are gone, pages come back, and damage is still damage. */
static void file(const char *path)
{
	struct store *s = NULL;
	struct store_pruned done;

	CHECK_CASE("sqlite: the rows are gone, their pages are used again");
	CHECK_INT(store_open_sqlite(&s, path, STORE_CREATE, &err), 0);
	int64_t pages[2] = {0};
	for (uint64_t i = 1; i <= 2000; i++) {
		struct batch *b = fixture_batch(i, "mumbai-1", HOUR + (int64_t)i * US_PER_S);
		for (int k = 0; k < 10; k++)
			fixture_sample(b, "www", b->started_us + k);
		put_and_free(s, b);
		if (i == 1000) {
			fold(s);
			prune_all(s, INT64_MAX, 3000, &done);
			CHECK_INT(done.samples, 10000);
			sqlite3_stmt *st = NULL;
			sqlite3 *db = ((struct store_sqlite *)s)->db->sqlite;
			CHECK_INT(sqlite3_prepare_v2(db, "PRAGMA freelist_count", -1, &st, NULL), SQLITE_OK);
			CHECK_INT(sqlite3_step(st), SQLITE_ROW);
			pages[0] = sqlite3_column_int64(st, 0);
			sqlite3_finalize(st);
		}
	}
	sqlite3_stmt *st = NULL;
	sqlite3 *db = ((struct store_sqlite *)s)->db->sqlite;
	CHECK_INT(sqlite3_prepare_v2(db, "PRAGMA freelist_count", -1, &st, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_step(st), SQLITE_ROW);
	pages[1] = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	/* 10,000 rows of some 80 bytes are a hundred pages of 8 KiB; then as many rows again. */
	CHECK(pages[0] > 60);
	CHECK(pages[1] < pages[0] / 2);
	fold(s);

	CHECK_CASE("sqlite: a sample that is missing from a batch that was not pruned is damage");
	CHECK_INT(sqlite3_exec(db, "DELETE FROM sample WHERE id = (SELECT max(id) FROM sample)", NULL, NULL, NULL),
	          SQLITE_OK);
	int n = 0;
	CHECK_INT(store_scan_samples(s, 0, INT64_MAX, count_sample, &n, &err), LAT_DATAERR);
	CHECK(strstr(err.text, "is damaged") != NULL);
	store_close(s);

	CHECK_CASE("sqlite: a store that is only read is not pruned");
	bool more;
	CHECK_INT(store_open_sqlite(&s, path, STORE_READ, &err), 0);
	CHECK_INT(store_prune(s, INT64_MAX, 10, &done, &more, &err), LAT_IOERR);
	CHECK(until_of(s) > HOUR);
	store_close(s);
}

int main(void)
{
	static both_case *const cases[] = {what_goes, clocks, steps, property, beyond};
	char *folder = fixture_folder();

	if (folder == NULL)
		return 1;
	file(fixture_path(folder, "file.db"));
	fixture_remove(folder);
	return run_both(cases, LAT_COUNT(cases), "store_prune_test");
}
