#include "schema/store_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RUN_TYPE "run" /* of the pointer that goes through a statement */

int store_rows_batch(struct store_sqlite *s, int64_t id, struct store_rows_batch *out, struct err *err)
{
	enum { UUID, PROBE, BOOT, VERSION, PLAN_REV, STARTED, TIMEOUT, ROUND_OK, CPU, RSS, DURATION,
	       DROPPED, REFUSED, UNKNOWN, IMPLAUSIBLE, SAMPLES, SEED,
	       REJECTED, SOURCE, PRUNED };
	sqlite3_stmt *st = s->db->stmt[Q_BATCH_GET];
	struct store_db_bind bind = {.st = st};
	struct batch *b = &out->header;
	int64_t boot = 0, version = 0, plan_rev = 0, refused = 0, source = 0;
	bool row = false;

	memset(out, 0, sizeof *out);
	store_db_bind_int(&bind, id);
	int status = store_db_bound(s->db, &bind, err);
	if (status == 0)
		status = store_db_step(s->db, st, &row, err);
	if (row) {
		const void *uuid = sqlite3_column_blob(st, UUID);
		if (uuid != NULL && sqlite3_column_bytes(st, UUID) == STORE_UUID)
			store_uuid_format(uuid, b->uuid);
		out->id = id;
		out->probe = sqlite3_column_int64(st, PROBE);
		out->implausible = sqlite3_column_int64(st, IMPLAUSIBLE) != 0;
		out->samples = sqlite3_column_int64(st, SAMPLES);
		boot = store_db_int(st, BOOT, 0);
		version = store_db_int(st, VERSION, 0);
		plan_rev = store_db_int(st, PLAN_REV, 0);
		refused = store_db_int(st, REFUSED, 0);
		b->started_us = sqlite3_column_int64(st, STARTED);
		b->timeout_ms = store_db_int(st, TIMEOUT, US_NONE);
		b->round_ok = store_db_int(st, ROUND_OK, US_NONE);
		b->cpu_us = store_db_int(st, CPU, US_NONE);
		b->rss_kib = store_db_int(st, RSS, US_NONE);
		b->duration_us = store_db_int(st, DURATION, US_NONE);
		b->dropped = sqlite3_column_int64(st, DROPPED);
		b->rejected = store_db_int(st, REJECTED, 0);
		source = store_db_int(st, SOURCE, 0);
		out->pruned = store_db_int(st, PRUNED, 0) != 0;
		b->unknown_keys = (uint64_t)sqlite3_column_int64(st, UNKNOWN);
		const char *seed = store_db_text(st, SEED);
		snprintf(out->seed, sizeof out->seed, "%s", seed != NULL ? seed : "");
		b->seed = seed != NULL ? out->seed : NULL;
	}
	store_db_reset(st);
	if (status != 0)
		return status;
	if (!row)
		return err_set(err, LAT_DATAERR, "%s: is damaged: there is no batch %lld", s->db->path,
		               (long long)id);
	if ((status = store_names_text(s, out->probe, &b->probe, err)) != 0
	    || (status = store_names_text(s, boot, &b->boot, err)) != 0
	    || (status = store_names_text(s, version, &b->version, err)) != 0
	    || (status = store_names_text(s, plan_rev, &b->plan_rev, err)) != 0
	    || (status = store_names_text(s, source, &out->source, err)) != 0)
		return status;
	return store_names_text(s, refused, &b->refused, err);
}

/* ---- samples ----------------------------------------------------------------------------- */

/* The arguments of sample_whole(), of which sample_core() has those up to MIN_RTT. */
enum {
	RUN,
	ID,
	DT,
	SERIES,
	NTH,
	LAGGED,
	ERROR,
	DNS,
	TCP,
	TLS,
	WAIT,
	BODY,
	MIN_RTT,
	CORE,
	ERROR_PHASE = CORE,
	LAG,
	RETRANS,
	STATUS,
	BYTES,
	TTL,
	DNS_CACHE,
	ADDR,
	CACHE,
	SEQ,
	LOCATION,
	SYN_RTT,
	AGE,
	CNAME,
	DNS_TRIES,
	DNS_TCP,
	ECS_SCOPE,
	WHOLE
};

/* The samples of batches on their way from a statement to a callback. */
struct run {
	struct store_sqlite *s;
	struct store_rows_batch *batches, *end;
	struct store_rows_batch *batch; /* the last sample's */
	store_rows_fn *fn;
	void *ctx;
	struct sample sample;
	int status;            /* not 0: `err` says why it ended */
	struct err *err;
};

static int64_t integer(sqlite3_value *v, int64_t absent)
{
	int64_t n = sqlite3_value_int64(v); /* 0 for NULL: most need no second call */

	return n == 0 && absent != 0 && sqlite3_value_type(v) == SQLITE_NULL ? absent : n;
}

/* What measures, failures and verdicts come from. */
static int read_core(struct run *run, sqlite3_value **v)
{
	struct sample *out = &run->sample;

	out->t_us = (int64_t)((uint64_t)run->batch->header.started_us + (uint64_t)sqlite3_value_int64(v[DT]));
	out->nth = (uint32_t)integer(v[NTH], 0);
	out->lagged = integer(v[LAGGED], 0) != 0;
	out->error = NEL_OK;
	out->dns_us = integer(v[DNS], US_NONE);
	out->tcp_us = integer(v[TCP], US_NONE);
	out->tls_us = integer(v[TLS], US_NONE);
	out->wait_us = integer(v[WAIT], US_NONE);
	out->body_us = integer(v[BODY], US_NONE);
	out->min_rtt_us = integer(v[MIN_RTT], US_NONE);
	int64_t error = integer(v[ERROR], 0);
	if (error != 0) {
		const char *name;
		int status = store_names_text(run->s, error, &name, run->err);
		if (status != 0)
			return status;
		out->error = nel_type_of(name);
	}
	return 0;
}

static int read_rest(struct run *run, sqlite3_value **v)
{
	struct store_sqlite *s = run->s;
	struct sample *out = &run->sample;
	const struct series *series;
	int status;

	out->seq = (uint32_t)integer(v[SEQ], run->batch->met);
	out->error_phase = (enum nel_phase)integer(v[ERROR_PHASE], NEL_PHASE_NONE);
	out->lag_us = integer(v[LAG], US_NONE);
	out->retrans = integer(v[RETRANS], US_NONE);
	out->status = integer(v[STATUS], US_NONE);
	out->bytes = integer(v[BYTES], US_NONE);
	out->ttl = integer(v[TTL], US_NONE);
	out->dns_cache = (enum dns_cache)integer(v[DNS_CACHE], DNS_CACHE_NONE);
	out->location = (const char *)sqlite3_value_text(v[LOCATION]);
	out->syn_rtt_us = integer(v[SYN_RTT], US_NONE);
	out->age_s = integer(v[AGE], US_NONE);
	out->dns_tries = integer(v[DNS_TRIES], US_NONE);
	out->dns_tcp = integer(v[DNS_TCP], 0) != 0;
	out->ecs_scope = integer(v[ECS_SCOPE], US_NONE);
	if ((status = store_names_text(s, integer(v[ADDR], 0), &out->addr, run->err)) != 0
	    || (status = store_names_text(s, integer(v[CACHE], 0), &out->cache, run->err)) != 0
	    || (status = store_names_text(s, integer(v[CNAME], 0), &out->cname, run->err)) != 0
	    || (status = store_names_series(s, sqlite3_value_int64(v[SERIES]), &series, run->err)) != 0)
		return status;
	out->target = series->target;
	out->target_rev = series->target_rev;
	out->node = series->node;
	out->edge = series->edge;
	out->role = series->role;
	out->kind = series->kind;
	out->ecs = series->ecs;
	out->family = series->family;
	out->resolver = series->resolver;
	out->http = series->http;
	out->tls = series->tls;
	return 0;
}

/* Let run->batch be that of a sample: mostly it is, or is the next. */
static int turn_to(struct run *run, int64_t sample)
{
	int64_t id = sample >> STORE_SQLITE_ID_SHIFT;
	const struct store_rows_batch *from = run->batch;

	while (run->batch->id != id) {
		run->batch = run->batch + 1 < run->end ? run->batch + 1 : run->batches;
		if (run->batch == from)
			return err_set(run->err, LAT_SOFTWARE, "%s: sample %lld of a batch that was not asked for",
			               run->s->db->path, (long long)sample);
	}
	return 0;
}

static void step(sqlite3_context *context, int arguments, sqlite3_value **v)
{
	struct run *run = sqlite3_value_pointer(v[RUN], RUN_TYPE);

	run->status = turn_to(run, sqlite3_value_int64(v[ID]));
	if (run->status == 0)
		run->status = read_core(run, v);
	if (run->status == 0 && arguments == WHOLE)
		run->status = read_rest(run, v);
	if (run->status == 0)
		run->status = run->fn(run->ctx, run->batch, &run->sample, sqlite3_value_int64(v[SERIES]),
		                      run->err);
	run->batch->met++;
	if (run->status != 0)
		sqlite3_result_error_code(context, SQLITE_ABORT); /* run->err has what it was */
}

const struct store_db_function store_rows_functions[] = {
	{"sample_core", CORE, step}, {"sample_whole", WHOLE, step}, {NULL, 0, NULL}
};

static int check_met(const struct run *run)
{
	for (const struct store_rows_batch *b = run->batches; b < run->end; b++)
		if (b->met != (b->pruned ? 0 : b->samples))
			return err_set(run->err, LAT_DATAERR, "%s: is damaged: batch %lld has %lld samples, %lld are there",
			               run->s->db->path, (long long)b->id, (long long)b->samples, (long long)b->met);
	return 0;
}

/* The statement of `bind`, but for its last parameter, which is the run. */
static int go(struct run *run, struct store_db_bind *bind)
{
	struct store_db *db = run->s->db;
	struct err ours;
	bool row;

	store_db_bind_pointer(bind, run, RUN_TYPE);
	int status = store_db_bound(db, bind, run->err);
	if (status != 0)
		return status;
	for (struct store_rows_batch *b = run->batches; b < run->end; b++)
		b->met = 0;
	run->batch = run->batches;
	status = store_db_step(db, bind->st, &row, &ours);
	store_db_reset(bind->st);
	if (run->status != 0)
		return run->status;
	if (status != 0) {
		if (run->err != NULL)
			*run->err = ours;
		return status;
	}
	return check_met(run);
}

int store_rows_samples(struct store_sqlite *s, struct store_rows_batch *b, bool whole, store_rows_fn *fn,
                       void *ctx, struct err *err)
{
	struct run run = {.s = s, .batches = b, .end = b + 1, .fn = fn, .ctx = ctx, .err = err};
	struct store_db_bind bind = {.st = s->db->stmt[whole ? Q_SAMPLE_OF_BATCH : Q_SAMPLE_CORE_OF_BATCH]};
	int64_t first = b->id << STORE_SQLITE_ID_SHIFT;

	store_db_bind_int(&bind, first);
	store_db_bind_int(&bind, first + (b->pruned ? 0 : b->samples) - 1);
	return go(&run, &bind);
}

int store_rows_unfolded(struct store_sqlite *s, struct store_rows_batch *batches, size_t n, store_rows_fn *fn,
                        void *ctx, struct err *err)
{
	struct run run = {.s = s, .batches = batches, .end = batches + n, .fn = fn, .ctx = ctx, .err = err};
	struct store_db_bind bind = {.st = s->db->stmt[Q_SAMPLE_CORE_OF_UNFOLDED]};

	store_db_bind_int(&bind, batches[0].probe);
	store_db_bind_int(&bind, batches[0].id);
	store_db_bind_int(&bind, batches[n - 1].id);
	return go(&run, &bind);
}

int store_rows_damaged_cell(const struct store_sqlite *s, int64_t probe, int64_t hour, int64_t series,
                            struct err *err)
{
	return err_prefix(err, "%s: is damaged: the cell of probe %" PRId64 ", hour %" PRId64 ", series %" PRId64,
	                  s->db->path, probe, hour, series);
}
