/* A world made by hand, for the tests of the analysis: a store in memory, a registry, a plan,
 * and visits whose phases follow from a round trip, so that every expectation can be
 * worked out on paper:
 *
 *     tcp = tls = rtt, wait = rtt + server, body = rtt + 10 ms
 *     hence total = dns + 4 rtt + server + 10 ms, ttfb = dns + 3 rtt + server
 *
 * Everything in milliseconds. Time counts in hours from LAB_START, a whole day. */
#ifndef LATLAS_TESTS_LAB_H
#define LATLAS_TESTS_LAB_H

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "report/evaluate.h"
#include "schema/plan.h"
#include "schema/registry.h"
#include "schema/store.h"

#define LAB_START ((int64_t)1795305600 * US_PER_S) /* 2026-11-22T00:00:00Z */

struct lab {
	struct store *store;
	struct registry *registry;
	struct plan plan;
	struct batch batch; /* the round that is being made */
	uint64_t batches;
	int64_t timeout_ms;
	char folder[256];
};

struct visit {
	const char *target, *node, *edge;
	double rtt, server, dns; /* dns < 0: none */
	enum nel_type error;
};

#define LAB_PLAN                                                                                             \
	"objective { metric = \"total\"  quantile = 0.75  limit_ms = 1000 }\n"                               \
	"target \"www\" { role = \"cdn\" url = \"https://www.example.com/\" }\n"                             \
	"target \"origin\" { role = \"baseline\" url = \"https://origin.example.com/\" }\n"                  \
	"node \"fra\" { address = {\"192.0.2.1\"} city = \"Frankfurt\" country = \"DE\" lat = 50.11 lon = "  \
	"8.68 }\n"                                                                                           \
	"node \"lon\" { address = {\"192.0.2.2\"} city = \"London\" country = \"GB\" lat = 51.51 lon = "     \
	"-0.13 }\n"                                                                                          \
	"node \"syd\" { address = {\"192.0.2.3\"} city = \"Sydney\" country = \"AU\" lat = -33.87 lon = "    \
	"151.21 }\n"                                                                                         \
	"candidate \"sin\" { url = \"https://sin.example.net/\" city = \"Singapore\" country = \"SG\" lat "  \
	"= 1.35 "                                                                                            \
	"lon = 103.82 cost_month = 5.0 }\n"                                                                  \
	"candidate \"bom\" { url = \"https://bom.example.net/\" city = \"Mumbai\" country = \"IN\" lat = "   \
	"19.08 "                                                                                             \
	"lon = 72.88 cost_month = 9.0 }\n"

static inline void lab_must(int status, const struct err *err)
{
	if (status != 0) {
		fprintf(stderr, "lab: %s\n", err->text);
		abort();
	}
}

static inline void lab_publish(struct lab *l, const char *plan)
{
	struct err err = {0};
	struct buf json = {0};

	plan_free(&l->plan);
	memset(&l->plan, 0, sizeof l->plan);
	lab_must(plan_parse(&l->plan, plan, "plan.conf", &err), &err);
	lab_must(plan_to_json(&l->plan, PLAN_FULL, &json, &err), &err);
	lab_must(registry_publish_plan(l->registry, l->plan.rev, plan, buf_str(&json), LAB_START, &err),
	         &err);
	buf_free(&json);
}

static inline void lab_open(struct lab *l, const char *plan)
{
	struct err err = {0};

	const char *tmp = getenv("TMPDIR");
	char path[300];

	*l = (struct lab){.timeout_ms = 10000};
	snprintf(l->folder, sizeof l->folder, "%s/latlas-lab-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(l->folder) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/db", l->folder);
	lab_must(store_open_memory(&l->store, &err), &err);
	lab_must(registry_open(&l->registry, path, STORE_CREATE, &err), &err);
	if (plan != NULL)
		lab_publish(l, plan);
}

static inline void lab_close(struct lab *l)
{
	static const char *const files[] = {"db", "db-wal", "db-shm"};
	char path[300];

	plan_free(&l->plan);
	store_close(l->store);
	registry_close(l->registry);
	for (size_t i = 0; i < LAT_COUNT(files); i++) {
		snprintf(path, sizeof path, "%s/%s", l->folder, files[i]);
		unlink(path);
	}
	rmdir(l->folder);
}

static inline void lab_probe(struct lab *l, const char *name, const char *country, double lat, double lon,
                             enum network network)
{
	uint8_t hash[REGISTRY_TOKEN_HASH] = {0};
	struct err err = {0};
	struct probe_row row = {.name = name,
	                        .country = country,
	                        .city = country == NULL ? NULL : "Somewhere",
	                        .lat = lat,
	                        .lon = lon,
	                        .network = network,
	                        .place_source = "enrol",
	                        .enrolled_us = LAB_START,
	                        .last_seen_us = US_NONE,
	                        .last_skew_us = STORE_NO_SKEW};

	snprintf((char *)hash, sizeof hash, "%s", name);
	lab_must(registry_enroll(l->registry, &row, hash, &err), &err);
}

/* A probe in a datacenter at no place in particular: sanity has nothing to say about it. */
static inline void lab_datacenter(struct lab *l, const char *name, const char *country)
{
	lab_probe(l, name, country, NAN, NAN, NETWORK_DATACENTER);
}

static inline void lab_begin(struct lab *l, const char *probe, double hour)
{
	struct batch *b = &l->batch;

	*b = (struct batch){.probe = probe,
	                    .boot = "4d8dcf0b-4a3c-4b40-9d4e-0c5ad2a0f5f4",
	                    .version = "0.1.0",
	                    .timeout_ms = l->timeout_ms,
	                    .cpu_us = US_NONE,
	                    .rss_kib = US_NONE,
	                    .duration_us = US_NONE};
	snprintf(b->uuid, sizeof b->uuid, "%08x-0000-4000-8000-%012" PRIx64, (unsigned)l->batches,
	         l->batches + 1);
	l->batches++;
	b->started_us = LAB_START + (int64_t)(hour * (double)US_PER_HOUR);
}

static inline int64_t lab_us(double ms)
{
	return (int64_t)(ms * 1000 + 0.5);
}

/* One sample of the round that was begun; the revision is the plan's, or `rev`. */
static inline struct sample *lab_sample(struct lab *l, const struct visit *v, const char *rev)
{
	const struct plan_target *t = plan_target(&l->plan, v->target);
	const struct plan_candidate *c = plan_candidate(&l->plan, v->target);
	struct sample *s = vec_add(&l->batch.samples);

	if (s == NULL)
		abort();
	*s = (struct sample){.seq = (uint32_t)l->batch.samples.len - 1,
	                     .t_us = l->batch.started_us,
	                     .target = v->target,
	                     .target_rev = rev != NULL ? rev
	                                   : t != NULL ? t->rev
	                                   : c != NULL ? c->rev
	                                               : "0000000000000000",
	                     .node = v->node,
	                     .role = t != NULL ? t->role : ROLE_CANDIDATE,
	                     .family = 4,
	                     .addr = "192.0.2.1",
	                     .ttl = US_NONE,
	                     .dns_us = US_NONE,
	                     .tcp_us = US_NONE,
	                     .tls_us = US_NONE,
	                     .wait_us = US_NONE,
	                     .body_us = US_NONE,
	                     .min_rtt_us = US_NONE,
	                     .retrans = 0,
	                     .lag_us = 0,
	                     .status = US_NONE,
	                     .http = "2",
	                     .tls = "1.3",
	                     .bytes = US_NONE,
	                     .edge = v->edge,
	                     .error = v->error,
	                     .error_phase = nel_phase_of_type(v->error)};
	if (v->error != NEL_OK)
		return s;
	l->batch.round_ok++;
	if (v->dns >= 0 && v->node == NULL && s->role != ROLE_CANDIDATE) {
		s->dns_us = lab_us(v->dns);
		s->resolver = "9.9.9.9";
	}
	s->tcp_us = s->tls_us = s->min_rtt_us = lab_us(v->rtt);
	s->wait_us = lab_us(v->rtt + v->server);
	s->body_us = lab_us(v->rtt + 10);
	s->status = 200;
	s->bytes = 1000;
	return s;
}

static inline void lab_end(struct lab *l)
{
	struct err err = {0};
	struct store_batch sb = {
		.batch = &l->batch, .received_us = l->batch.started_us, .skew_us = STORE_NO_SKEW};

	snprintf((char *)sb.digest, sizeof sb.digest, "%llu", (unsigned long long)l->batches);
	lab_must(store_append(l->store, &sb, 1, &err), &err);
	vec_free(&l->batch.samples);
	batch_free(&l->batch);
}

/* A round of n visits. */
static inline void lab_round(struct lab *l, const char *probe, double hour, const struct visit *v, size_t n)
{
	lab_begin(l, probe, hour);
	for (size_t i = 0; i < n; i++)
		lab_sample(l, &v[i], NULL);
	lab_end(l);
}

/* The same round `each` times in each hour from `first` to before `end`. */
static inline void lab_rounds(struct lab *l, const char *probe, int first, int end, int each,
                              const struct visit *v, size_t n)
{
	for (int hour = first; hour < end; hour++)
		for (int i = 0; i < each; i++)
			lab_round(l, probe, hour + (double)i / each, v, n);
}

/* Hours from LAB_START on, blocks of `block_hours`. */
static inline struct evaluate_options lab_window(double hours, double block_hours)
{
	return (struct evaluate_options){.since_us = LAB_START,
	                                 .until_us = LAB_START + (int64_t)(hours * (double)US_PER_HOUR),
	                                 .block_us = (int64_t)(block_hours * (double)US_PER_HOUR), .seed = 1};
}

#endif
