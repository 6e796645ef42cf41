/* The fold: batches into hourly cells. A batch is marked in the transaction that writes
 * its cells, so it is folded once, whenever the process ends. */
#include "lib/clock.h"
#include "schema/store_rows.h"

/* A transaction takes about so many: long enough to write a cell once for many batches,
 * short enough that an append need not wait long. */
#define BATCHES 1000
#define SAMPLES 50000
/* Cells in memory before they are written, of some 6 KB each: few enough to stay in the caches. */
#define CELLS 400

struct fold {
	struct store_sqlite *s;
	const struct store_rows_batch *batch;
	int64_t timeout_us;
	struct store_cellmap cells; /* start: the hour */
	struct cell old;
	struct buf data;
};

static int add_sample(void *ctx, const struct sample *sample, int64_t series, struct err *err)
{
	struct fold *f = ctx;
	struct store_cellmap_entry *e =
		store_cellmap_find(&f->cells, f->batch->probe, sample->t_us / US_PER_HOUR, series, NULL);
	enum cell_verdict verdict = cell_verdict_of(&f->batch->header, sample, f->batch->implausible);

	if (e == NULL || !cell_add(&e->cell, sample, verdict, f->timeout_us))
		return err_nomem(err);
	return 0;
}

/* What the database has of this cell is added to it. */
static int add_old(struct fold *f, struct store_cellmap_entry *e, struct err *err)
{
	struct store_db *db = f->s->db;
	struct store_db_bind b = {.st = db->stmt[Q_CELL_GET]};
	bool row = false;

	store_db_bind_int(&b, e->probe);
	store_db_bind_int(&b, e->start);
	store_db_bind_int(&b, e->series);
	int status = store_db_bound(db, &b, err);
	if (status == 0)
		status = store_db_step(db, b.st, &row, err);
	if (status == 0 && row) {
		const void *data = sqlite3_column_blob(b.st, 0);
		status = cell_decode(&f->old, data, (size_t)sqlite3_column_bytes(b.st, 0), ~0u, err);
		if (status != 0)
			err_prefix(err, "%s: is damaged", db->path);
		else if (!cell_merge(&e->cell, &f->old))
			status = err_nomem(err);
	}
	store_db_reset(b.st);
	return status;
}

static int write_cell(struct fold *f, struct store_cellmap_entry *e, struct err *err)
{
	struct store_db *db = f->s->db;
	struct store_db_bind b = {.st = db->stmt[Q_CELL_PUT]};
	const struct sketch *total = &e->cell.sketch[M_TOTAL];
	int status = add_old(f, e, err);

	if (status != 0)
		return status;
	buf_clear(&f->data);
	if (!cell_encode(&e->cell, &f->data))
		return err_nomem(err);
	store_db_bind_int(&b, e->probe);
	store_db_bind_int(&b, e->start);
	store_db_bind_int(&b, e->series);
	store_db_bind_int(&b, (int64_t)e->cell.attempts);
	store_db_bind_int(&b, (int64_t)cell_failures(&e->cell));
	store_db_bind_but(&b, total->n == 0 ? US_NONE : (int64_t)(sketch_quantile(total, 0.5) + 0.5),
	                  US_NONE);
	store_db_bind_blob(&b, f->data.data, f->data.len);
	if ((status = store_db_bound(db, &b, err)) != 0)
		return status;
	return store_db_run(db, b.st, err);
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

static int fold_batch(struct fold *f, int64_t id, struct err *err)
{
	struct store_db_bind b = {.st = f->s->db->stmt[Q_BATCH_FOLDED]};
	struct store_rows_batch batch;
	int status;

	if ((status = store_rows_batch(f->s, id, &batch, err)) != 0)
		return status;
	f->batch = &batch;
	f->timeout_us = store_timeout_us(&batch.header);
	if ((status = store_rows_samples(f->s, &batch, false, add_sample, f, err)) != 0)
		return status;
	if (f->cells.len >= CELLS && (status = write_cells(f, err)) != 0)
		return status;
	store_db_bind_int(&b, id);
	if ((status = store_db_bound(f->s->db, &b, err)) != 0)
		return status;
	return store_db_run(f->s->db, b.st, err);
}

/* The next batches to fold; *n of them, 0 when there are none left. */
static int next_batches(struct store_sqlite *s, size_t max, int64_t ids[BATCHES], size_t *n, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_BATCH_TO_FOLD]};
	int64_t samples = 0;
	bool row = true;

	*n = 0;
	store_db_bind_int(&b, (int64_t)(max < BATCHES ? max : BATCHES));
	int status = store_db_bound(s->db, &b, err);
	while (status == 0 && samples < SAMPLES && (status = store_db_step(s->db, b.st, &row, err)) == 0
	       && row) {
		ids[(*n)++] = sqlite3_column_int64(b.st, 0);
		samples += sqlite3_column_int64(b.st, 1);
	}
	store_db_reset(b.st);
	return status;
}

/* One transaction; *n gets how many batches it folded. */
static int fold_some(struct fold *f, size_t max, size_t *n, struct err *err)
{
	int64_t ids[BATCHES];
	int status = store_db_begin(f->s->db, true, err);

	*n = 0;
	if (status != 0)
		return status;
	status = next_batches(f->s, max, ids, n, err);
	for (size_t i = 0; status == 0 && i < *n; i++)
		status = fold_batch(f, ids[i], err);
	if (status == 0)
		status = write_cells(f, err);
	if (status == 0)
		return store_db_commit(f->s->db, err);
	store_db_rollback(f->s->db);
	return status;
}

static int count_left(struct store_sqlite *s, size_t *left, struct err *err)
{
	sqlite3_stmt *st = s->db->stmt[Q_BATCH_UNFOLDED_COUNT];
	bool row;
	int status = store_db_step(s->db, st, &row, err);

	*left = status == 0 && row ? (size_t)sqlite3_column_int64(st, 0) : 0;
	store_db_reset(st);
	return status;
}

int store_fold_sqlite(struct store *store, size_t max_batches, size_t *left, struct err *err)
{
	struct fold f = {.s = (struct store_sqlite *)store};
	size_t n = 1;
	int status = 0;

	buf_init(&f.data, 0);
	store_names_trim(&f.s->names);
	while (status == 0 && max_batches > 0 && n > 0) {
		status = fold_some(&f, max_batches, &n, err);
		max_batches -= status == 0 ? n : 0;
	}
	if (status == 0)
		status = count_left(f.s, left, err);
	store_cellmap_free(&f.cells);
	cell_free(&f.old);
	buf_free(&f.data);
	return status;
}
