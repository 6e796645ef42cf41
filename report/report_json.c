#include "report/report_json.h"

#include <math.h>

#define MS 3     /* decimals of milliseconds: a microsecond is the unit that was measured */
#define SHARE 6
#define DEGREES 4

void report_json_time(struct json_out *j, const char *key, int64_t us)
{
	char text[WALL_TEXT];
	report_json_text(j, key, us == US_NONE ? NULL : wall_format((struct wall){ us }, text));
}

void report_json_number(struct json_out *j, const char *key, double x, int decimals)
{
	json_key(j, key);
	json_double(j, x, decimals);
}

void report_json_text(struct json_out *j, const char *key, const char *s)
{
	json_key(j, key);
	json_string(j, s);
}

void report_json_interval(struct json_out *j, const char *key, double low, double high)
{
	if (!isfinite(low) || !isfinite(high))
		return;
	json_key(j, key);
	json_array(j);
	json_double(j, low, MS);
	json_double(j, high, MS);
	json_array_end(j);
}

static void whole(struct json_out *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_int(j, (int64_t)n);
}

static void truth(struct json_out *j, const char *key, bool b)
{
	json_key(j, key);
	json_bool(j, b);
}

static void estimate_value(struct json_out *j, const char *key, const struct estimate *e)
{
	report_json_number(j, key, e->fail ? NAN : e->ms, MS);
}

/* {"ms":..,"low":..,"high":..} and "fail":true where it is. */
static void estimate(struct json_out *j, const char *key, const struct estimate *e)
{
	json_key(j, key);
	json_object(j);
	estimate_value(j, "ms", e);
	if (isfinite(e->low) && isfinite(e->high)) {
		report_json_number(j, "low", e->low, MS);
		report_json_number(j, "high", e->high, MS);
	}
	if (e->fail)
		truth(j, "fail", true);
	json_object_end(j);
}

static void place(struct json_out *j, const char *city, const char *country, double lat, double lon)
{
	report_json_text(j, "city", city);
	report_json_text(j, "country", country);
	report_json_number(j, "lat", lat, DEGREES);
	report_json_number(j, "lon", lon, DEGREES);
}

/* ---- a region ---------------------------------------------------------------------- */

static void phases(struct json_out *j, const struct report *r, const struct report_target *t)
{
	json_key(j, "phases");
	json_object(j);
	for (size_t i = 0; i < present_measures_of(r); i++) {
		const struct estimate *e = t->phase[present_measures[i]];
		bool fail = false;
		json_key(j, measure_name(present_measures[i]));
		json_object(j);
		for (int q = 0; q < QUANTILES; q++) {
			estimate_value(j, report_quantile_names[q], &e[q]);
			fail = fail || e[q].fail;
		}
		if (fail)
			truth(j, "fail", true);
		json_object_end(j);
	}
	json_object_end(j);
}

/* Only where an interval was asked for, measure by measure. */
static void intervals(struct json_out *j, const struct report *r, const struct report_target *t)
{
	json_key(j, "interval");
	json_object(j);
	for (size_t i = 0; i < present_measures_of(r); i++) {
		const struct estimate *e = t->phase[present_measures[i]];
		bool any = false;
		for (int q = 0; q < QUANTILES; q++)
			any = any || (isfinite(e[q].low) && isfinite(e[q].high));
		if (!any)
			continue;
		json_key(j, measure_name(present_measures[i]));
		json_object(j);
		for (int q = 0; q < QUANTILES; q++)
			report_json_interval(j, report_quantile_names[q], e[q].low, e[q].high);
		json_object_end(j);
	}
	json_object_end(j);
}

static void edges(struct json_out *j, const struct view *v, const struct report_target *t)
{
	json_key(j, "edges");
	json_array(j);
	for (size_t i = 0; i < t->edges.len; i++) {
		const struct report_edge *e = &t->edges.at[i];
		json_object(j);
		report_json_text(j, "node", e->node);
		place(j, e->city, e->country, e->lat, e->lon);
		report_json_number(j, "share", e->share, SHARE);
		report_json_number(j, "rtt_ms", e->rtt_ms, MS);
		whole(j, "samples", e->samples);
		truth(j, "impossible", e->impossible);
		if (e->built_s > 0)
			report_json_time(j, "database", e->built_s * US_PER_S);
		if (e->others > 0)
			whole(j, "others", e->others);
		if (v->private) {
			report_json_text(j, "network", e->network);
			report_json_text(j, "addresses", e->addresses);
		}
		json_object_end(j);
	}
	json_array_end(j);
}

static void target(struct json_out *j, const struct view *v, const struct report_target *t)
{
	json_key(j, t->name);
	json_object(j);
	report_json_text(j, "role", role_name(t->role));
	whole(j, "attempts", t->attempts);
	whole(j, "failures", t->failures);
	report_json_number(j, "availability", t->availability, SHARE);
	phases(j, v->report, t);
	intervals(j, v->report, t);
	if (t->failures > 0) {
		json_key(j, "failures_by_type");
		json_object(j);
		for (int i = NEL_OK + 1; i < NEL_TYPES; i++)
			if (t->failures_by_type[i] > 0)
				whole(j, nel_type_name((enum nel_type)i), t->failures_by_type[i]);
		json_object_end(j);
	}
	edges(j, v, t);
	json_object_end(j);
}

static void fixes(struct json_out *j, const struct report_region *g)
{
	json_key(j, "fixes");
	json_object(j);
	for (int f = 0; f < FIXES; f++)
		report_json_number(j, fix_name((enum fix)f), g->fix_ms[f], MS);
	report_json_number(j, "all", g->fix_all_ms, MS);
	bool any = isinf(g->fix_all_ms);
	for (int f = 0; f < FIXES; f++)
		any = any || isinf(g->fix_ms[f]);
	if (any) {
		json_key(j, "fail");
		json_array(j);
		for (int f = 0; f < FIXES; f++)
			if (isinf(g->fix_ms[f]))
				json_string(j, fix_name((enum fix)f));
		if (isinf(g->fix_all_ms))
			json_string(j, "all");
		json_array_end(j);
	}
	json_object_end(j);
}

/* null and "fail":true if it is a failure. */
static void predicted(struct json_out *j, double ms)
{
	report_json_number(j, "predicted_ms", ms, MS);
	if (isinf(ms))
		truth(j, "fail", true);
}

static void recommend(struct json_out *j, const struct recommendation *c, bool private)
{
	json_key(j, "recommend");
	if (c->candidate == NULL) {
		json_null(j);
		return;
	}
	json_object(j);
	report_json_text(j, "candidate", c->candidate);
	report_json_text(j, "city", c->city);
	predicted(j, c->predicted_ms);
	report_json_interval(j, "interval", c->low, c->high);
	truth(j, "extrapolated", c->extrapolated);
	truth(j, "meets", c->meets);
	report_json_number(j, "rtt_ms", c->rtt_ms, MS);
	if (private)
		report_json_number(j, "cost_month", c->cost_month, 2);
	json_object_end(j);
}

static void effects(struct json_out *j, const struct report_region *g)
{
	json_key(j, "candidates");
	json_array(j);
	for (size_t i = 0; i < g->candidates.len; i++) {
		json_object(j);
		report_json_text(j, "candidate", g->candidates.at[i].candidate);
		predicted(j, g->candidates.at[i].predicted_ms);
		truth(j, "meets", g->candidates.at[i].meets);
		json_object_end(j);
	}
	json_array_end(j);
}

static void regret(struct json_out *j, const char *key, const char *interval, const struct estimate *e)
{
	estimate_value(j, key, e);
	report_json_interval(j, interval, e->low, e->high);
}

static void region(struct json_out *j, const struct view *v, const struct report_region *g)
{
	json_object(j);
	report_json_text(j, "id", g->id);
	report_json_text(j, "level", present_level_name(g->level));
	report_json_text(j, "code", g->code);
	report_json_text(j, "name", g->name);
	report_json_text(j, "continent", g->continent);
	whole(j, "probes", g->probes.len);
	json_key(j, "vantages");
	json_array(j);
	for (size_t i = 0; i < g->probes.len; i++)
		json_string(j, g->probes.at[i]);
	json_array_end(j);
	truth(j, "datacenter_only", g->datacenter_only);
	whole(j, "imported", g->imported);
	report_json_number(j, "effective_countries", g->effective_countries, 2);
	whole(j, "attempts", g->attempts);
	whole(j, "outages", g->outages);
	whole(j, "flagged", g->flagged);
	whole(j, "blocks", g->blocks);
	report_json_text(j, "verdict", verdict_name(g->verdict));
	json_key(j, "also");
	json_array(j);
	for (size_t i = 0; i < g->also.len; i++)
		json_string(j, verdict_name(g->also.at[i]));
	json_array_end(j);
	report_json_text(j, "why", g->why);
	report_json_text(j, "judged_target", g->judged_target);
	estimate(j, "objective", &g->objective);
	json_key(j, "targets");
	json_object(j);
	for (size_t i = 0; i < g->targets.len; i++)
		target(j, v, &g->targets.at[i]);
	json_object_end(j);
	json_key(j, "served");
	json_object(j);
	for (size_t i = 0; i < g->served.len; i++)
		report_json_number(j, g->served.at[i].node, g->served.at[i].share, SHARE);
	json_object_end(j);
	report_json_text(j, "best_node", g->best_node);
	report_json_number(j, "best_node_rtt_ms", g->best_node_rtt_ms, MS);
	regret(j, "steering_regret_ms", "steering_regret_interval", &g->steering_regret);
	regret(j, "placement_regret_ms", "placement_regret_interval", &g->placement_regret);
	fixes(j, g);
	recommend(j, &g->recommend, v->private);
	effects(j, g);
	json_object_end(j);
}

/* ---- places ------------------------------------------------------------------------ */

static void node(struct json_out *j, const struct view *v, const struct report_node *n)
{
	json_object(j);
	report_json_text(j, "name", n->name);
	place(j, n->city, n->country, n->lat, n->lon);
	if (!n->candidate)
		report_json_text(j, "status", node_status_name(n->status));
	whole(j, "attempts", n->attempts);
	whole(j, "failures", n->failures);
	report_json_number(j, "availability", n->availability, SHARE);
	report_json_number(j, "server_ms", n->server_ms, MS);
	if (!n->candidate)
		report_json_number(j, "share", n->share, SHARE);
	if (v->report->audited && !n->candidate) {
		report_json_number(j, "cert_days_left", n->cert_days_left, 1);
		report_json_text(j, "content", report_content_name(n->content));
		report_json_number(j, "clock_skew_s", n->clock_skew_s, 1);
	}
	truth(j, "impossible", n->impossible);
	if (v->private)
		report_json_number(j, "cost_month", n->cost_month, 2);
	json_object_end(j);
}

static void nodes(struct json_out *j, const struct view *v, const char *key, bool candidates)
{
	json_key(j, key);
	json_array(j);
	for (size_t i = 0; i < v->report->nodes.len; i++)
		if (v->report->nodes.at[i].candidate == candidates)
			node(j, v, &v->report->nodes.at[i]);
	json_array_end(j);
}

static void probe(struct json_out *j, const struct report_probe *p)
{
	json_object(j);
	report_json_text(j, "name", p->name);
	place(j, p->city, p->country, p->lat, p->lon);
	report_json_text(j, "network", network_name(p->network));
	report_json_text(j, "source", p->source);
	whole(j, "attempts", p->attempts);
	whole(j, "failures", p->failures);
	whole(j, "outages", p->outages);
	whole(j, "flagged", p->flagged);
	report_json_time(j, "last", p->last_us);
	truth(j, "impossible", p->impossible);
	estimate(j, "objective", &p->objective);
	report_json_text(j, "nearest_node", p->nearest_node);
	report_json_number(j, "nearest_rtt_ms", p->nearest_rtt_ms, MS);
	json_object_end(j);
}

/* ---- the whole --------------------------------------------------------------------- */

static void head(struct json_out *j, const struct report *r)
{
	json_key(j, "latlas");
	json_int(j, 1);
	report_json_time(j, "generated", r->generated_us);
	json_key(j, "window");
	json_object(j);
	report_json_time(j, "since", r->since_us);
	report_json_time(j, "until", r->until_us);
	json_object_end(j);
	json_key(j, "objective");
	json_object(j);
	report_json_text(j, "metric", measure_name(r->metric));
	report_json_number(j, "quantile", r->quantile, 6);
	report_json_number(j, "limit_ms", r->limit_ms, MS);
	json_object_end(j);
	whole(j, "seed", r->seed);
	report_json_text(j, "basis", r->basis);
	report_json_number(j, "block_s", (double)r->block_us / 1e6, 6);
	report_json_number(j, "unit_s", (double)r->unit_us / 1e6, 6);
	whole(j, "blocks", r->blocks);
	report_json_text(j, "plan_rev", r->plan_rev);
}

static void model(struct json_out *j, const struct report *r)
{
	json_key(j, "model");
	if (!isfinite(r->fit_r)) {
		json_null(j);
		return;
	}
	json_object(j);
	report_json_number(j, "a_ms", r->fit_a_ms, MS);
	report_json_number(j, "r", r->fit_r, 4);
	report_json_number(j, "rtt_min_ms", r->fit_rtt_min_ms, MS);
	report_json_number(j, "rtt_max_ms", r->fit_rtt_max_ms, MS);
	json_object_end(j);
}

int report_json_write(const struct view *v, struct buf *out, struct err *err)
{
	const struct report *r = v->report;
	struct json_out *j = json_out_new(out, true);
	json_object(j);
	head(j, r);
	json_key(j, "regions");
	json_array(j);
	for (size_t i = 0; i < r->regions.len; i++)
		region(j, v, &r->regions.at[i]);
	json_array_end(j);
	nodes(j, v, "nodes", false);
	nodes(j, v, "candidates", true);
	json_key(j, "probes");
	json_array(j);
	for (size_t i = 0; i < r->probes.len; i++)
		probe(j, &r->probes.at[i]);
	json_array_end(j);
	model(j, r);
	if (r->audited) {
		json_key(j, "findings");
		json_array(j);
		for (size_t i = 0; i < r->findings.len; i++)
			json_string(j, r->findings.at[i]);
		json_array_end(j);
	}
	json_key(j, "notes");
	json_array(j);
	for (size_t i = 0; i < r->notes.len; i++)
		json_string(j, r->notes.at[i]);
	json_array_end(j);
	json_object_end(j);
	int rc = json_out_done(j, err);
	if (rc == 0) {
		buf_addc(out, '\n');
		if (out->failed)
			rc = err_nomem(err);
	}
	return rc;
}
