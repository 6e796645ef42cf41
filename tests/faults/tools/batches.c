#include "tests/faults/tools/batches.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/clock.h"
#include "lib/rng.h"

static const struct { const char *target, *node; enum role role; } series[] = {
	{"www", NULL, ROLE_CDN}, {"img", NULL, ROLE_CDN}, {"origin", NULL, ROLE_BASELINE},
	{"www", "lon", ROLE_CDN}, {"www", "fra", ROLE_CDN},
};

static const enum nel_type failures[] = {NEL_DNS_FAILED, NEL_TCP_TIMED_OUT, NEL_TLS_FAILED, NEL_HTTP_ERROR};

bool batches_probes(struct batches *g, const char *path)
{
	char name[80], token[80];
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return false;
	while (fscanf(f, "%79s %79s", name, token) == 2) {
		g->probes = realloc(g->probes, (g->count + 1) * sizeof *g->probes);
		g->tokens = realloc(g->tokens, (g->count + 1) * sizeof *g->tokens);
		if (g->probes == NULL || g->tokens == NULL)
			abort();
		strcpy(g->probes[g->count], name);
		strcpy(g->tokens[g->count++], token);
	}
	fclose(f);
	return g->count > 0;
}

void batches_free(struct batches *g)
{
	free(g->probes);
	free(g->tokens);
	g->probes = g->tokens = NULL;
	g->count = 0;
}

static int64_t between(struct rng *r, int64_t low, int64_t high)
{
	return low + rng_below(r, (uint32_t)(high - low + 1));
}

static void fill(struct sample *s, struct rng *r, uint32_t i)
{
	size_t of = i % LAT_COUNT(series);
	s->seq = i;
	s->nth = i / LAT_COUNT(series);
	s->target = series[of].target;
	s->node = series[of].node;
	s->role = series[of].role;
	s->target_rev = "0123456789abcdef";
	s->family = 4;
	s->addr = rng_below(r, 2) == 0 ? "203.0.113.7" : "203.0.113.8";
	s->lag_us = between(r, 0, 300);
	s->lagged = rng_below(r, 25) == 0; /* of successes and failures alike */
	if (s->node == NULL) {
		s->resolver = "9.9.9.9";
		s->dns_us = between(r, 0, 40000);
		s->dns_cache = DNS_CACHE_MISS;
		s->ttl = 60;
	}
	if (rng_below(r, 10) == 0) {
		s->error = failures[rng_below(r, LAT_COUNT(failures))];
		s->error_phase = nel_phase_of_type(s->error);
		return;
	}
	s->tcp_us = between(r, 500, 300000);
	s->tls_us = between(r, 700, 310000);
	s->wait_us = between(r, 300, 500000);
	s->body_us = between(r, 0, 800000);
	s->min_rtt_us = between(r, 400, 290000);
	s->retrans = 0;
	s->status = 200;
	s->bytes = 51200;
	s->http = "2";
	s->tls = "1.3";
	s->edge = rng_below(r, 4) == 0 ? "fra" : "lon";
	s->cache = "HIT";
}

void batches_make(const struct batches *g, uint64_t n, struct batch *out)
{
	struct rng r;
	size_t probe = n % g->count;
	rng_seed(&r, (uint64_t)g->space << 40 | n);
	memset(out, 0, sizeof *out);
	snprintf(out->uuid, sizeof out->uuid, "%08x-0000-4000-8000-%012" PRIx64, g->space, n);
	out->probe = g->probes[probe];
	out->boot = "4d8dcf0b-4a3c-4b40-9d4e-0c5ad2a0f5f4";
	out->version = "0.1.0";
	out->started_us = g->base_us + (int64_t)(n / g->count) * g->step_us + (int64_t)probe * US_PER_MS;
	out->timeout_ms = rng_below(&r, 2) == 0 ? 10000 : 5000;
	out->round_ok = rng_below(&r, 30) == 0 ? 0 : g->samples;
	out->cpu_us = out->rss_kib = out->duration_us = US_NONE;
	for (int i = 0; i < g->samples; i++) {
		struct sample *s = vec_add(&out->samples);
		if (s == NULL)
			abort();
		*s = sample_absent;
		s->t_us = out->started_us + i * 137 * US_PER_MS;
		fill(s, &r, (uint32_t)i);
	}
}

static int64_t add(int64_t sum, int64_t value)
{
	return value == US_NONE ? sum : sum + value;
}

void batches_expect(const struct batches *g, uint64_t n, FILE *out)
{
	struct batch b;
	int64_t start = 0, dns = 0, tcp = 0, tls = 0, wait = 0, body = 0, rtt = 0, failed = 0;
	batches_make(g, n, &b);
	for (size_t i = 0; i < b.samples.len; i++) {
		const struct sample *s = &b.samples.at[i];
		start += s->t_us;
		dns = add(dns, s->dns_us);
		tcp = add(tcp, s->tcp_us);
		tls = add(tls, s->tls_us);
		wait = add(wait, s->wait_us);
		body = add(body, s->body_us);
		rtt = add(rtt, s->min_rtt_us);
		failed += s->error != NEL_OK;
	}
	for (const char *c = b.uuid; *c != '\0'; c++)
		if (*c != '-')
			putc(*c, out);
	fprintf(out, "|%zu|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64
	             "|%" PRId64 "\n",
	        b.samples.len, start, dns, tcp, tls, wait, body, rtt, failed);
	batch_free(&b);
}
