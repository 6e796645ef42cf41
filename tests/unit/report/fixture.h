/* A report made by hand: 27 vantages in 26 countries on six continents, six nodes and six
 * candidates, round trips near to measured ones (Azure's region-to-region figures and RIPE
 * Atlas country means), the rest by a plain model. What the numbers mean doesn't matter to
 * the writers; that there are many, of every kind, does. */
#ifndef LATLAS_TESTS_REPORT_FIXTURE_H
#define LATLAS_TESTS_REPORT_FIXTURE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/stats.h"
#include "report/present.h"

struct fixture_place {
	const char *continent, *country, *name, *city, *probe;
	double lat, lon;
	const char *node;        /* that serves it */
	double rtt, origin_rtt;  /* ms */
	const char *best;        /* existing node */
	double dns, server;      /* ms, medians */
	enum verdict verdict;
	const char *candidate;
	double predicted;
};

static const struct fixture_place fixture_places[] = {
	{ "AF", "KE", "Kenya", "Nairobi", "nairobi-1", -1.29, 36.82,
	  "fra", 149, 149, "fra", 38, 5, VERDICT_NEEDS_NODE, "jnb", 664 },
	{ "AF", "MA", "Morocco", "Casablanca", "casablanca-1", 33.57, -7.59,
	  "fra", 53, 53, "fra", 29, 5, VERDICT_OK, NULL, 0 },
	{ "AF", "ZA", "South Africa", "Johannesburg", "johannesburg-1", -26.2, 28.05,
	  "lon", 169, 172, "lon", 41, 5, VERDICT_NEEDS_NODE, "jnb", 131 },
	{ "AS", "AE", "United Arab Emirates", "Dubai", "dubai-1", 25.2, 55.27,
	  "fra", 122, 122, "fra", 35, 5, VERDICT_BORDERLINE, NULL, 0 },
	{ "AS", "HK", "Hong Kong", "Hong Kong", "hongkong-1", 22.32, 114.17,
	  "nrt", 51, 244, "nrt", 28, 5, VERDICT_OK, NULL, 0 },
	{ "AS", "IN", "India", "Mumbai", "mumbai-1", 19.08, 72.88,
	  "fra", 150, 150, "nrt", 42, 5, VERDICT_NEEDS_NODE, "bom", 98 },
	{ "AS", "IN", "India", "Chennai", "chennai-1", 13.08, 80.27,
	  "fra", 165, 165, "nrt", 44, 5, VERDICT_NEEDS_NODE, "bom", 98 },
	{ "AS", "ID", "Indonesia", "Jakarta", "jakarta-1", -6.21, 106.85,
	  "fra", 182, 182, "nrt", 45, 5, VERDICT_MIS_STEERED, "sin", 178 },
	{ "AS", "JP", "Japan", "Tokyo", "tokyo-1", 35.68, 139.69,
	  "nrt", 2, 246, "nrt", 12, 5, VERDICT_OK, NULL, 0 },
	{ "AS", "SG", "Singapore", "Singapore", "singapore-1", 1.35, 103.82,
	  "nrt", 74, 179, "nrt", 24, 5, VERDICT_OK, NULL, 0 },
	{ "AS", "TR", "T\u00fcrkiye", "Istanbul", "istanbul-1", 41.01, 28.98,
	  "fra", 61, 61, "fra", 480, 5, VERDICT_SLOW_DNS, NULL, 0 },
	{ "EU", "AT", "Austria", "Vienna", "vienna-1", 48.21, 16.37,
	  "fra", 17, 17, "fra", 14, 5, VERDICT_OK, NULL, 0 },
	{ "EU", "FR", "France", "Paris", "paris-1", 48.86, 2.35,
	  "lon", 13, 14, "lon", 15, 5, VERDICT_OK, NULL, 0 },
	{ "EU", "DE", "Germany", "Frankfurt", "frankfurt-1", 50.11, 8.68,
	  "fra", 2, 2, "fra", 9, 5, VERDICT_OK, NULL, 0 },
	{ "EU", "IE", "Ireland", "Dublin", "dublin-1", 53.35, -6.26,
	  "lon", 14, 28, "lon", 15, 5, VERDICT_OK, NULL, 0 },
	{ "EU", "IT", "Italy", "Milan", "milan-1", 45.46, 9.19,
	  "fra", 21, 21, "fra", 17, 5, VERDICT_OK, NULL, 0 },
	{ "EU", "NL", "Netherlands", "Amsterdam", "amsterdam-1", 52.37, 4.9,
	  "lon", 12, 14, "lon", 13, 5, VERDICT_OK, NULL, 0 },
	{ "EU", "PL", "Poland", "Warsaw", "warsaw-1", 52.23, 21.01,
	  "fra", 26, 26, "fra", 18, 5, VERDICT_OK, NULL, 0 },
	{ "EU", "SE", "Sweden", "G\u00e4vle", "gavle-1", 60.67, 17.14,
	  "fra", 34, 34, "fra", 19, 610, VERDICT_SLOW_EDGE, NULL, 0 },
	{ "EU", "GB", "United Kingdom", "London", "london-1", 51.51, -0.13,
	  "lon", 2, 19, "lon", 10, 5, VERDICT_OK, NULL, 0 },
	{ "NA", "CA", "Canada", "Toronto", "toronto-1", 43.65, -79.38,
	  "iad", 22, 100, "iad", 17, 5, VERDICT_OK, NULL, 0 },
	{ "NA", "MX", "Mexico", "Quer\u00e9taro", "queretaro-1", 20.59, -100.39,
	  "iad", 63, 145, "iad", 30, 5, VERDICT_OK, NULL, 0 },
	{ "NA", "US", "United States", "Des Moines", "desmoines-1", 41.59, -93.62,
	  "iad", 35, 125, "iad", 20, 5, VERDICT_OK, NULL, 0 },
	{ "OC", "AU", "Australia", "Sydney", "sydney-1", -33.87, 151.21,
	  "syd", 2, 290, "syd", 11, 5, VERDICT_OK, NULL, 0 },
	{ "OC", "NZ", "New Zealand", "Auckland", "auckland-1", -36.85, 174.76,
	  "syd", 31, 296, "syd", 22, 5, VERDICT_OK, NULL, 0 },
	{ "SA", "AR", "Argentina", "Buenos Aires", "buenosaires-1", -34.6, -58.38,
	  "iad", 205, 238, "iad", 55, 5, VERDICT_UNREACHABLE, NULL, 0 },
	{ "SA", "BR", "Brazil", "S\u00e3o Paulo", "saopaulo-1", -23.55, -46.63,
	  "iad", 119, 199, "iad", 37, 5, VERDICT_BORDERLINE, NULL, 0 },
	{ "SA", "CL", "Chile", "Santiago", "santiago-1", -33.45, -70.67,
	  "iad", 181, 217, "iad", 52, 5, VERDICT_NEEDS_NODE, "gru", 930 },
};

static const struct {
	const char *name, *city, *country;
	double lat, lon;
	bool candidate;
	double share, cost;
} fixture_nodes[] = {
	{ "fra", "Frankfurt", "DE", 50.11, 8.68, false, 0.44, 6 },
	{ "lon", "London", "GB", 51.51, -0.13, false, 0.2, 6 },
	{ "iad", "N. Virginia", "US", 39.04, -77.49, false, 0.2, 5 },
	{ "pdx", "Oregon", "US", 45.84, -119.7, false, 0, 5 },
	{ "nrt", "Tokyo", "JP", 35.68, 139.69, false, 0.1, 7 },
	{ "syd", "Sydney", "AU", -33.87, 151.21, false, 0.06, 7 },
	{ "sin", "Singapore", "SG", 1.35, 103.82, true, NAN, 5 },
	{ "bom", "Mumbai", "IN", 19.08, 72.88, true, NAN, 5 },
	{ "gru", "S\u00e3o Paulo", "BR", -23.55, -46.63, true, NAN, 7777.25 },
	{ "jnb", "Johannesburg", "ZA", -26.2, 28.05, true, NAN, 9 },
	{ "dxb", "Dubai", "AE", 25.2, 55.27, true, NAN, 11 },
	{ "sjc", "N. California", "US", 37.35, -121.95, true, NAN, 5 },
};

#define FIXTURE_T0 1795305600000000LL /* 2026-11-22 00:00 UTC */
#define FIXTURE_POINTS 400            /* values of a distribution */

/* `n` values around `median`, two tenths of spread to the right and one to the left. */
LAT_UNUSED static void fixture_values(struct dist *d, double median_ms, double weight)
{
	for (int i = 0; i < FIXTURE_POINTS; i++) {
		double z = stats_normal_quantile((i + 0.5) / FIXTURE_POINTS);
		double ms = median_ms * exp(z * (z > 0 ? 0.09 : 0.04)) + (z > 2 ? 3 * (z - 2) * 20 : 0);
		if (!dist_add_value(d, ms * 1000, weight / FIXTURE_POINTS))
			abort();
	}
}

LAT_UNUSED static void fixture_quantiles(struct estimate e[QUANTILES], const struct dist *d)
{
	for (int q = 0; q < QUANTILES; q++) {
		e[q].ms = dist_quantile(d, report_quantiles[q], &e[q].fail) / 1000;
		e[q].low = e[q].high = NAN;
	}
}

LAT_UNUSED static void fixture_target(struct report_target *t, const char *name, enum role role,
                                      const struct fixture_place *const *places, size_t n, bool origin)
{
	static const enum measure sums[] = { M_DNS, M_TCP, M_TLS, M_WAIT, M_BODY, M_TTFB, M_TOTAL };
	t->name = name;
	t->role = role;
	for (int m = 0; m < MEASURES; m++)
		for (int q = 0; q < QUANTILES; q++)
			t->phase[m][q] = (struct estimate){ .ms = NAN, .low = NAN, .high = NAN };
	for (size_t k = 0; k < LAT_COUNT(sums); k++) {
		struct dist d = {0};
		for (size_t i = 0; i < n; i++) {
			const struct fixture_place *p = places[i];
			double rtt = origin ? p->origin_rtt : p->rtt, server = origin ? 5 : p->server;
			double phase[] = { p->dns, rtt + 0.3, rtt + 3.6, rtt + server, 3.45 * rtt + 52 };
			double ttfb = phase[0] + phase[1] + phase[2] + phase[3];
			double median = k < 5 ? phase[k] : k == 5 ? ttfb : ttfb + phase[4];
			fixture_values(&d, median, 1);
			if (p->verdict == VERDICT_UNREACHABLE && k >= 5)
				dist_add_failures(&d, 0.06, 10e6);
		}
		fixture_quantiles(t->phase[sums[k]], &d);
		if (sums[k] == M_TOTAL)
			t->total = d;
		else
			dist_free(&d);
	}
	t->attempts = 2016 * n;
	for (size_t i = 0; i < n; i++)
		t->failures += places[i]->verdict == VERDICT_UNREACHABLE ? 121 : 0;
	t->failures_by_type[NEL_TCP_TIMED_OUT] = t->failures;
	t->availability = 1 - (double)t->failures / (double)t->attempts;
	stats_wilson(t->failures, t->attempts, 0.95, &t->failure_low, &t->failure_high);
	t->phase[M_TOTAL][P75].low = t->phase[M_TOTAL][P75].ms * 0.975;
	t->phase[M_TOTAL][P75].high = t->phase[M_TOTAL][P75].ms * 1.03;
}

#define FIXTURE_ADD(v, value) \
	do { if (vec_add(&(v)) == NULL) abort(); (v).at[(v).len - 1] = (value); } while (0)

LAT_UNUSED static char *fixture_text(struct report *r, const char *a, const char *b)
{
	char text[512];
	snprintf(text, sizeof text, "%s%s", a, b);
	return arena_str(&r->arena, text);
}

/* What the analysis would say. */
LAT_UNUSED static const char *fixture_why(struct report *r, const struct report_region *g,
                                          const struct fixture_place *p)
{
	char text[400];
	switch (g->verdict) {
	case VERDICT_NEEDS_NODE:
		snprintf(
		    text, sizeof text,
		    "no existing node is near enough: the best, %s, is %.0f ms away; with one at %s the "
		    "p75 would be %.0f ms",
		    p->best, p->rtt, p->candidate, p->predicted);
		break;
	case VERDICT_MIS_STEERED:
		snprintf(
		    text, sizeof text,
		    "sent to %s, %.0f ms away, while %s is nearer; steered there, the p75 would be 655 ms",
		    p->node, p->rtt, p->best);
		break;
	case VERDICT_SLOW_DNS:
		snprintf(text, sizeof text,
		         "DNS takes %.0f ms at the median; at its own best the p75 would be 520 ms", p->dns);
		break;
	case VERDICT_SLOW_EDGE:
		snprintf(text, sizeof text,
		         "%s takes %.0f ms to answer, the fleet 5 ms; at that the p75 would be 372 ms",
		         p->node, p->server);
		break;
	case VERDICT_UNREACHABLE:
		snprintf(text, sizeof text, "121 of 2016 attempts failed, 6.0 %%, most by tcp.timed_out");
		break;
	case VERDICT_BORDERLINE:
		snprintf(text, sizeof text,
		         "the p75 meets the limit, the upper end of its interval does not");
		break;
	default:
		snprintf(text, sizeof text, "the objective is met with its interval");
	}
	return arena_str(&r->arena, text);
}

LAT_UNUSED static void fixture_region(struct report *r, enum region_level level, const char *code,
                                      const char *name, const char *continent,
                                      const struct fixture_place *const *places, size_t n)
{
	struct report_region *g = vec_add(&r->regions);
	if (g == NULL)
		abort();
	g->level = level;
	g->id = fixture_text(r,
	                     level == LEVEL_CONTINENT ? "continent/"
	                     : level == LEVEL_COUNTRY ? "country/"
	                                              : "probe/",
	                     code);
	g->code = code;
	g->name = name;
	g->continent = continent;
	g->effective_countries = level == LEVEL_CONTINENT ? (double)n : 1;
	g->datacenter_only = true;
	g->blocks = 7;
	for (size_t i = 0; i < n; i++)
		FIXTURE_ADD(g->probes, places[i]->probe);
	struct report_target *t = vec_add(&g->targets);
	if (t == NULL)
		abort();
	fixture_target(t, "www", ROLE_CDN, places, n, false);
	t = vec_add(&g->targets);
	if (t == NULL)
		abort();
	fixture_target(t, "origin", ROLE_BASELINE, places, n, true);
	g->attempts = g->targets.at[0].attempts + g->targets.at[1].attempts;
	g->judged_target = "www";
	g->objective = g->targets.at[0].phase[M_TOTAL][P75];
	bool missed = g->objective.fail || g->objective.ms > 1000;
	g->verdict =
	    level == LEVEL_CONTINENT ? (missed ? VERDICT_NEEDS_NODE : VERDICT_OK) : places[0]->verdict;
	FIXTURE_ADD(g->served, ((struct served){ places[0]->node, n == 1 ? 1 : 0.8 }));
	if (n > 1)
		FIXTURE_ADD(g->served, ((struct served){ "lon", 0.2 }));
	g->best_node = places[0]->best;
	g->best_node_rtt_ms = places[0]->rtt;
	g->steering_regret = (struct estimate){ .ms = 0.4, .low = -1.2, .high = 2.1 };
	g->placement_regret = (struct estimate){ .ms = 61, .low = 55, .high = 68 };
	double now = g->objective.ms;
	double fixes[FIXES] = { now - 2, now - 11, now - 1,
		                places[0]->candidate != NULL ? places[0]->predicted : NAN };
	memcpy(g->fix_ms, fixes, sizeof fixes);
	g->fix_all_ms = isfinite(fixes[FIX_NODE]) ? fixes[FIX_NODE] - 12 : now - 14;
	g->recommend = (struct recommendation){
		.predicted_ms = NAN, .low = NAN, .high = NAN, .rtt_ms = NAN, .cost_month = NAN
	};
	for (size_t i = 0; i < LAT_COUNT(fixture_nodes) && places[0]->candidate != NULL; i++)
		if (strcmp(fixture_nodes[i].name, places[0]->candidate) == 0 && fixture_nodes[i].candidate)
			g->recommend = (struct recommendation){ places[0]->candidate,
				                                fixture_nodes[i].city,
				                                places[0]->predicted,
				                                places[0]->predicted * 0.96,
				                                places[0]->predicted * 1.05,
				                                places[0]->predicted < 200,
				                                8,
				                                fixture_nodes[i].cost,
				                                true };
	/* The recommended one, and one that is no help. */
	if (g->recommend.candidate != NULL) {
		FIXTURE_ADD(g->candidates, ((struct candidate_effect){ g->recommend.candidate, g->recommend.city,
			                                               g->recommend.predicted_ms, true }));
		FIXTURE_ADD(g->candidates, ((struct candidate_effect){ "gru", "Sao Paulo", now, false }));
	}
	g->why = level == LEVEL_CONTINENT ? (missed ? "Its slowest countries miss the objective."
	                                            : "The objective is met with its interval.")
	                                  : fixture_why(r, g, places[0]);
}

LAT_UNUSED static void fixture_regions(struct report *r, enum region_level level)
{
	static const char *const continents[][2] = {
		{ "AF", "Africa" }, { "AS", "Asia" }, { "EU", "Europe" }, { "NA", "North America" },
		{ "OC", "Oceania" }, { "SA", "South America" },
	};
	const size_t all = LAT_COUNT(fixture_places);
	const struct fixture_place *some[LAT_COUNT(fixture_places)];
	for (size_t c = 0; c < LAT_COUNT(continents) && level == LEVEL_CONTINENT; c++) {
		size_t n = 0;
		for (size_t i = 0; i < all; i++)
			if (strcmp(fixture_places[i].continent, continents[c][0]) == 0)
				some[n++] = &fixture_places[i];
		fixture_region(r, level, continents[c][0], continents[c][1], continents[c][0], some, n);
	}
	for (size_t i = 0; i < all && level != LEVEL_CONTINENT; i++) {
		size_t n = 0;
		const struct fixture_place *p = &fixture_places[i];
		if (level == LEVEL_COUNTRY && i > 0 && strcmp(p->country, fixture_places[i - 1].country) == 0)
			continue;
		for (size_t k = i; k < all && level == LEVEL_COUNTRY; k++)
			if (strcmp(fixture_places[k].country, p->country) == 0)
				some[n++] = &fixture_places[k];
		if (level == LEVEL_PROBE)
			some[n++] = p;
		fixture_region(r, level, level == LEVEL_PROBE ? p->probe : p->country,
		               level == LEVEL_PROBE ? p->probe : p->name, p->continent, some, n);
	}
}

/* With or without a region for each probe. Free with report_free(). */
LAT_UNUSED static void fixture_report(struct report *r, bool by_probe)
{
	*r = (struct report){
		.generated_us = FIXTURE_T0, .since_us = FIXTURE_T0 - 7 * US_PER_DAY, .until_us = FIXTURE_T0,
		.metric = M_TOTAL, .quantile = 0.75, .limit_ms = 1000, .seed = 1, .basis = "vantages",
		.block_us = US_PER_DAY, .unit_us = US_PER_HOUR, .blocks = 7, .plan_rev = "0123456789abcdef",
		.fit_a_ms = 78, .fit_r = 6.5, .fit_rtt_min_ms = 2, .fit_rtt_max_ms = 290,
	};
	fixture_regions(r, LEVEL_CONTINENT);
	fixture_regions(r, LEVEL_COUNTRY);
	if (by_probe)
		fixture_regions(r, LEVEL_PROBE);
	for (size_t i = 0; i < LAT_COUNT(fixture_places); i++) {
		const struct fixture_place *p = &fixture_places[i];
		struct report_target t = {0};
		fixture_target(&t, "www", ROLE_CDN, &p, 1, false);
		FIXTURE_ADD(r->probes, ((struct report_probe){ .name = p->probe,
		                                               .country = p->country,
		                                               .city = p->city,
		                                               .lat = p->lat,
		                                               .lon = p->lon,
		                                               .network = NETWORK_DATACENTER,
		                                               .attempts = 4032,
		                                               .failures = t.failures,
		                                               .last_us = FIXTURE_T0 - 123 * US_PER_S,
		                                               .objective = t.phase[M_TOTAL][P75],
		                                               .nearest_node = p->best,
		                                               .nearest_rtt_ms = p->rtt }));
		dist_free(&t.total);
	}
	for (size_t i = 0; i < LAT_COUNT(fixture_nodes); i++)
		FIXTURE_ADD(r->nodes,
		            ((struct report_node){ .name = fixture_nodes[i].name,
		                                   .city = fixture_nodes[i].city,
		                                   .country = fixture_nodes[i].country,
		                                   .lat = fixture_nodes[i].lat,
		                                   .lon = fixture_nodes[i].lon,
		                                   .status = NODE_LIVE,
		                                   .candidate = fixture_nodes[i].candidate,
		                                   .attempts = 54432,
		                                   .failures = 12,
		                                   .availability = fixture_nodes[i].candidate ? NAN : 0.99978,
		                                   .server_ms = fixture_nodes[i].candidate ? NAN : 4.7,
		                                   .share = fixture_nodes[i].share,
		                                   .cost_month = fixture_nodes[i].cost }));
	FIXTURE_ADD(r->notes, "3 rounds of nairobi-1 failed altogether: its own outage, left out.");
	FIXTURE_ADD(r->notes, "Blocks of a day: the window has seven of them.");
}

#endif
