#include "report/places.h"

#include <math.h>

#include "lib/clock.h"
#include "report/steering.h"
#include "report/tabulate.h"
#include "report/verdict.h"

static bool copy_text(struct report *out, const char *from, const char **to)
{
	*to = from == NULL ? NULL : arena_str(&out->arena, from);
	return from == NULL || *to != NULL;
}

/* ---- vantages --------------------------------------------------------------------------- */

static const struct region *region_of(const struct study *s, size_t v)
{
	for (size_t i = 0; i < s->regions.len; i++)
		if (s->regions.at[i].level == LEVEL_PROBE && s->regions.at[i].vantages.at[0] == v)
			return &s->regions.at[i];
	return NULL;
}

static size_t first_cdn(const struct study *s)
{
	for (size_t t = 0; t < s->atlas.targets; t++)
		if (s->atlas.plan.targets.at[t].role == ROLE_CDN)
			return t;
	return SIZE_MAX;
}

static bool judge(struct study *s, size_t v, struct report *out, struct report_probe *to)
{
	const struct region *g = region_of(s, v);
	size_t target = first_cdn(s);
	struct finding f;

	if (g == NULL)
		return true;
	bool ok = verdict_region(s, g, false, &f);
	to->objective = f.objective;
	if (f.target != SIZE_MAX)
		target = f.target;
	finding_free(&f);
	long nearest =
		target == SIZE_MAX ? -1 : steering_nearest(&s->atlas, &s->atlas.vantages.at[v], target, NULL);
	if (ok && nearest >= 0) {
		to->nearest_rtt_ms =
			s->atlas.vantages.at[v].track[atlas_node(&s->atlas, target, (size_t)nearest)].rtt_us
			/ US_PER_MS;
		ok = copy_text(out, s->atlas.plan.nodes.at[nearest].name, &to->nearest_node);
	}
	return ok;
}

bool places_probes(struct study *s, struct report *out)
{
	for (size_t i = 0; i < s->atlas.vantages.len; i++) {
		const struct vantage *v = &s->atlas.vantages.at[i];
		struct report_probe *to = vec_add(&out->probes);
		if (to == NULL)
			return false;
		*to = (struct report_probe){.lat = v->lat,
		                            .lon = v->lon,
		                            .network = v->network,
		                            .attempts = v->attempts,
		                            .failures = v->failures,
		                            .outages = v->outages,
		                            .flagged = v->flagged,
		                            .last_us = v->last_us,
		                            .impossible = v->impossible,
		                            .objective = {.ms = NAN, .low = NAN, .high = NAN},
		                            .nearest_rtt_ms = NAN};
		if (!copy_text(out, v->name, &to->name) || !copy_text(out, v->city, &to->city)
		    || !copy_text(out, v->source, &to->source)
		    || !copy_text(out, v->country == NULL ? NULL : v->country->code, &to->country)
		    || !judge(s, i, out, to))
			return false;
	}
	return true;
}

/* ---- nodes --------------------------------------------------------------------------------- */

struct node_sum { double available, units; struct dist server; };

static bool add_track(const struct track *t, struct report_node *to, struct node_sum *sum)
{
	double total = dist_total(&t->window[M_SERVER]);

	if (t->part == NULL || !(t->units > 0))
		return true;
	to->attempts += t->attempts;
	to->failures += t->failures;
	/* Each vantage's view of it weighs the same. */
	sum->available += t->available / t->units;
	sum->units++;
	return !(total > 0) || dist_add(&sum->server, &t->window[M_SERVER], 1 / total);
}

/* Shares of what the nodes answered, over all cdn targets and continents. */
static bool world_shares(struct study *s, double *share)
{
	double all = 0;

	for (size_t n = 0; n < s->atlas.nodes; n++)
		share[n] = 0;
	for (size_t t = 0; t < s->atlas.targets; t++)
		for (size_t i = 0; i < s->regions.len && s->regions.at[i].level == LEVEL_CONTINENT; i++) {
			struct mixture who;
			size_t blocks;
			double answered = 0, weight = weights_of_continent(&s->weights, s->regions.at[i].id);
			if (s->atlas.plan.targets.at[t].role != ROLE_CDN)
				break;
			if (!study_members(s, &s->regions.at[i], t, &who, &blocks)) {
				mixture_free(&who);
				return false;
			}
			tabulate_served(s, &who, t, s->share);
			mixture_free(&who);
			for (size_t n = 0; n <= s->atlas.nodes; n++)
				answered += s->share[n];
			for (size_t n = 0; answered > 0 && n < s->atlas.nodes; n++)
				share[n] += weight * s->share[n] / answered;
			all += answered > 0 ? weight : 0;
		}
	for (size_t n = 0; n < s->atlas.nodes; n++)
		share[n] = all > 0 ? share[n] / all : NAN;
	return true;
}

static bool add_node(struct study *s, size_t n, double share, struct report *out)
{
	const struct plan_node *node = &s->atlas.plan.nodes.at[n];
	struct report_node *to = vec_add(&out->nodes);
	struct node_sum sum = {0};
	bool ok = to != NULL;

	if (!ok)
		return false;
	*to = (struct report_node){.lat = node->lat, .lon = node->lon, .status = node->status, .share = share,
	                           .cost_month = node->cost_month, .cert_days_left = NAN, .clock_skew_s = NAN,
	                           .impossible = s->atlas.node_impossible[n]};
	for (size_t v = 0; ok && v < s->atlas.vantages.len; v++)
		for (size_t t = 0; ok && t < s->atlas.targets; t++)
			if (!s->atlas.vantages.at[v].impossible)
				ok = add_track(&s->atlas.vantages.at[v].track[atlas_node(&s->atlas, t, n)],
				               to, &sum);
	to->availability = sum.units > 0 ? sum.available / sum.units : NAN;
	to->server_ms = dist_quantile(&sum.server, 0.5, NULL) / US_PER_MS;
	dist_free(&sum.server);
	return ok && copy_text(out, node->name, &to->name) && copy_text(out, node->city, &to->city)
	       && copy_text(out, node->country, &to->country);
}

static bool add_candidate(struct study *s, size_t c, struct report *out)
{
	const struct plan_candidate *place = &s->atlas.plan.candidates.at[c];
	struct report_node *to = vec_add(&out->nodes);
	struct node_sum sum = {0};
	bool ok = to != NULL;

	if (!ok)
		return false;
	*to = (struct report_node){.lat = place->lat, .lon = place->lon, .candidate = true, .share = NAN,
	                           .server_ms = NAN, .cost_month = place->cost_month,
	                           .cert_days_left = NAN, .clock_skew_s = NAN,
	                           .impossible = s->atlas.candidate_impossible[c]};
	for (size_t v = 0; ok && v < s->atlas.vantages.len; v++)
		if (!s->atlas.vantages.at[v].impossible)
			ok = add_track(&s->atlas.vantages.at[v].track[atlas_candidate(&s->atlas, c)], to,
			               &sum);
	to->availability = sum.units > 0 ? sum.available / sum.units : NAN;
	dist_free(&sum.server);
	return ok && copy_text(out, place->name, &to->name) && copy_text(out, place->city, &to->city)
	       && copy_text(out, place->country, &to->country);
}

bool places_nodes(struct study *s, struct report *out)
{
	double *share = arena_alloc(&s->atlas.arena, (s->atlas.nodes + 1) * sizeof *share);

	if (share == NULL || !world_shares(s, share))
		return false;
	for (size_t n = 0; n < s->atlas.nodes; n++)
		if (!add_node(s, n, share[n], out))
			return false;
	for (size_t c = 0; c < s->atlas.candidates; c++)
		if (!add_candidate(s, c, out))
			return false;
	return true;
}
