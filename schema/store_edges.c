/* Which addresses answered, from the SQLite store's rows: gathered in a table in memory by
 * probe, series and address, then sorted and told. */
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "schema/store_sqlite.h"

struct tally {
	int64_t probe, addr;         /* string ids */
	const struct series *series; /* the names' own, one for each id; NULL: a free place */
	uint64_t samples;
	struct sketch rtt;
	const char *probe_text, *addr_text;
};

/* Open addressing; `cap` is a power of two, and more than `len`. */
struct tallies { struct tally *at; size_t len, cap; };

static size_t slot_of(const struct tallies *t, int64_t probe, const struct series *series, int64_t addr)
{
	const int64_t key[] = {probe, (int64_t)(intptr_t)series, addr};
	size_t i = (size_t)hash64(HASH64_INIT, key, sizeof key) & (t->cap - 1);

	while (t->at[i].series != NULL
	       && (t->at[i].series != series || t->at[i].probe != probe || t->at[i].addr != addr))
		i = (i + 1) & (t->cap - 1);
	return i;
}

static bool grow(struct tallies *t)
{
	struct tallies more = {.len = t->len, .cap = t->cap == 0 ? 256 : t->cap * 2};

	more.at = calloc(more.cap, sizeof *more.at);
	if (more.at == NULL)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->at[i].series != NULL)
			more.at[slot_of(&more, t->at[i].probe, t->at[i].series, t->at[i].addr)] = t->at[i];
	free(t->at);
	*t = more;
	return true;
}

static bool count(struct tallies *t, int64_t probe, const struct series *series, int64_t addr, int64_t rtt_us)
{
	if (t->len * 2 >= t->cap && !grow(t))
		return false;
	struct tally *to = &t->at[slot_of(t, probe, series, addr)];
	if (to->series == NULL) {
		*to = (struct tally){.probe = probe, .addr = addr, .series = series};
		t->len++;
	}
	to->samples++;
	return rtt_us == US_NONE || sketch_add(&to->rtt, rtt_us, 1);
}

static void forget(struct tallies *t)
{
	for (size_t i = 0; i < t->cap; i++)
		sketch_free(&t->at[i].rtt);
	free(t->at);
}

/* ---- reading --------------------------------------------------------------------- */

struct edge_batch { int64_t id, probe, started_us; };

static int read_batch(struct store_sqlite *s, const struct edge_batch *batch, const struct store_edge_window *w,
                      struct tallies *t, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_EDGE_OF_BATCH]};
	int64_t first = batch->id << STORE_SQLITE_ID_SHIFT;
	bool row;

	store_db_bind_int(&b, first);
	store_db_bind_int(&b, first + STORE_MAX_SAMPLES - 1);
	int status = store_db_bound(s->db, &b, err);
	while (status == 0 && (status = store_db_step(s->db, b.st, &row, err)) == 0 && row) {
		int64_t t_us = (int64_t)((uint64_t)batch->started_us
		                         + (uint64_t)sqlite3_column_int64(b.st, 0));
		const struct series *series;
		if (t_us < w->since_us || t_us >= w->until_us)
			continue;
		status = store_names_series(s, sqlite3_column_int64(b.st, 1), &series, err);
		if (status == 0 && store_edge_series(series)
		    && !count(t, batch->probe, series, sqlite3_column_int64(b.st, 2),
		              store_db_int(b.st, 3, US_NONE)))
			status = err_nomem(err);
	}
	store_db_reset(b.st);
	return status;
}

/* Go through the window's batches: with a table, read one in `every`; without, only count their
 * samples in *all. */
static int walk(struct store_sqlite *s, const struct store_edge_window *w, uint64_t every, struct tallies *t,
                uint64_t *all, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_EDGE_BATCHES]};
	bool row;

	store_db_bind_int(&b, w->since_us);
	store_db_bind_int(&b, w->until_us);
	int status = store_db_bound(s->db, &b, err);
	while (status == 0 && (status = store_db_step(s->db, b.st, &row, err)) == 0 && row) {
		const struct edge_batch batch = {sqlite3_column_int64(b.st, 0), sqlite3_column_int64(b.st, 1),
		                                 sqlite3_column_int64(b.st, 2)};
		const void *uuid = sqlite3_column_blob(b.st, 4);
		if (all != NULL)
			*all += (uint64_t)sqlite3_column_int64(b.st, 3);
		else if (uuid != NULL && sqlite3_column_bytes(b.st, 4) == STORE_UUID
		         && store_edge_reads(uuid, every))
			status = read_batch(s, &batch, w, t, err);
	}
	store_db_reset(b.st);
	return status;
}

/* ---- telling --------------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
	const struct tally *a = left, *b = right;
	int c = strcmp(a->probe_text, b->probe_text);

	if (c == 0)
		c = series_compare(a->series, b->series);
	return c == 0 ? strcmp(a->addr_text, b->addr_text) : c;
}

/* Pack the table, name what is in it, and sort it. */
static int arrange(struct store_sqlite *s, struct tallies *t, struct err *err)
{
	size_t n = 0;
	int status = 0;

	for (size_t i = 0; i < t->cap; i++)
		if (t->at[i].series != NULL) {
			struct tally moved = t->at[i];
			t->at[i] = (struct tally){0};
			t->at[n++] = moved;
		}
	for (size_t i = 0; status == 0 && i < n; i++)
		if ((status = store_names_text(s, t->at[i].probe, &t->at[i].probe_text, err)) == 0)
			status = store_names_text(s, t->at[i].addr, &t->at[i].addr_text, err);
	if (status == 0 && n > 1)
		qsort(t->at, n, sizeof *t->at, compare);
	return status;
}

int store_edges_scan(struct store *store, const struct store_edge_window *w, uint64_t *every, store_edge_fn *fn,
                     void *ctx, struct err *err)
{
	struct store_sqlite *s = (struct store_sqlite *)store;
	struct tallies t = {0};
	uint64_t all = 0;

	store_names_trim(&s->names);
	int status = store_db_begin(s->db, false, err);
	if (status != 0)
		return status;
	if (w->max_samples != 0)
		status = walk(s, w, 1, NULL, &all, err);
	if (all > w->max_samples)
		*every = (all + w->max_samples - 1) / w->max_samples;
	if (status == 0)
		status = walk(s, w, *every, &t, NULL, err);
	if (status == 0)
		status = arrange(s, &t, err);
	for (size_t i = 0; status == 0 && i < t.len; i++) {
		const struct tally *from = &t.at[i];
		struct store_edge told = {from->probe_text, from->series, from->addr_text, from->samples,
		                          &from->rtt};
		status = fn(ctx, &told, err);
	}
	forget(&t);
	store_db_rollback(s->db); /* only read */
	return status;
}
