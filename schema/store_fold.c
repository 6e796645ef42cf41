/* The fold: batches into hourly cells. A batch leaves the list of those that wait in the transaction
 * that writes its cells, so it is folded once, whenever the process ends. */
#include <math.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/vec.h"
#include "schema/store_rows.h"

/* A transaction takes about so many: long enough to write a cell once for many batches,
 * short enough that an append need not wait long. */
#define BATCHES 1000
#define SAMPLES 50000
/* Cells in memory before they are written: few enough to stay in the caches. An hour's are not parted
 * for it, unless there are so many more. */
#define CELLS 400
#define CELLS_MOST (4 * CELLS)
/* Samples that are read in between. */
#define READ_MOST 4000

struct fold {
	struct store_sqlite *s;
	struct store_cellmap cells; /* start: the hour; samples in the entries' lists */
	struct cell old;
	struct cell_list old_list;
	struct cell_list_work work;
	struct buf data;
};

static int add_sample(void *ctx, const struct store_rows_batch *batch, const struct sample *sample,
                      int64_t series, struct err *err)
{
	struct fold *f = ctx;
	struct store_cellmap_entry *e =
		store_cellmap_find(&f->cells, batch->probe, sample->t_us / US_PER_HOUR, series, NULL);
	enum cell_verdict verdict = cell_verdict_of(&batch->header, sample, batch->implausible);

	if (e == NULL)
		return err_nomem(err);
	if (cell_count(&e->cell, sample, verdict, store_timeout_us(&batch->header))
	    && !cell_list_add(&e->list, sample))
		return err_nomem(err);
	return 0;
}

/* Run a statement that takes the cell of `e`: `counters` and `total_us` (NAN: none) for its columns,
 * f->data for the rest. */
static int put_cell(struct fold *f, enum store_query query, const struct store_cellmap_entry *e,
                    const struct cell *counters, double total_us, struct err *err)
{
	struct store_db *db = f->s->db;
	struct store_db_bind b = {.st = db->stmt[query]};

	store_db_bind_int(&b, e->probe);
	store_db_bind_int(&b, e->start);
	store_db_bind_int(&b, e->series);
	store_db_bind_int(&b, (int64_t)counters->attempts);
	store_db_bind_int(&b, (int64_t)cell_failures(counters));
	store_db_bind_but(&b, isnan(total_us) ? US_NONE : (int64_t)(total_us + 0.5), US_NONE);
	store_db_bind_blob(&b, f->data.data, f->data.len);
	int status = store_db_bound(db, &b, err);
	return status != 0 ? status : store_db_run(db, b.st, err);
}

/* What the database has of this cell, into f->old: with f->old_list if it is and stays a list. */
static int read_old(struct fold *f, const struct store_cellmap_entry *e, struct err *err)
{
	struct store_db *db = f->s->db;
	struct store_db_bind b = {.st = db->stmt[Q_CELL_GET]};
	bool row = false;

	cell_list_clear(&f->old_list);
	store_db_bind_int(&b, e->probe);
	store_db_bind_int(&b, e->start);
	store_db_bind_int(&b, e->series);
	int status = store_db_bound(db, &b, err);
	if (status == 0)
		status = store_db_step(db, b.st, &row, err);
	if (status == 0 && !row)
		status = err_set(err, LAT_DATAERR, "%s: is damaged: a cell is there and is not", db->path);
	if (status == 0) {
		const void *data = sqlite3_column_blob(b.st, 0);
		size_t len = (size_t)sqlite3_column_bytes(b.st, 0);
		if (cell_list_is(data, len))
			status = cell_list_decode(&f->old, &f->old_list, data, len, err);
		else
			status = cell_decode(&f->old, data, len, ~0u, err);
		if (status != 0)
			status = store_rows_damaged_cell(f->s, e->probe, e->start, e->series, err);
	}
	store_db_reset(b.st);
	return status;
}

/* f->data of the old cell and what `e` adds to it. */
static bool add_to_old(struct fold *f, const struct store_cellmap_entry *e, double *total_us)
{
	buf_clear(&f->data);
	if (f->old_list.samples > 0)
		return cell_merge(&f->old, &e->cell) && cell_list_append(&f->old_list, &e->list)
		       && cell_list_encode(&f->old, &f->old_list, &f->work, &f->data, total_us);
	if (!cell_list_merge(&f->old, &e->cell, &e->list) || !cell_encode(&f->old, &f->data))
		return false;
	*total_us = sketch_quantile(&f->old.sketch[M_TOTAL], 0.5);
	return true;
}

/* Most cells of a backlog are new: tried first, so that they cost one statement. */
static int write_cell(struct fold *f, struct store_cellmap_entry *e, struct err *err)
{
	double total_us;
	int status;

	buf_clear(&f->data);
	if (!cell_list_encode(&e->cell, &e->list, &f->work, &f->data, &total_us))
		return err_nomem(err);
	if ((status = put_cell(f, Q_CELL_NEW, e, &e->cell, total_us, err)) != 0
	    || sqlite3_changes(f->s->db->sqlite) != 0)
		return status;
	if ((status = read_old(f, e, err)) != 0)
		return status;
	return add_to_old(f, e, &total_us) ? put_cell(f, Q_CELL_PUT, e, &f->old, total_us, err) : err_nomem(err);
}

static int write_cells(struct fold *f, struct err *err)
{
	int status;

	store_cellmap_sort(&f->cells); /* in the order of the table */
	for (size_t i = 0; i < f->cells.len; i++)
		if ((status = write_cell(f, f->cells.at[i], err)) != 0)
			return status;
	store_cellmap_clear(&f->cells);
	return 0;
}

/* Do both add to the same cells, but for what reaches into another hour? */
static bool same_cells(const struct store_rows_batch *a, const struct store_rows_batch *b)
{
	return a->probe == b->probe && a->header.started_us / US_PER_HOUR == b->header.started_us / US_PER_HOUR;
}

/* The first of the list. */
static int fold_batches(struct fold *f, struct store_rows_batch *batches, size_t n, struct err *err)
{
	int status = 0;

	for (size_t end, i = 0; status == 0 && i < n; i = end) {
		int64_t samples = batches[i].samples;
		for (end = i + 1; end < n && samples < READ_MOST && same_cells(&batches[i], &batches[end]); end++)
			samples += batches[end].samples;
		if (f->cells.len >= CELLS
		    && (f->cells.len >= CELLS_MOST || !same_cells(&batches[i - 1], &batches[i])))
			status = write_cells(f, err);
		if (status == 0)
			status = store_rows_unfolded(f->s, &batches[i], end - i, add_sample, f, err);
	}
	return status != 0 ? status : write_cells(f, err);
}

typedef VEC(struct store_rows_batch) batch_rows;

static void read_header(sqlite3_stmt *st, struct store_rows_batch *out)
{
	enum { ID, COUNT, PROBE, STARTED, TIMEOUT, ROUND_OK, IMPLAUSIBLE };

	out->id = sqlite3_column_int64(st, ID);
	out->samples = sqlite3_column_int64(st, COUNT);
	out->probe = sqlite3_column_int64(st, PROBE);
	out->header.started_us = sqlite3_column_int64(st, STARTED);
	out->header.timeout_ms = store_db_int(st, TIMEOUT, US_NONE);
	out->header.round_ok = store_db_int(st, ROUND_OK, US_NONE);
	out->implausible = sqlite3_column_int64(st, IMPLAUSIBLE) != 0;
}

/* The next batches to fold, into the emptied `out`; none when there are none left. */
static int next_batches(struct store_sqlite *s, size_t max, batch_rows *out, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_UNFOLDED_FIRST]};
	int64_t samples = 0;
	bool row = true;

	out->len = 0;
	store_db_bind_int(&b, (int64_t)(max < BATCHES ? max : BATCHES));
	int status = store_db_bound(s->db, &b, err);
	while (status == 0 && samples < SAMPLES && (status = store_db_step(s->db, b.st, &row, err)) == 0
	       && row) {
		struct store_rows_batch *batch = vec_add(out);
		if (batch == NULL) {
			status = err_nomem(err);
			break;
		}
		read_header(b.st, batch);
		samples += batch->samples;
	}
	store_db_reset(b.st);
	return status;
}

/* They are the first of the list. */
static int leave_list(struct store_sqlite *s, const batch_rows *folded, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_UNFOLDED_DONE]};

	if (folded->len == 0)
		return 0;
	store_db_bind_int(&b, folded->at[folded->len - 1].probe);
	store_db_bind_int(&b, folded->at[folded->len - 1].id);
	int status = store_db_bound(s->db, &b, err);
	return status != 0 ? status : store_db_run(s->db, b.st, err);
}

/* One transaction; *n gets how many batches it folded. */
static int fold_some(struct fold *f, batch_rows *batches, size_t max, size_t *n, struct err *err)
{
	int status = store_db_begin(f->s->db, true, err);

	*n = 0;
	if (status != 0)
		return status;
	status = next_batches(f->s, max, batches, err);
	if (status == 0)
		status = fold_batches(f, batches->at, batches->len, err);
	if (status == 0)
		status = leave_list(f->s, batches, err);
	*n = batches->len;
	if (status == 0)
		return store_db_commit(f->s->db, err);
	store_db_rollback(f->s->db);
	return status;
}

static int count_left(struct store_sqlite *s, size_t *left, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_UNFOLDED_COUNT]};
	bool row = false;

	store_db_bind_int(&b, STORE_LEFT_MOST);
	int status = store_db_bound(s->db, &b, err);
	if (status == 0)
		status = store_db_step(s->db, b.st, &row, err);

	*left = status == 0 && row ? (size_t)sqlite3_column_int64(b.st, 0) : 0;
	store_db_reset(b.st);
	return status;
}

int store_fold_sqlite(struct store *store, size_t max_batches, size_t *left, struct err *err)
{
	struct fold f = {.s = (struct store_sqlite *)store};
	batch_rows batches = {0};
	size_t n = 1;
	int status = 0;

	buf_init(&f.data, 0);
	store_names_trim(&f.s->names);
	while (status == 0 && max_batches > 0 && n > 0) {
		status = fold_some(&f, &batches, max_batches, &n, err);
		max_batches -= status == 0 ? n : 0;
	}
	if (status == 0)
		status = count_left(f.s, left, err);
	store_cellmap_free(&f.cells);
	vec_free(&batches);
	cell_free(&f.old);
	cell_list_free(&f.old_list);
	cell_list_work_free(&f.work);
	buf_free(&f.data);
	return status;
}
