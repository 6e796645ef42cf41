#include "schema/store_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* The columns of sample_of_batch, of which sample_core_of_batch has those up to MIN_RTT. */
enum {
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
	ERROR_PHASE,
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
	ECS_SCOPE
};

/* What measures, failures and verdicts come from. */
static int read_core(struct store_sqlite *s, sqlite3_stmt *st, struct sample *out, struct err *err)
{
	out->nth = (uint32_t)store_db_int(st, NTH, 0);
	out->lagged = store_db_int(st, LAGGED, 0) != 0;
	out->error = NEL_OK;
	out->dns_us = store_db_int(st, DNS, US_NONE);
	out->tcp_us = store_db_int(st, TCP, US_NONE);
	out->tls_us = store_db_int(st, TLS, US_NONE);
	out->wait_us = store_db_int(st, WAIT, US_NONE);
	out->body_us = store_db_int(st, BODY, US_NONE);
	out->min_rtt_us = store_db_int(st, MIN_RTT, US_NONE);
	int64_t error = sqlite3_column_int64(st, ERROR); /* 0 for NULL, which is no id */
	if (error != 0) {
		const char *name;
		int status = store_names_text(s, error, &name, err);
		if (status != 0)
			return status;
		out->error = nel_type_of(name);
	}
	return 0;
}

static int read_rest(struct store_sqlite *s, sqlite3_stmt *st, int64_t series_id, int64_t position,
                     struct sample *out, struct err *err)
{
	const struct series *series;
	int status;

	out->seq = (uint32_t)store_db_int(st, SEQ, position);
	out->error_phase = (enum nel_phase)store_db_int(st, ERROR_PHASE, NEL_PHASE_NONE);
	out->lag_us = store_db_int(st, LAG, US_NONE);
	out->retrans = store_db_int(st, RETRANS, US_NONE);
	out->status = store_db_int(st, STATUS, US_NONE);
	out->bytes = store_db_int(st, BYTES, US_NONE);
	out->ttl = store_db_int(st, TTL, US_NONE);
	out->dns_cache = (enum dns_cache)store_db_int(st, DNS_CACHE, DNS_CACHE_NONE);
	out->location = store_db_text(st, LOCATION);
	out->syn_rtt_us = store_db_int(st, SYN_RTT, US_NONE);
	out->age_s = store_db_int(st, AGE, US_NONE);
	out->dns_tries = store_db_int(st, DNS_TRIES, US_NONE);
	out->dns_tcp = store_db_int(st, DNS_TCP, 0) != 0;
	out->ecs_scope = store_db_int(st, ECS_SCOPE, US_NONE);
	if ((status = store_names_text(s, store_db_int(st, ADDR, 0), &out->addr, err)) != 0
	    || (status = store_names_text(s, store_db_int(st, CACHE, 0), &out->cache, err)) != 0
	    || (status = store_names_text(s, store_db_int(st, CNAME, 0), &out->cname, err)) != 0
	    || (status = store_names_series(s, series_id, &series, err)) != 0)
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

/* A batch whose samples are not all there. */
static int damaged(struct store_sqlite *s, const struct store_rows_batch *b, int64_t first, struct err *err)
{
	struct store_db_bind bind = {.st = s->db->stmt[Q_SAMPLE_COUNT_OF_BATCH]};
	bool row = false;

	store_db_bind_int(&bind, first);
	store_db_bind_int(&bind, first + STORE_MAX_SAMPLES - 1);
	int status = store_db_bound(s->db, &bind, err);
	if (status == 0 && (status = store_db_step(s->db, bind.st, &row, err)) == 0)
		status = err_set(err, LAT_DATAERR, "%s: is damaged: batch %lld has %lld samples, %lld are there",
		                 s->db->path, (long long)b->id, (long long)b->samples,
		                 (long long)sqlite3_column_int64(bind.st, 0));
	store_db_reset(bind.st);
	return status;
}

int store_rows_samples(struct store_sqlite *s, const struct store_rows_batch *b, bool whole,
                       store_rows_fn *fn, void *ctx, struct err *err)
{
	sqlite3_stmt *st = s->db->stmt[whole ? Q_SAMPLE_OF_BATCH : Q_SAMPLE_CORE_OF_BATCH];
	struct store_db_bind bind = {.st = st};
	int64_t first = b->id << STORE_SQLITE_ID_SHIFT, samples = b->pruned ? 0 : b->samples;
	struct sample sample = {0};
	bool row = true;

	store_db_bind_int(&bind, first);
	int status = store_db_bound(s->db, &bind, err);
	for (int64_t n = 0; status == 0 && n < samples; n++) {
		if ((status = store_db_step(s->db, st, &row, err)) != 0)
			break;
		/* Where the last has its id, each before it has had its own. */
		if (!row || (n == samples - 1 && sqlite3_column_int64(st, ID) != first + n)) {
			store_db_reset(st);
			return damaged(s, b, first, err);
		}
		sample.t_us = (int64_t)((uint64_t)b->header.started_us + (uint64_t)sqlite3_column_int64(st, DT));
		int64_t series = sqlite3_column_int64(st, SERIES);
		status = read_core(s, st, &sample, err);
		if (status == 0 && whole)
			status = read_rest(s, st, series, n, &sample, err);
		if (status == 0)
			status = fn(ctx, &sample, series, err);
	}
	store_db_reset(st);
	return status;
}

int store_rows_damaged_cell(const struct store_sqlite *s, int64_t probe, int64_t hour, int64_t series,
                            struct err *err)
{
	return err_prefix(err, "%s: is damaged: the cell of probe %" PRId64 ", hour %" PRId64 ", series %" PRId64,
	                  s->db->path, probe, hour, series);
}
