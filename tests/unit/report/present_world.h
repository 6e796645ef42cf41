/* A database of two days in a small world, for what needs a whole one: nine vantages, five
 * nodes, three candidates, round trips near to measured ones (Azure's region-to-region
 * figures), phases by a plain model of a page of 1 MB. Every country goes to its nearest
 * node; India has none. */
#ifndef LATLAS_TESTS_REPORT_PRESENT_WORLD_H
#define LATLAS_TESTS_REPORT_PRESENT_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/rng.h"
#include "schema/plan.h"
#include "schema/registry.h"
#include "schema/store.h"

#define WORLD_T0 1795132800000000LL /* 2026-11-20 00:00 UTC; two days from there */
#define WORLD_HOURS 48
#define WORLD_NODES 5
#define WORLD_PLACES 8 /* nodes and candidates */

static const char *const world_places[WORLD_PLACES] = {
	"fra", "lon", "iad", "nrt", "syd", "sin", "bom", "gru"
};

static const struct world_vantage {
	const char *name, *country, *city;
	double lat, lon;
	double rtt[WORLD_PLACES]; /* ms */
} world_vantages[] = {
	{ "frankfurt-1", "DE", "Frankfurt", 50.11, 8.68, { 2, 20, 97, 250, 291, 179, 151, 201 } },
	{ "london-1", "GB", "London", 51.51, -0.13, { 19, 2, 80, 237, 277, 183, 150, 184 } },
	{ "paris-1", "FR", "Paris", 48.86, 2.35, { 14, 13, 90, 245, 280, 175, 147, 193 } },
	{ "ashburn-1", "US", "Ashburn", 39.04, -77.49, { 97, 80, 2, 165, 206, 229, 218, 121 } },
	{ "tokyo-1", "JP", "Tokyo", 35.68, 139.69, { 246, 235, 165, 2, 105, 74, 129, 265 } },
	{ "mumbai-1", "IN", "Mumbai", 19.08, 72.88, { 150, 151, 214, 149, 151, 58, 4, 320 } },
	{ "chennai-1", "IN", "Chennai", 13.08, 80.27, { 169, 174, 244, 160, 162, 39, 24, 349 } },
	{ "sydney-1", "AU", "Sydney", -33.87, 151.21, { 291, 277, 206, 105, 2, 98, 152, 298 } },
	{ "saopaulo-1", "BR", "S\u00e3o Paulo", -23.55, -46.63, { 199, 183, 119, 275, 298, 337, 320, 2 } },
};

static const char world_plan[] =
    "objective { metric = \"total\"  quantile = 0.75  limit_ms = 1000 }\n"
    "schedule { samples = 1  timeout_ms = 10000 }\n"
    "target \"www\" { role = \"cdn\"  url = \"https://www.cdn.example/\" }\n"
    "target \"origin\" { role = \"baseline\"  url = \"https://origin.cdn.example/\" }\n"
	"node \"fra\" { address = {\"192.0.2.1\"}  "
	"city = \"Frankfurt\"  country = \"DE\"  lat = 50.11  lon = 8.68 }\n"
	"node \"lon\" { address = {\"192.0.2.2\"}  "
	"city = \"London\"  country = \"GB\"  lat = 51.51  lon = -0.13 }\n"
	"node \"iad\" { address = {\"192.0.2.3\"}  "
	"city = \"N. Virginia\"  country = \"US\"  lat = 39.04  lon = -77.49 }\n"
	"node \"nrt\" { address = {\"192.0.2.4\"}  "
	"city = \"Tokyo\"  country = \"JP\"  lat = 35.68  lon = 139.69 }\n"
	"node \"syd\" { address = {\"192.0.2.5\"}  "
	"city = \"Sydney\"  country = \"AU\"  lat = -33.87  lon = 151.21 }\n"
	"candidate \"sin\" { url = \"https://sin.cloud.example/\"  "
	"city = \"Singapore\"  country = \"SG\"  lat = 1.35  lon = 103.82  cost_month = 5.25 }\n"
	"candidate \"bom\" { url = \"https://bom.cloud.example/\"  "
	"city = \"Mumbai\"  country = \"IN\"  lat = 19.08  lon = 72.88  cost_month = 7.75 }\n"
	"candidate \"gru\" { url = \"https://gru.cloud.example/\"  "
	"city = \"S\u00e3o Paulo\"  country = \"BR\"  lat = -23.55  lon = -46.63  cost_month = 12.5 }\n";

struct world {
	struct store *store;
	struct registry *registry;
	struct plan plan;
	struct rng rng;
	uint64_t batches;
};

static inline void world_must(int rc, const struct err *err)
{
	if (rc != 0) {
		fprintf(stderr, "present_world: %s\n", err->text);
		exit(70);
	}
}

/* A few per cent around it, to the right more often than to the left. */
static inline int64_t world_us(struct world *w, double ms)
{
	double u = rng_unit(&w->rng);
	return (int64_t)(ms * 1000 * (1 + 0.08 * u * u * u - 0.005 * rng_unit(&w->rng)));
}

static inline void world_sample(struct world *w, struct batch *b, const char *target, const char *rev,
                                enum role role, const char *node, const char *edge, double rtt, bool dns)
{
	struct sample *s = vec_add(&b->samples);
	if (s == NULL)
		abort();
	*s = (struct sample){
		.seq = (uint32_t)b->samples.len - 1,
		.t_us = b->started_us + (int64_t)b->samples.len * 1000000,
		.target = target,
		.target_rev = rev,
		.node = node,
		.role = role,
		.family = 4,
		.addr = "192.0.2.1",
		.resolver = dns ? "192.0.2.53" : NULL,
		.ttl = dns ? 60 : US_NONE,
		.dns_cache = dns ? DNS_CACHE_MISS : DNS_CACHE_NONE,
		.dns_us = dns ? world_us(w, 25) : US_NONE,
		.tcp_us = world_us(w, rtt + 0.3),
		.tls_us = world_us(w, rtt + 3.6),
		.wait_us = world_us(w, rtt + 5),
		.body_us = world_us(w, 3.8 * rtt + 60),
		.min_rtt_us = (int64_t)(rtt * 1000),
		.retrans = 0,
		.lag_us = 20,
		.status = 200,
		.http = "2",
		.tls = "1.3",
		.bytes = 1000000,
		.edge = edge,
		.cache = "HIT",
	};
}

static inline void world_round(struct world *w, const struct world_vantage *v, int hour)
{
	struct batch b = {0};
	struct err err = {0};
	snprintf(b.uuid, sizeof b.uuid, "%08x-0000-4000-8000-%012llx", (unsigned)hour,
	         (unsigned long long)w->batches++);
	b.probe = v->name;
	b.boot = "4d8dcf0b-4a3c-4b40-9d4e-0c5ad2a0f5f4";
	b.version = "0.1.0";
	b.plan_rev = w->plan.rev;
	b.started_us = WORLD_T0 + hour * US_PER_HOUR + 60 * US_PER_S;
	b.timeout_ms = 10000;
	b.round_ok = US_NONE;
	b.cpu_us = b.rss_kib = b.duration_us = US_NONE;
	size_t best = 0;
	for (size_t i = 1; i < WORLD_NODES; i++)
		if (v->rtt[i] < v->rtt[best])
			best = i;
	const struct plan_target *www = plan_target(&w->plan, "www"),
				 *origin = plan_target(&w->plan, "origin");
	world_sample(w, &b, "www", www->rev, ROLE_CDN, NULL, world_places[best], v->rtt[best], true);
	world_sample(w, &b, "origin", origin->rev, ROLE_BASELINE, NULL, NULL, v->rtt[0], true);
	for (size_t i = 0; i < WORLD_NODES; i++)
		world_sample(w, &b, "www", www->rev, ROLE_CDN, world_places[i], world_places[i], v->rtt[i],
		             false);
	for (size_t i = WORLD_NODES; i < WORLD_PLACES; i++)
		world_sample(w, &b, world_places[i], plan_candidate(&w->plan, world_places[i])->rev,
		             ROLE_CANDIDATE, NULL, NULL, v->rtt[i], false);
	struct store_batch sb = { .batch = &b, .received_us = b.started_us, .skew_us = STORE_NO_SKEW };
	memcpy(sb.digest, b.uuid, sizeof sb.digest);
	world_must(store_append(w->store, &sb, 1, &err), &err);
	vec_free(&b.samples);
}

/* Write the database `path`. Ends the program if that can't be done. */
static inline void world_write(const char *path)
{
	struct world w = {0};
	struct err err = {0};
	struct buf json = {0};
	rng_seed(&w.rng, 7);
	world_must(store_open_sqlite(&w.store, path, STORE_CREATE, &err), &err);
	world_must(registry_open(&w.registry, path, STORE_WRITE, &err), &err);
	world_must(plan_parse(&w.plan, world_plan, "plan", &err), &err);
	world_must(plan_to_json(&w.plan, PLAN_FULL, &json, &err), &err);
	world_must(registry_publish_plan(w.registry, w.plan.rev, world_plan, buf_str(&json), WORLD_T0, &err),
	           &err);
	buf_free(&json);
	for (size_t i = 0; i < sizeof world_vantages / sizeof world_vantages[0]; i++) {
		const struct world_vantage *v = &world_vantages[i];
		uint8_t token[REGISTRY_TOKEN_HASH] = { (uint8_t)(i + 1) };
		struct probe_row row = {
			.name = v->name,
			.country = v->country,
			.city = v->city,
			.lat = v->lat,
			.lon = v->lon,
			.network = NETWORK_DATACENTER,
			.place_source = "enrol",
			.enrolled_us = WORLD_T0,
			.last_seen_us = US_NONE,
			.last_skew_us = STORE_NO_SKEW,
		};
		world_must(registry_enroll(w.registry, &row, token, &err), &err);
		for (int hour = 0; hour < WORLD_HOURS; hour++)
			world_round(&w, v, hour);
	}
	size_t left = 1;
	while (left > 0)
		world_must(store_fold(w.store, 1000, &left, &err), &err);
	plan_free(&w.plan);
	registry_close(w.registry);
	store_close(w.store);
}

#endif
