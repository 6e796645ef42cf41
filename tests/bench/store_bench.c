/* What the store costs, beside bare SQLite doing the same in the same run; the ratios are what
 * counts, times are of this machine.
 *
 *     store_bench [HOURS [cells]]     so many hours of 50 probes x 20 series (default 72; a month
 *                                     is 720); "cells": without the part about appending
 *
 * What waits for the disk (appending, folding in between) is told by the clock, what only reckons
 * (scans, and the fold of a backlog beside them) in processor time, since others use the
 * machine. It ends with the criteria, and with 1 if one doesn't hold. What is a month's is reckoned from
 * HOURS, in whose cells it is linear. */
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/num.h"
#include "lib/sketch.h"
#include "schema/store.h"
#include "schema/store_file.h"
#include "tests/bench/bare_insert.h"
#include "tests/unit/schema/store_fixture.h"

#define PROBES 50
#define SERIES 20

static struct err err;

static void must(int status)
{
	if (status != 0)
		exit(err_print(&err, "store_bench"));
}

static double seconds_since(struct mono from)
{
	return (double)mono_diff_us(from, mono_now()) / 1e6;
}

/* Processor time of this process, seconds. */
static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void line(const char *what, double n, double seconds, const char *unit, double base)
{
	printf("%-58s %10.0f %s/s", what, n / seconds, unit);
	if (base > 0)
		printf("  %5.2f x", n / seconds / base);
	printf("\n");
	fflush(stdout);
}

/* ---- criteria --------------------------------------------------------------------------- */

struct verdict { const char *what; double found, limit; bool least; };

/* least: `found` must not be below the limit, otherwise not above it. */
static VEC(struct verdict) verdicts;

static void judge(const char *what, double found, double limit, bool least)
{
	struct verdict *v = vec_add(&verdicts);

	if (v == NULL)
		exit(1);
	*v = (struct verdict){what, found, limit, least};
}

static bool all_hold(void)
{
	bool all = true;

	printf("\n%-58s %10s %10s\n", "criterion", "found", "limit");
	for (size_t i = 0; i < verdicts.len; i++) {
		const struct verdict *v = &verdicts.at[i];
		bool holds = v->least ? v->found >= v->limit : v->found <= v->limit;
		printf("%-58s %10.2f %s%9.2f  %s\n", v->what, v->found, v->least ? ">" : "<", v->limit,
		       holds ? "holds" : "DOES NOT HOLD");
		all = all && holds;
	}
	return all;
}

/* ---- rows -------------------------------------------------------------------------------- */

static struct batch *round_of(uint64_t number, int probe, int64_t started_us, int samples, struct rng *r)
{
	static char probes[PROBES][16], targets[SERIES][16];
	struct batch *b;

	snprintf(probes[probe], sizeof probes[probe], "probe-%d", probe);
	b = fixture_batch(number, probes[probe], started_us);
	b->round_ok = samples;
	for (int j = 0; j < samples; j++) {
		snprintf(targets[j % SERIES], sizeof targets[0], "target-%d", j % SERIES);
		struct sample *x =
			fixture_sample(b, targets[j % SERIES], started_us + rng_below(r, 20 * US_PER_S));
		/* a round trip of the pair of probe and target, with jitter of a few percent */
		uint32_t rtt = 5000 + (uint32_t)(probe * 7919 + j % SERIES * 104729) % 200000;
		x->dns_us = 500 + rng_below(r, 20000);
		x->tcp_us = rtt + rng_below(r, rtt / 20);
		x->tls_us = rtt + 3000 + rng_below(r, rtt / 20);
		x->wait_us = rtt + 2000 + rng_below(r, rtt / 10);
		x->body_us = 4 * rtt + rng_below(r, rtt / 2);
		x->min_rtt_us = rtt - 100 + rng_below(r, rtt / 50);
		x->bytes = 1000000;
	}
	return b;
}

/* Append `rows` samples in batches of `size`, `group` batches a call. */
static double append(struct store *s, int64_t rows, int size, int group)
{
	struct rng r;
	struct batch *b[64];
	struct store_batch sb[64];
	double seconds = 0;
	uint64_t number = 0;

	rng_seed(&r, 1);
	for (int64_t done = 0; done < rows; done += (int64_t)size * group) {
		for (int i = 0; i < group; i++) {
			number++;
			b[i] = round_of(number, (int)(number % PROBES),
			                FIXTURE_HOUR + (int64_t)(number / PROBES) * 300 * US_PER_S, size, &r);
			sb[i] = fixture_push(b[i]);
		}
		struct mono from = mono_now();
		must(store_append(s, sb, (size_t)group, &err));
		seconds += seconds_since(from);
		for (int i = 0; i < group; i++)
			fixture_free(b[i]);
	}
	return seconds;
}

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* ---- cells --------------------------------------------------------------------------------- */

/* What the fold must at least do: step through the rows and read what it needs. */
static double bare_scan(const char *path, int64_t *rows)
{
	sqlite3 *db = open_bare(path);
	sqlite3_stmt *st = prepare_bare(db, "SELECT dt_us, series, nth, lagged, error, error_phase, dns_us, "
	                                    "tcp_us, tls_us, wait_us, body_us, min_rtt_us FROM sample");
	int rc;
	int64_t sum = 0;

	double from = cpu();
	for (*rows = 0; (rc = sqlite3_step(st)) == SQLITE_ROW; ++*rows)
		for (int c = 0; c < 12; c++)
			sum += sqlite3_column_int64(st, c);
	double seconds = cpu() - from;
	must_sqlite(db, rc);
	sqlite3_finalize(st);
	sqlite3_close(db);
	if (sum == 0)
		printf("# no rows\n");
	return seconds;
}

struct merged { struct cell all[PROBES]; uint64_t cells; };

static int merge(void *ctx, const struct store_cell *c, struct err *e)
{
	struct merged *m = ctx;

	m->cells++;
	return cell_merge(&m->all[m->cells % 6], c->cell) ? 0 : err_nomem(e);
}

static double scan(struct store *s, uint32_t measures, uint64_t *cells)
{
	struct store_window w = {0, INT64_MAX, US_PER_HOUR, measures};
	struct merged m = {0};
	double from = cpu();

	must(store_scan_cells(s, &w, merge, &m, &err));
	double seconds = cpu() - from;
	*cells = m.cells;
	for (int i = 0; i < PROBES; i++)
		cell_free(&m.all[i]);
	return seconds;
}

static int64_t pages_of(const char *path, const char *table)
{
	sqlite3 *db = open_bare(path);
	sqlite3_stmt *st = prepare_bare(db, "SELECT sum(pgsize) FROM dbstat WHERE name = ?1");
	int64_t n = 0;

	must_sqlite(db, sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC));
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static double smaller(double a, double b)
{
	return a == 0 || b < a ? b : a;
}

/* Each way three times in turn, the best of each: others use this machine too. */
static void rows(const char *folder)
{
	enum { ROWS = 500000, WAYS = 3 };
	static const struct { const char *name; int size, group; int64_t rows; } ways[WAYS] = {
		{"store: batches of 1000, one a commit", 1000, 1, ROWS},
		{"store: batches of 20, 50 a commit", 20, 50, ROWS},
		{"store: batches of 20, one a commit", 20, 1, ROWS / 10},
	};
	double bare = 0, best[WAYS] = {0}, size[WAYS];

	for (int turn = 0; turn < 3; turn++) {
		char name[40];
		snprintf(name, sizeof name, "bare-%d.db", turn);
		bare = smaller(bare, bare_insert(fixture_path(folder, name), ROWS));
		for (int i = 0; i < WAYS; i++) {
			struct store *s;
			snprintf(name, sizeof name, "rows-%d-%d.db", turn, i);
			const char *path = fixture_path(folder, name);
			must(store_open_sqlite(&s, path, STORE_CREATE, &err));
			best[i] = smaller(best[i], append(s, ways[i].rows, ways[i].size, ways[i].group));
			store_close(s);
			size[i] = (double)size_of(path) / (double)ways[i].rows;
		}
	}
	line("bare SQLite: 1000 rows a commit, the same columns", ROWS, bare, "rows", 0);
	for (int i = 0; i < WAYS; i++) {
		line(ways[i].name, (double)ways[i].rows, best[i], "rows", ROWS / bare);
		printf("%-58s %10.1f bytes\n", "  on the disk, a sample", size[i]);
	}
	judge("bytes on disk a raw sample, batches of 20", size[2], 110, false);
}

/* One round of every probe, in one append. */
static double append_round(struct store *s, uint64_t *number, int64_t t_us, struct rng *r)
{
	struct batch *b[PROBES];
	struct store_batch sb[PROBES];

	for (int p = 0; p < PROBES; p++) {
		b[p] = round_of(++*number, p, t_us, SERIES, r);
		sb[p] = fixture_push(b[p]);
	}
	struct mono from = mono_now();
	must(store_append(s, sb, PROBES, &err));
	double seconds = seconds_since(from);
	for (int p = 0; p < PROBES; p++)
		fixture_free(b[p]);
	return seconds;
}

static double fold_all(struct store *s)
{
	struct mono from = mono_now();
	size_t left;

	must(store_fold(s, SIZE_MAX, &left, &err));
	return seconds_since(from);
}

/* The fold of a backlog, in processor time. */
static double fold_cpu(const char *path)
{
	struct store *s;

	must(store_open_sqlite(&s, path, STORE_WRITE, &err));
	double from = cpu();
	fold_all(s);
	double seconds = cpu() - from;
	store_close(s);
	return seconds;
}

/* One window over the first `hours`, merged by continent; only `total`. */
static double scan_hours(struct store *s, int64_t hours, uint64_t *cells)
{
	struct store_window w = {0, FIXTURE_HOUR + hours * US_PER_HOUR, US_PER_HOUR, 1u << M_TOTAL};
	struct merged m = {0};
	double from = cpu();

	must(store_scan_cells(s, &w, merge, &m, &err));
	double seconds = cpu() - from;
	*cells = m.cells;
	for (int i = 0; i < PROBES; i++)
		cell_free(&m.all[i]);
	return seconds;
}

/* The collector's writer under more than it can fold at once: a backlog of 4096 batches, and after each
 * commit as many are folded as came, and 16 more. */
static void keep_up(struct store *s, uint64_t *number, int64_t t_us, struct rng *r)
{
	enum { BACKLOG = 4100, STEP = PROBES + 16, ROUNDS = 100 };
	double appended = 0, folded = 0;
	int64_t batches = 0;
	size_t left = 0;

	for (int k = 0; k * PROBES < BACKLOG; k++, t_us += 60 * US_PER_S)
		append_round(s, number, t_us, r);
	must(store_fold(s, 0, &left, &err));
	size_t before = left;
	for (int k = 0; k < ROUNDS; k++, t_us += 60 * US_PER_S) {
		appended += append_round(s, number, t_us, r);
		struct mono from = mono_now();
		must(store_fold(s, STEP, &left, &err));
		folded += seconds_since(from);
	}
	batches = (int64_t)(before + ROUNDS * PROBES - left);
	line("busy: appended, 50 batches of 20 a commit", ROUNDS * PROBES * SERIES, appended, "rows", 0);
	line("busy: folded between them, of a backlog", (double)batches * SERIES, folded, "rows",
	     ROUNDS * PROBES * SERIES / appended);
	printf("%-58s %10.0f rows/s\n", "busy: both, in one thread",
	       ROUNDS * PROBES * SERIES / (appended + folded * ROUNDS * PROBES / (double)batches));
	judge("the backlog shrinks while rounds are appended: batches", (double)left / (double)before, 1, false);
}

struct cost { double total_only; }; /* seconds a cell */

static struct cost cells(const char *folder, int64_t hours, int per_hour)
{
	struct store *s;
	struct rng r;
	char name[40];
	uint64_t n, half, number = 0;
	int64_t scanned;

	snprintf(name, sizeof name, "cells-%d.db", per_hour);
	const char *path = fixture_path(folder, name);
	printf("%" PRId64 " hours of %d probes x %d series, %d samples an hour\n", hours, PROBES, SERIES,
	       per_hour);
	rng_seed(&r, 5);
	must(store_open_sqlite(&s, path, STORE_CREATE, &err));
	for (int64_t k = 0; k < hours * per_hour; k++)
		append_round(s, &number, FIXTURE_HOUR + k * (3600 / per_hour) * US_PER_S, &r);
	store_close(s);
	double bare = 0, fold = 0;
	for (int turn = 0; turn < 3; turn++) {
		const char *copy = fixture_path(folder, "copy.db");
		must(store_file_copy(path, copy, 0600, true, &err));
		bare = smaller(bare, bare_scan(copy, &scanned));
		fold = smaller(fold, fold_cpu(copy));
	}
	line("bare scan of the rows, 12 columns", (double)scanned, bare, "rows", 0);
	must(store_open_sqlite(&s, path, STORE_WRITE, &err));
	fold_all(s);
	line("fold of a backlog", (double)scanned, fold, "rows", (double)scanned / bare);
	judge(per_hour == 60 ? "fold of a backlog / bare scan, 60 samples a cell"
	                     : "fold of a backlog / bare scan, 12 samples a cell", bare / fold, 0.5, true);
	store_close(s);

	must(store_open_sqlite(&s, path, STORE_READ, &err));
	line("scan and merge, total only, first", (double)hours * PROBES * SERIES,
	     scan(s, 1u << M_TOTAL, &n), "cells", 0);
	double part = 0, warm = 0;
	for (int turn = 0; turn < 3; turn++) {
		part = smaller(part, scan_hours(s, hours / 2, &half));
		warm = smaller(warm, scan_hours(s, hours, &n));
	}
	line("scan and merge, total only, warm, half of it", (double)half, part, "cells", 0);
	line("scan and merge, total only, warm", (double)n, warm, "cells", 0);
	line("scan and merge, all measures", (double)n, scan(s, FIXTURE_ALL, &n), "cells", 0);
	store_close(s);
	double size = (double)pages_of(path, "cell") / (double)n;
	printf("%-58s %10.0f bytes\n", "  on the disk, a cell", size);
	struct cost cost = {warm / (double)n};
	if (per_hour == 12) {
		judge("seconds: a month (720 k cells) by continent, warm", cost.total_only * 720e3, 2, false);
		judge("linear in cells: twice as many cost so many times", warm / part * (double)half / (double)n * 2,
		      2.5, false);
	} else {
		judge("bytes on disk a cell of 60 samples", size, 1200, false);
	}

	must(store_open_sqlite(&s, path, STORE_WRITE, &err));
	double appended = 0, folded = 0, rounds = 60;
	int64_t t_us = FIXTURE_HOUR + hours * US_PER_HOUR;
	for (int k = 0; k < rounds; k++, t_us += 60 * US_PER_S) {
		appended += append_round(s, &number, t_us, &r);
		folded += fold_all(s);
	}
	line("idle: appended, 50 batches of 20 a commit", rounds * PROBES * SERIES, appended, "rows", 0);
	line("idle: folded after each such commit", rounds * PROBES * SERIES, folded, "rows",
	     rounds * PROBES * SERIES / appended);
	if (per_hour == 60)
		keep_up(s, &number, t_us, &r);
	store_close(s);
	return cost;
}

int main(int argc, char **argv)
{
	char *folder = fixture_folder();
	int64_t hours = 72;

	if (folder == NULL || (argc > 1 && num_parse_i64(argv[1], "HOURS", 2, 10000, &hours, &err) != 0))
		return err_print(&err, "store_bench");
	if (argc < 3)
		rows(folder);
	struct cost sparse = cells(folder, hours, 12);
	struct cost dense = cells(folder, hours / 6 + 2, 60);
	judge("flat in samples: a cell of 60 / a cell of 12", dense.total_only / sparse.total_only, 2, false);
	fixture_remove(folder);
	return all_hold() ? 0 : 1;
}
