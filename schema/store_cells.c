/* Scanning cells: for one probe after the other, three sources are added up and told in
 * order of start and series.
 *
 *   whole hours of the window   rows of `cell`, and the samples of batches not folded yet
 *   hours that the window cuts  raw samples of the window
 *   units below an hour         raw samples of the window
 *
 * All of it is read in one transaction, so a batch that is folded meanwhile is neither
 * missed nor counted twice. Rows of `cell` are streamed. What comes from samples (the
 * overlay) is added up in memory first; where that would be much, the window is halved until
 * it isn't. */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/vec.h"
#include "schema/store_rows.h"

/* Samples of one overlay. A cell in memory takes up to some 20 KB, mostly of one hour's samples. */
#define OVERLAY_SAMPLES 20000

/* What of a batch's samples is to be added up: those in [since, until). */
struct piece {
	int64_t batch, since_us, until_us;
	int64_t first_us, last_us, samples; /* of the whole batch */
};

typedef VEC(struct piece) piece_vec;

struct probe_name { int64_t id; const char *name; };

typedef VEC(struct probe_name) probe_vec;

/* A cell that is to be told. */
struct ready { const struct series *series; const struct cell *cell; };

struct scan {
	struct store_sqlite *s;
	const struct store_window *w;
	store_cell_fn *fn;
	void *ctx;
	int64_t hours_from, hours_until; /* whole hours of the window, in microseconds; equal: none */
	struct probe_name probe;
	/* while samples are added up */
	const struct piece *piece;
	/* memory that is used again */
	struct store_cellmap overlay, unit;
	struct cell other;
	VEC(struct ready) ready;
};

static int64_t start_of(int64_t t_us, int64_t unit_us)
{
	return t_us - t_us % unit_us;
}

/* ---- the overlay ------------------------------------------------------------- */

static int add_sample(void *ctx, const struct store_rows_batch *batch, const struct sample *sample,
                      int64_t series, struct err *err)
{
	struct scan *c = ctx;

	if (sample->t_us < c->piece->since_us || sample->t_us >= c->piece->until_us)
		return 0;
	struct store_cellmap_entry *e =
		store_cellmap_find(&c->overlay, 0, start_of(sample->t_us, c->w->unit_us), series, NULL);
	enum cell_verdict verdict = cell_verdict_of(&batch->header, sample, batch->implausible);
	if (e == NULL || !cell_add(&e->cell, sample, verdict, store_timeout_us(&batch->header)))
		return err_nomem(err);
	return 0;
}

/* The batches of the probe that `query` finds in [since, until). */
static int find_batches(struct scan *c, enum store_query query, int64_t since_us, int64_t until_us,
                        piece_vec *pieces, struct err *err)
{
	struct store_db *db = c->s->db;
	struct store_db_bind b = {.st = db->stmt[query]};
	bool row;

	if (since_us >= until_us)
		return 0;
	store_db_bind_int(&b, since_us);
	store_db_bind_int(&b, until_us);
	store_db_bind_int(&b, c->probe.id);
	int status = store_db_bound(db, &b, err);
	while (status == 0 && (status = store_db_step(db, b.st, &row, err)) == 0 && row) {
		struct piece *p = vec_add(pieces);
		if (p == NULL) {
			status = err_nomem(err);
			break;
		}
		*p = (struct piece){.batch = sqlite3_column_int64(b.st, 0), .since_us = since_us, .until_us = until_us,
		                    .samples = sqlite3_column_int64(b.st, 1),
		                    .first_us = sqlite3_column_int64(b.st, 2),
		                    .last_us = sqlite3_column_int64(b.st, 3)};
	}
	store_db_reset(b.st);
	return status;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What of the window must come from samples. It is read once: unfolded batches have no index by time, and
 * a backlog of many read again for each half of each half would be the square of it. */
static int find_pieces(struct scan *c, piece_vec *pieces, struct err *err)
{
	int64_t since_us = c->w->since_us, until_us = c->w->until_us;
	int status;

	if (c->hours_from == c->hours_until)
		return find_batches(c, Q_BATCH_OF_PROBE, since_us, until_us, pieces, err);
	if ((status = find_batches(c, Q_BATCH_OF_PROBE, since_us, c->hours_from, pieces, err)) != 0)
		return status;
	if ((status = find_batches(c, Q_UNFOLDED_OF_PROBE, c->hours_from, c->hours_until, pieces, err)) != 0)
		return status;
	return find_batches(c, Q_BATCH_OF_PROBE, c->hours_until, until_us, pieces, err);
}

/* What of a piece lies before `middle`, and what behind. false: nothing. */
static bool piece_before(const struct piece *p, int64_t middle, struct piece *part)
{
	*part = *p;
	part->until_us = smaller(p->until_us, middle);
	return part->since_us < part->until_us && p->first_us < part->until_us;
}

static bool piece_from(const struct piece *p, int64_t middle, struct piece *part)
{
	*part = *p;
	part->since_us = larger(p->since_us, middle);
	return part->since_us < part->until_us && p->last_us >= part->since_us;
}

/* Keep what lies before `middle`; what lies behind goes to `later`. */
static int split_pieces(piece_vec *pieces, int64_t middle, piece_vec *later, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < pieces->len; i++) {
		struct piece whole = pieces->at[i], part;
		if (piece_from(&whole, middle, &part)) {
			struct piece *p = vec_add(later);
			if (p == NULL)
				return err_nomem(err);
			*p = part;
		}
		if (piece_before(&whole, middle, &part))
			pieces->at[kept++] = part;
	}
	pieces->len = kept;
	return 0;
}

static int fill_overlay(struct scan *c, const piece_vec *pieces, struct err *err)
{
	int status;

	store_cellmap_clear(&c->overlay);
	for (size_t i = 0; i < pieces->len; i++) {
		struct store_rows_batch batch;
		if ((status = store_rows_batch(c->s, pieces->at[i].batch, &batch, err)) != 0)
			return status;
		c->piece = &pieces->at[i];
		if ((status = store_rows_samples(c->s, &batch, false, add_sample, c, err)) != 0)
			return status;
	}
	for (size_t i = 0; i < c->overlay.len; i++)
		for (int m = 0; m < MEASURES; m++)
			if ((c->w->measures >> m & 1) == 0)
				sketch_clear(&c->overlay.at[i]->cell.sketch[m]);
	store_cellmap_sort(&c->overlay);
	return 0;
}

/* ---- telling ----------------------------------------------------------------- */

static int compare_ready(const void *left, const void *right)
{
	const struct ready *a = left, *b = right;

	return series_compare(a->series, b->series);
}

/* Tell the cells of one unit of time, by series. */
static int tell_unit(struct scan *c, int64_t start_us, struct err *err)
{
	int status;

	vec_clear(&c->ready);
	for (size_t i = 0; i < c->unit.len; i++) {
		struct ready *r = vec_add(&c->ready);
		if (r == NULL)
			return err_nomem(err);
		r->cell = &c->unit.at[i]->cell;
		if ((status = store_names_series(c->s, c->unit.at[i]->series, &r->series, err)) != 0)
			return status;
	}
	if (c->ready.len > 1)
		qsort(c->ready.at, c->ready.len, sizeof *c->ready.at, compare_ready);
	for (size_t i = 0; i < c->ready.len; i++) {
		struct store_cell told = {c->probe.name, c->ready.at[i].series, start_us,
		                          c->ready.at[i].cell};
		if ((status = c->fn(c->ctx, &told, err)) != 0)
			return status;
	}
	store_cellmap_clear(&c->unit);
	return 0;
}

/* Add a stored cell to the unit's. */
static int add_row(struct scan *c, int64_t hour, int64_t series, const void *data, size_t len, struct err *err)
{
	bool added;
	struct store_cellmap_entry *e = store_cellmap_find(&c->unit, 0, 0, series, &added);

	if (e == NULL)
		return err_nomem(err);
	int status = cell_decode(added ? &e->cell : &c->other, data, len, c->w->measures, err);
	if (status != 0) {
		return store_rows_damaged_cell(c->s, c->probe.id, hour, series, err);
	}
	return added || cell_merge(&e->cell, &c->other) ? 0 : err_nomem(err);
}

static int add_overlay(struct scan *c, const struct store_cellmap_entry *from, struct err *err)
{
	struct store_cellmap_entry *e = store_cellmap_find(&c->unit, 0, 0, from->series, NULL);

	return e != NULL && cell_merge(&e->cell, &from->cell) ? 0 : err_nomem(err);
}

/* Merge the rows of `cell`, hours in [from, until), with the overlay. */
static int tell_range(struct scan *c, int64_t from_us, int64_t until_us, struct err *err)
{
	struct store_db *db = c->s->db;
	struct store_db_bind b = {.st = db->stmt[Q_CELL_OF_PROBE]};
	int64_t unit_us = c->w->unit_us, current = -1, start = 0;
	size_t next = 0; /* of the overlay */
	bool row = false;

	store_cellmap_clear(&c->unit);
	store_db_bind_int(&b, c->probe.id);
	store_db_bind_int(&b, from_us / US_PER_HOUR);
	store_db_bind_int(&b, until_us / US_PER_HOUR);
	int status = store_db_bound(db, &b, err);
	if (status == 0 && from_us < until_us)
		status = store_db_step(db, b.st, &row, err);
	while (status == 0 && (row || next < c->overlay.len)) {
		bool overlay = !row;
		if (row)
			start = start_of(sqlite3_column_int64(b.st, 0) * US_PER_HOUR, unit_us);
		if (next < c->overlay.len && (!row || c->overlay.at[next]->start <= start)) {
			start = c->overlay.at[next]->start;
			overlay = true;
		}
		if (start != current && (status = tell_unit(c, current, err)) != 0)
			break;
		current = start;
		if (overlay)
			status = add_overlay(c, c->overlay.at[next++], err);
		else if ((status = add_row(c, sqlite3_column_int64(b.st, 0), sqlite3_column_int64(b.st, 1), sqlite3_column_blob(b.st, 2),
		                           (size_t)sqlite3_column_bytes(b.st, 2), err)) == 0)
			status = store_db_step(db, b.st, &row, err);
	}
	store_db_reset(b.st);
	return status == 0 ? tell_unit(c, current, err) : status;
}

/* Are these pieces much, and does halving them at `middle` help? Not where most batches reach over both
 * halves (a probe whose clock jumped): each half would then read almost all of them again. */
static bool halving_helps(const piece_vec *pieces, int64_t middle)
{
	int64_t samples = 0, halves = 0;
	struct piece part;

	for (size_t i = 0; i < pieces->len; i++) {
		const struct piece *p = &pieces->at[i];
		samples += p->samples;
		halves += piece_before(p, middle, &part) ? p->samples : 0;
		halves += piece_from(p, middle, &part) ? p->samples : 0;
	}
	return samples > OVERLAY_SAMPLES && halves <= samples + samples / 2;
}

/* One probe, [since, until), which unless at the window's ends are multiples of the unit. Frees the
 * pieces, so that what is left behind takes no memory while the later half is read. */
static int scan_range(struct scan *c, int64_t since_us, int64_t until_us, piece_vec *pieces, struct err *err)
{
	piece_vec later = {0};
	int64_t middle = start_of(since_us + (until_us - since_us) / 2, c->w->unit_us);
	int status;

	if (middle > since_us && halving_helps(pieces, middle)) {
		status = split_pieces(pieces, middle, &later, err);
		if (status == 0)
			status = scan_range(c, since_us, middle, pieces, err);
		vec_free(pieces);
		if (status == 0)
			status = scan_range(c, middle, until_us, &later, err);
		vec_free(&later);
		return status;
	}
	status = fill_overlay(c, pieces, err);
	vec_free(pieces);
	if (status == 0)
		status = tell_range(c, larger(since_us, c->hours_from), smaller(until_us, c->hours_until),
		                    err);
	return status;
}

/* Every cell of one probe. */
static int scan_probe(struct scan *c, struct err *err)
{
	piece_vec pieces = {0};
	int status = find_pieces(c, &pieces, err);

	if (status == 0)
		status = scan_range(c, c->w->since_us, c->w->until_us, &pieces, err);
	vec_free(&pieces);
	return status;
}

/* ---- probes ------------------------------------------------------------------ */

static int compare_probes(const void *left, const void *right)
{
	const struct probe_name *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static int find_probes(struct store_sqlite *s, probe_vec *out, struct err *err)
{
	sqlite3_stmt *st = s->db->stmt[Q_PROBES];
	bool row;
	int status;

	while ((status = store_db_step(s->db, st, &row, err)) == 0 && row) {
		struct probe_name *p = vec_add(out);
		if (p == NULL) {
			status = err_nomem(err);
			break;
		}
		p->id = sqlite3_column_int64(st, 0);
		if ((status = store_names_text(s, p->id, &p->name, err)) != 0)
			break;
	}
	store_db_reset(st);
	if (out->len > 1 && status == 0)
		qsort(out->at, out->len, sizeof *out->at, compare_probes);
	return status;
}

/* Which hours of the window may come from `cell`. */
static void set_hours(struct scan *c, const struct store_window *w)
{
	int64_t from = (w->since_us + US_PER_HOUR - 1) / US_PER_HOUR * US_PER_HOUR;
	int64_t until = start_of(w->until_us, US_PER_HOUR);

	if (w->unit_us < US_PER_HOUR || from >= until)
		from = until = w->until_us;
	c->hours_from = from;
	c->hours_until = until;
}

int store_cells_sqlite(struct store *store, const struct store_window *w, store_cell_fn *fn, void *ctx,
                       struct err *err)
{
	struct store_sqlite *s = (struct store_sqlite *)store;
	struct scan c = {.s = s, .w = w, .fn = fn, .ctx = ctx};
	probe_vec probes = {0};

	store_names_trim(&s->names);
	int status = store_db_begin(s->db, false, err);
	if (status != 0)
		return status;
	set_hours(&c, w);
	status = find_probes(s, &probes, err);
	for (size_t i = 0; status == 0 && i < probes.len; i++) {
		c.probe = probes.at[i];
		status = scan_probe(&c, err);
	}
	store_db_rollback(s->db); /* only read */
	store_cellmap_free(&c.overlay);
	store_cellmap_free(&c.unit);
	cell_free(&c.other);
	vec_free(&c.ready);
	vec_free(&probes);
	return status;
}
