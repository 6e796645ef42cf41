/* What the tests of the store share: batches made by hand or at random, and a way to
 * keep what a scan told, so that two scans can be compared. */
#ifndef LATLAS_TESTS_STORE_FIXTURE_H
#define LATLAS_TESTS_STORE_FIXTURE_H

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/rng.h"
#include "lib/vec.h"
#include "schema/store.h"

/* 2026-11-22T18:00:00Z, a whole hour (and a multiple of six). */
#define FIXTURE_HOUR ((int64_t)(1795370400 * US_PER_S))
#define FIXTURE_ALL ((1u << MEASURES) - 1)

/* ---- a folder of our own --------------------------------------------------------- */

static inline char *fixture_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[512];

	snprintf(path, sizeof path, "%s/latlas-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(path) == NULL ? NULL : strdup(path);
}

static inline int fixture_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void fixture_remove(char *folder)
{
	if (folder != NULL)
		nftw(folder, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

static inline const char *fixture_path(const char *folder, const char *name)
{
	static char path[4][640];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
	return path[next];
}

/* ---- batches --------------------------------------------------------------------- */

/* A batch without samples; `number` makes its UUID. */
static inline struct batch *fixture_batch(uint64_t number, const char *probe, int64_t started_us)
{
	struct batch *b = calloc(1, sizeof *b);

	if (b == NULL)
		abort();
	snprintf(b->uuid, sizeof b->uuid, "%08x-0000-4000-8000-%012" PRIx64, (unsigned)(number * 2654435761u),
	         number);
	b->probe = probe;
	b->boot = "4d8dcf0b-4a3c-4b40-9d4e-0c5ad2a0f5f4";
	b->version = "0.1.0";
	b->plan_rev = "0123456789abcdef";
	b->started_us = started_us;
	b->timeout_ms = 10000;
	b->round_ok = US_NONE;
	b->cpu_us = b->rss_kib = b->duration_us = US_NONE;
	return b;
}

/* A success: dns 7, tcp 120, tls 121, wait 125, body 360 and min_rtt 119 ms. */
static inline struct sample *fixture_sample(struct batch *b, const char *target, int64_t t_us)
{
	struct sample *s = vec_add(&b->samples);

	if (s == NULL)
		abort();
	*s = (struct sample){
		.seq = (uint32_t)b->samples.len - 1,
		.t_us = t_us,
		.target = target,
		.target_rev = "00000000000000aa",
		.family = 4,
		.addr = "203.0.113.7",
		.resolver = "9.9.9.9",
		.ttl = 60,
		.dns_cache = DNS_CACHE_MISS,
		.dns_us = 7000,
		.tcp_us = 120000,
		.tls_us = 121000,
		.wait_us = 125000,
		.body_us = 360000,
		.min_rtt_us = 119000,
		.syn_rtt_us = US_NONE,
		.age_s = US_NONE,
		.dns_tries = 1,
		.ecs_scope = US_NONE,
		.retrans = 0,
		.lag_us = 35,
		.status = 200,
		.http = "2",
		.tls = "1.3",
		.bytes = 51200,
		.edge = "lon",
		.cache = "HIT",
	};
	return s;
}

/* The same, but it failed before it connected. */
static inline struct sample *fixture_failure(struct batch *b, const char *target, int64_t t_us,
                                             enum nel_type type)
{
	struct sample *s = fixture_sample(b, target, t_us);

	s->error = type;
	s->error_phase = nel_phase_of_type(type);
	s->tcp_us = s->tls_us = s->wait_us = s->body_us = s->min_rtt_us = US_NONE;
	s->retrans = s->status = s->bytes = US_NONE;
	s->http = s->tls = s->edge = s->cache = NULL;
	return s;
}

static inline struct audit *fixture_audit(struct batch *b, const char *target, const char *node, int64_t t_us)
{
	struct audit *a = vec_add(&b->audits);

	if (a == NULL)
		abort();
	*a = audit_absent;
	a->target = target;
	a->node = node;
	a->t_us = t_us;
	return a;
}

static inline void fixture_free(struct batch *b)
{
	batch_free(b);
	free(b);
}

/* As it would be appended; the digest stands for the number of the batch. */
static inline struct store_batch fixture_push(const struct batch *b)
{
	struct store_batch sb = {.batch = b,
	                         .received_us = b->started_us + US_PER_S,
	                         .skew_us = STORE_NO_SKEW};

	memcpy(sb.digest, b->uuid, sizeof sb.digest);
	return sb;
}

/* A round as a planet's probe could have it. Of three probes; samples at random within 40
 * minutes, so that many cross an hour; some rounds late, some all failed, some lagged, some
 * of a wrong clock. */
static inline struct batch *fixture_random(struct rng *r, uint64_t number, bool *implausible)
{
	static const char *const probes[] = {"mumbai-1", "frankfurt-1", "sao-paulo-1"};
	static const char *const targets[] = {"www", "origin", "img"};
	static const char *const nodes[] = {NULL, NULL, "lon", "fra", "nrt"};
	static const char *const edges[] = {"lon", "fra", "nrt", NULL};
	static const char *const addrs[] = {"203.0.113.7", "198.51.100.4", "2001:db8::1"};
	int64_t late = rng_below(r, 10) == 0 ? (int64_t)rng_below(r, 100) : 0; /* hours */
	struct batch *b = fixture_batch(number, probes[rng_below(r, 3)],
	                                FIXTURE_HOUR + (int64_t)(number / 50 - (uint64_t)late) * US_PER_HOUR
	                                + (int64_t)rng_below(r, 3600) * US_PER_S);
	bool outage = rng_below(r, 15) == 0;
	uint32_t n = rng_below(r, 30);

	*implausible = rng_below(r, 20) == 0;
	b->timeout_ms = rng_below(r, 4) == 0 ? 5000 : 10000;
	for (uint32_t i = 0; i < n; i++) {
		int64_t t = b->started_us + (int64_t)rng_below(r, 2400) * US_PER_S + rng_below(r, 1000000);
		const char *target = targets[rng_below(r, 3)];
		bool fails = outage || rng_below(r, 8) == 0;
		struct sample *s = fails ? fixture_failure(b, target, t,
		                                           (enum nel_type)(1 + rng_below(r, NEL_TYPES - 1)))
		                         : fixture_sample(b, target, t);
		s->node = nodes[rng_below(r, 5)];
		s->role = rng_below(r, 5) == 0 ? ROLE_BASELINE : ROLE_CDN;
		s->nth = rng_below(r, 4) == 0;
		s->family = rng_below(r, 3) == 0 ? 6 : 4;
		s->kind = rng_below(r, 6) == 0 ? (enum series_kind)rng_below(r, SERIES_KINDS) : KIND_COLD;
		if (s->kind == KIND_DNS_ONLY) {
			s->ecs = rng_below(r, 2) == 0 ? "49.36.0.0/16" : "2001:db8::/32";
			s->ecs_scope = rng_below(r, 3) == 0 ? US_NONE : (int64_t)rng_below(r, 25);
			s->cname = rng_below(r, 2) == 0 ? "a.example b.example" : NULL;
			s->dns_tcp = rng_below(r, 2) == 0;
		}
		s->lagged = rng_below(r, 25) == 0;
		if (s->node != NULL) {
			s->dns_us = s->ttl = US_NONE;
			s->resolver = NULL;
			s->dns_cache = DNS_CACHE_NONE;
		}
		if (fails)
			continue;
		s->edge = edges[rng_below(r, 4)];
		s->http = rng_below(r, 5) == 0 ? "1.1" : "2";
		s->tcp_us = 1000 + rng_below(r, 300000);
		s->wait_us = rng_below(r, 400000);
		s->addr = addrs[s->wait_us % 3];
		s->body_us = rng_below(r, 9) == 0 ? US_NONE : (int64_t)rng_below(r, 2000000);
		s->min_rtt_us = rng_below(r, 9) == 0 ? US_NONE : (int64_t)rng_below(r, 300000);
		if (s->dns_us != US_NONE)
			s->dns_us = rng_below(r, 50000);
	}
	int64_t ok = 0;
	for (size_t i = 0; i < b->samples.len; i++)
		ok += b->samples.at[i].error == NEL_OK;
	b->round_ok = rng_below(r, 10) == 0 ? US_NONE : ok;
	if (rng_below(r, 3) == 0)
		fixture_audit(b, targets[rng_below(r, 3)], nodes[rng_below(r, 5)],
		              b->started_us + (int64_t)rng_below(r, 60) * US_PER_S)->sha256 = b->uuid;
	return b;
}

/* ---- what a scan told ------------------------------------------------------------ */

struct told {
	char probe[80], series[320];
	int64_t start_us;
	struct cell cell;
	const struct series *pointer;
};

typedef VEC(struct told *) told_vec;

static inline const char *fixture_series_text(const struct series *s, char *out, size_t size)
{
	snprintf(out, size, "%s/%s/%s/%s/%s/%s/%d/%s/%s/%s/%s", s->target,
	         s->target_rev ? s->target_rev : "-", s->node ? s->node : "-", s->edge ? s->edge : "-",
	         role_name(s->role), series_kind_name(s->kind), s->family, s->resolver ? s->resolver : "-",
	         s->ecs ? s->ecs : "-", s->http ? s->http : "-", s->tls ? s->tls : "-");
	return out;
}

static inline int fixture_keep(void *ctx, const struct store_cell *cell, struct err *err)
{
	told_vec *v = ctx;
	struct told **slot = vec_add(v);
	struct told *t = calloc(1, sizeof *t);

	(void)err;
	if (slot == NULL || t == NULL)
		abort();
	*slot = t;
	snprintf(t->probe, sizeof t->probe, "%s", cell->probe);
	fixture_series_text(cell->series, t->series, sizeof t->series);
	t->pointer = cell->series;
	t->start_us = cell->start_us;
	if (!cell_merge(&t->cell, cell->cell))
		abort();
	return 0;
}

static inline void fixture_forget(told_vec *v)
{
	for (size_t i = 0; i < v->len; i++) {
		cell_free(&v->at[i]->cell);
		free(v->at[i]);
	}
	vec_free(v);
}

/* NULL if both told the same cells in the same order, else what differs first. */
static inline const char *fixture_difference(const told_vec *a, const told_vec *b)
{
	static char text[600];

	for (size_t i = 0; i < a->len && i < b->len; i++) {
		const struct told *x = a->at[i], *y = b->at[i];
		if (strcmp(x->probe, y->probe) != 0 || x->start_us != y->start_us
		    || strcmp(x->series, y->series) != 0) {
			snprintf(text, sizeof text,
			         "cell %zu: %s %" PRId64 " %.200s, and %s %" PRId64 " %.200s", i, x->probe,
			         x->start_us, x->series, y->probe, y->start_us, y->series);
			return text;
		}
		if (!cell_equal(&x->cell, &y->cell)) {
			snprintf(text, sizeof text,
			         "cell %zu, %s %" PRId64 " %.200s: %" PRIu64 " and %" PRIu64
			         " attempts, or else",
			         i, x->probe, x->start_us, x->series, x->cell.attempts, y->cell.attempts);
			return text;
		}
	}
	if (a->len == b->len)
		return NULL;
	snprintf(text, sizeof text, "%zu and %zu cells", a->len, b->len);
	return text;
}

#endif
