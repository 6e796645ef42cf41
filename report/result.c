#include "report/result.h"

#include "lib/attr.h"

const double report_quantiles[QUANTILES] = {0.50, 0.75, 0.90, 0.95, 0.99};
const char *const report_quantile_names[QUANTILES] = {"p50", "p75", "p90", "p95", "p99"};

static const char *const verdicts[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_BORDERLINE] = "borderline",
	[VERDICT_MIS_STEERED] = "mis-steered",
	[VERDICT_SLOW_DNS] = "slow-dns",
	[VERDICT_SLOW_EDGE] = "slow-edge",
	[VERDICT_NEEDS_NODE] = "needs-node",
	[VERDICT_UNMET] = "unmet",
	[VERDICT_UNREACHABLE] = "unreachable",
	[VERDICT_NO_DATA] = "no-data",
};
_Static_assert(LAT_COUNT(verdicts) == VERDICTS, "every verdict has a name");

static const char *const fixes[] = {
	[FIX_STEERING] = "steering",
	[FIX_DNS] = "dns",
	[FIX_EDGE] = "edge",
	[FIX_NODE] = "node",
};
_Static_assert(LAT_COUNT(fixes) == FIXES, "every fix has a name");

static const char *const gate_verdicts[] = {
	[GATE_PASS] = "PASS",
	[GATE_FAIL] = "FAIL",
	[GATE_INCONCLUSIVE] = "INCONCLUSIVE",
};
_Static_assert(LAT_COUNT(gate_verdicts) == GATE_VERDICTS, "every verdict has a name");

static const char *const contents[] = {
	[CONTENT_UNKNOWN] = NULL,
	[CONTENT_SAME] = "same",
	[CONTENT_STALE] = "stale",
	[CONTENT_DIFFERS] = "differs",
};
_Static_assert(LAT_COUNT(contents) == CONTENTS, "every content has a name");

const char *report_content_name(enum report_content c)
{
	return (unsigned)c < CONTENTS ? contents[c] : NULL;
}

const char *verdict_name(enum verdict v)
{
	return (unsigned)v < VERDICTS ? verdicts[v] : "unknown";
}

const char *fix_name(enum fix f)
{
	return (unsigned)f < FIXES ? fixes[f] : "unknown";
}

const char *gate_verdict_name(enum gate_verdict v)
{
	return (unsigned)v < GATE_VERDICTS ? gate_verdicts[v] : "unknown";
}

void report_free(struct report *r)
{
	for (size_t i = 0; i < r->regions.len; i++) {
		struct report_region *g = &r->regions.at[i];
		for (size_t t = 0; t < g->targets.len; t++) {
			dist_free(&g->targets.at[t].total);
			vec_free(&g->targets.at[t].edges);
		}
		vec_free(&g->targets);
		vec_free(&g->probes);
		vec_free(&g->also);
		vec_free(&g->served);
		vec_free(&g->candidates);
	}
	vec_free(&r->regions);
	vec_free(&r->probes);
	vec_free(&r->nodes);
	vec_free(&r->findings);
	vec_free(&r->notes);
	arena_free(&r->arena);
	*r = (struct report){0};
}

void gate_free(struct gate *g)
{
	for (size_t i = 0; i < g->regions.len; i++)
		vec_free(&g->regions.at[i].hidden);
	vec_free(&g->regions);
	vec_free(&g->add);
	vec_free(&g->remove);
	vec_free(&g->not_judged);
	vec_free(&g->required_missing);
	vec_free(&g->share);
	vec_free(&g->notes);
	arena_free(&g->arena);
	*g = (struct gate){0};
}
