/* Retention: raw samples go, cells and headers stay. A batch is marked in the transaction that
 * deletes its samples, so that none is ever half there. The pages that get free are used
 * again for new samples; the file itself does not shrink. */
#include "schema/store_sqlite.h"

#define BATCHES 1000 /* of prune_find's LIMIT */

struct victim { int64_t id, samples, last_us; /* US_NONE: of an implausible clock */ };

/* The next batches; *more: there are others behind them. */
static int find(struct store_sqlite *s, int64_t before_us, size_t max_samples, struct victim out[BATCHES],
                size_t *n, bool *more, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_PRUNE_FIND]};
	size_t samples = 0;
	bool row = true;

	*n = 0;
	*more = false;
	store_db_bind_int(&b, before_us);
	int status = store_db_bound(s->db, &b, err);
	while (status == 0 && (status = store_db_step(s->db, b.st, &row, err)) == 0 && row) {
		struct victim v = {sqlite3_column_int64(b.st, 0), sqlite3_column_int64(b.st, 1),
		                   store_db_int(b.st, 2, US_NONE)};
		if (*n > 0 && samples + (size_t)v.samples > max_samples) {
			*more = true;
			break;
		}
		samples += (size_t)v.samples;
		out[(*n)++] = v;
		if (*n == BATCHES) {
			*more = true; /* or not: the next step then finds nothing */
			break;
		}
	}
	store_db_reset(b.st);
	return status;
}

static int delete_samples(struct store_sqlite *s, const struct victim *v, struct err *err)
{
	struct store_db_bind samples = {.st = s->db->stmt[Q_PRUNE_SAMPLES]};
	struct store_db_bind mark = {.st = s->db->stmt[Q_PRUNE_MARK]};
	int64_t first = v->id << STORE_SQLITE_ID_SHIFT;
	int status;

	store_db_bind_int(&samples, first);
	store_db_bind_int(&samples, first + STORE_MAX_SAMPLES - 1);
	store_db_bind_int(&mark, v->id);
	if ((status = store_db_bound(s->db, &samples, err)) != 0
	    || (status = store_db_bound(s->db, &mark, err)) != 0
	    || (status = store_db_run(s->db, samples.st, err)) != 0)
		return status;
	return store_db_run(s->db, mark.st, err);
}

static int set_until(struct store_sqlite *s, int64_t until_us, struct err *err)
{
	struct store_db_bind b = {.st = s->db->stmt[Q_PRUNED_UNTIL_SET]};
	int status;

	store_db_bind_int(&b, until_us);
	if ((status = store_db_bound(s->db, &b, err)) != 0)
		return status;
	return store_db_run(s->db, b.st, err);
}

int store_prune_sqlite(struct store *store, int64_t before_us, size_t max_samples, struct store_pruned *done,
                       bool *more, struct err *err)
{
	struct store_sqlite *s = (struct store_sqlite *)store;
	struct victim victims[BATCHES];
	struct store_pruned now = {0};
	int64_t last_us = US_NONE;
	size_t n = 0;
	int status = store_db_begin(s->db, true, err);

	if (status != 0)
		return status;
	status = find(s, before_us, max_samples, victims, &n, more, err);
	for (size_t i = 0; status == 0 && i < n; i++) {
		status = delete_samples(s, &victims[i], err);
		now.samples += victims[i].samples;
		now.batches++;
		if (victims[i].last_us > last_us)
			last_us = victims[i].last_us;
	}
	if (status == 0 && last_us != US_NONE)
		status = set_until(s, last_us + 1, err);
	if (status != 0 || n == 0) {
		store_db_rollback(s->db);
		return status;
	}
	if ((status = store_db_commit(s->db, err)) != 0)
		return status;
	done->batches += now.batches;
	done->samples += now.samples;
	return 0;
}

int store_prune_count(struct store *store, int64_t before_us, struct store_pruned *out, struct err *err)
{
	struct store_db *db = ((struct store_sqlite *)store)->db;
	struct store_db_bind b = {.st = db->stmt[Q_PRUNE_COUNT]};
	bool row = false;

	store_db_bind_int(&b, before_us);
	int status = store_db_bound(db, &b, err);
	if (status == 0)
		status = store_db_step(db, b.st, &row, err);
	if (row) {
		out->batches = sqlite3_column_int64(b.st, 0);
		out->samples = sqlite3_column_int64(b.st, 1);
	}
	store_db_reset(b.st);
	return status;
}

/* The one number of a query; *out stays where it has no row. */
static int read_number(struct store *store, enum store_query query, int64_t *out, struct err *err)
{
	struct store_db *db = ((struct store_sqlite *)store)->db;
	sqlite3_stmt *st = db->stmt[query];
	bool row = false;
	int status = store_db_step(db, st, &row, err);

	if (row)
		*out = sqlite3_column_int64(st, 0);
	store_db_reset(st);
	return status;
}

int store_prune_until(struct store *store, int64_t *until_us, struct err *err)
{
	return read_number(store, Q_PRUNED_UNTIL, until_us, err);
}

int store_prune_received(struct store *store, int64_t *received_us, struct err *err)
{
	return read_number(store, Q_RECEIVED_LAST, received_us, err);
}
