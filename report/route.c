#include "report/route.h"

#include <math.h>

#include "report/steering.h"

/* ---- finding ----------------------------------------------------------------------------- */

static double node_rtt(const struct study *s, size_t v, size_t target, long node)
{
	return node < 0 ? NAN
	                : s->atlas.vantages.at[v].track[atlas_node(&s->atlas, target, (size_t)node)].rtt_us;
}

/* The added candidate with the smallest RTT, if that is below `rtt_us` (NAN: any will do). */
static long nearer(const struct study *s, size_t v, size_t target, const struct change *c, double rtt_us)
{
	double least = isnan(rtt_us) ? INFINITY : rtt_us;
	long best = -1;

	for (size_t k = 0; k < s->atlas.candidates && s->model[target].ok; k++) {
		double rtt =
			c->added[k] ? steering_candidate_rtt(&s->atlas, &s->atlas.vantages.at[v], k) : NAN;
		if (rtt < least) {
			least = rtt;
			best = (long)k;
		}
	}
	return best;
}

/* The added candidate that is nearest on the map, if it is nearer than `km`. */
static long nearer_on_map(const struct study *s, size_t v, const struct change *c, double km)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];
	double least = isnan(km) ? INFINITY : km;
	long best = -1;

	for (size_t k = 0; k < s->atlas.candidates; k++) {
		const struct plan_candidate *place = &s->atlas.plan.candidates.at[k];
		double far = c->added[k] && !s->atlas.candidate_impossible[k]
		                     ? atlas_km(vantage, place->lat, place->lon)
		                     : NAN;
		if (far < least) {
			least = far;
			best = (long)k;
		}
	}
	return best;
}

static void find_observed(const struct study *s, size_t v, size_t target, const struct change *c,
                          struct route *out)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];
	const struct track *own = &vantage->track[atlas_target(target)];
	long best = steering_best(&s->atlas, vantage, target, c->removed, PARITY_ALL);
	double answered = 0;

	out->hops = own->parts;
	for (size_t p = 0; p < own->parts; p++)
		answered += own->served[p];
	for (size_t p = 0; p < own->parts; p++) {
		struct hop *h = &out->hop[p];
		bool known = p < s->atlas.nodes;
		double rtt = isnan(own->part[p].rtt_us) && known ? node_rtt(s, v, target, (long)p)
		                                                 : own->part[p].rtt_us;
		*h = (struct hop){.share = answered > 0 ? own->served[p] / answered : 0,
		                  .from = known ? (long)p : -1,
		                  .to = -1,
		                  .candidate = -1};
		if (own->part[p].lots.len == 0)
			continue;
		if (known && c->removed[p]) {
			h->to = best;
			rtt = node_rtt(s, v, target, best);
		}
		/* Without an RTT nothing can be predicted: the share stays where it is. */
		if (!isnan(own->part[p].rtt_us))
			h->candidate = nearer(s, v, target, c, rtt);
		if (h->candidate >= 0)
			h->to = -1;
		h->lost = known && c->removed[p] && h->to < 0 && h->candidate < 0;
	}
}

static void find_policy(const struct study *s, size_t v, size_t target, const struct change *c,
                        struct route *out)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];
	struct hop *h = &out->hop[0];
	double km;

	out->hops = 1;
	*h = (struct hop){.share = 1, .candidate = -1};
	if (c->policy == POLICY_GEO) {
		h->from = steering_geo(&s->atlas, vantage, target, NULL, NULL);
		h->to = steering_geo(&s->atlas, vantage, target, c->removed, &km);
		h->candidate = nearer_on_map(s, v, c, km);
	} else {
		h->from = steering_best(&s->atlas, vantage, target, NULL, PARITY_ALL);
		h->to = steering_best(&s->atlas, vantage, target, c->removed, PARITY_ALL);
		h->candidate = nearer(s, v, target, c, node_rtt(s, v, target, h->to));
	}
	if (h->candidate >= 0)
		h->to = -1;
	h->lost = h->from < 0 || (h->to < 0 && h->candidate < 0);
}

/* A hop to a candidate needs a model and an RTT; one to a node, that it was measured. */
static bool measured(const struct study *s, size_t v, size_t target, const struct route *r,
                     const struct hop *h)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];

	if (h->candidate >= 0
	    && (!s->model[target].ok
	        || isnan(steering_candidate_rtt(&s->atlas, vantage, (size_t)h->candidate))))
		return false;
	if (h->to >= 0 && atlas_single(vantage, atlas_node(&s->atlas, target, (size_t)h->to)) == NULL)
		return false;
	return r->policy == POLICY_OBSERVED
	       || atlas_single(vantage, atlas_node(&s->atlas, target, (size_t)h->from)) != NULL;
}

bool route_find(struct study *s, size_t v, size_t target, const struct change *c, struct route *out)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];

	*out = (struct route){.policy = c->policy};
	out->hop = arena_alloc(&s->atlas.arena, (s->atlas.nodes + 1) * sizeof *out->hop);
	if (out->hop == NULL)
		return false;
	if (vantage->track[atlas_target(target)].part == NULL || vantage->impossible)
		return true;
	if (c->policy == POLICY_OBSERVED)
		find_observed(s, v, target, c, out);
	else
		find_policy(s, v, target, c, out);
	out->told = true;
	for (size_t i = 0; i < out->hops; i++) {
		const struct hop *h = &out->hop[i];
		out->told &= !h->lost && measured(s, v, target, out, h);
		out->touched |= h->candidate >= 0 || (h->to >= 0 && h->to != h->from);
		out->extrapolated |= h->candidate >= 0
		                     && predict_extrapolates(&s->model[target],
		                                             steering_candidate_rtt(&s->atlas, vantage,
		                                                                    (size_t)h->candidate));
	}
	return true;
}

/* ---- arms ------------------------------------------------------------------------------------ */

static bool by_address(const struct study *s, const struct slice *x, size_t target, long node)
{
	return node < 0 || atlas_has(&s->atlas, x, atlas_node(&s->atlas, target, (size_t)node));
}

/* Was what both arms need asked for in the units of this slice? */
static bool comparable(const struct study *s, size_t v, size_t target, const struct route *r, uint32_t slice)
{
	const struct slice *x = &s->atlas.vantages.at[v].slices.at[slice];

	if (!r->told || !atlas_has(&s->atlas, x, atlas_target(target)))
		return false;
	for (size_t i = 0; i < r->hops; i++) {
		if (!by_address(s, x, target, r->hop[i].to))
			return false;
		if (r->hop[i].candidate >= 0 && !worlds_movable(&s->worlds, v, r->hop[i].candidate, slice))
			return false;
		/* Observed: what is before was measured through DNS. */
		if (r->policy != POLICY_OBSERVED && !by_address(s, x, target, r->hop[i].from))
			return false;
	}
	return true;
}

/* Is the objective's metric known there in the slice, or a failure that counts as one? */
static bool known(const struct study *s, const struct part *p, uint32_t slice)
{
	const struct lot *l = p == NULL ? NULL : part_lot(p, slice);

	return l != NULL && l->curve[s->atlas.metric].total > 0;
}

/* And is it known: of each share that has a time before, one after? */
static bool tells(const struct study *s, size_t v, size_t target, const struct route *r, uint32_t slice)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];
	bool any = false;

	if (!comparable(s, v, target, r, slice))
		return false;
	for (size_t i = 0; i < r->hops; i++) {
		const struct hop *h = &r->hop[i];
		const struct part *now =
			r->policy == POLICY_OBSERVED
				? &vantage->track[atlas_target(target)].part[i]
				: atlas_single(vantage, atlas_node(&s->atlas, target, (size_t)h->from));
		if (!known(s, now, slice))
			continue;
		if (h->candidate < 0 && h->to >= 0 && h->to != h->from
		    && !known(s, atlas_single(vantage, atlas_node(&s->atlas, target, (size_t)h->to)), slice))
			return false;
		any = true;
	}
	return any;
}

size_t route_blocks(const struct study *s, size_t v, size_t target, const struct route *r, bool tried)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];
	size_t n = 0;
	uint32_t last = UINT32_MAX;

	for (uint32_t k = 0; k < vantage->slices.len; k++)
		if (vantage->slices.at[k].block != last
		    && (tried ? comparable(s, v, target, r, k) : tells(s, v, target, r, k))) {
			n++;
			last = vantage->slices.at[k].block;
		}
	return n;
}

/* What a node brings: by address, and the vantage's dns. */
static bool at_node(struct study *s, size_t v, size_t target, long node, uint32_t slice, struct piece *piece)
{
	const struct curve *joined = worlds_joined(&s->worlds, v, target, (size_t)node, false);

	if (joined == NULL)
		return false;
	*piece = (struct piece){.curve = &joined[slice], .factor = 1};
	return true;
}

/* The RTT of what a hop has before, in a slice. */
static double rtt_before(const struct part *p, uint32_t slice)
{
	const struct lot *l = part_lot(p, slice);

	return l == NULL || isnan(l->rtt_us) ? p->rtt_us : l->rtt_us;
}

static void add_hop(struct study *s, size_t v, size_t target, const struct hop *h, const struct part *source,
                    uint32_t slice, const struct piece *now, struct arm *before, struct arm *after)
{
	uint32_t block = s->atlas.vantages.at[v].slices.at[slice].block;
	double weight = now->factor * now->curve->total;
	struct piece then = *now;

	arm_piece(before, block, now);
	if (h->candidate >= 0) {
		then = worlds_moved(&s->worlds, v, h->candidate, slice, then, rtt_before(source, slice),
		                    worlds_dns_median(&s->worlds, v, target));
	} else if (h->to >= 0 && h->to != h->from) {
		if (!at_node(s, v, target, h->to, slice, &then))
			return;
		/* As many visitors as before. */
		then.factor = then.curve->total > 0 ? weight / then.curve->total : 0;
	}
	arm_piece(after, block, &then);
}

void route_fill(struct study *s, size_t v, size_t target, const struct route *r, struct arm *before,
                struct arm *after)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];
	const struct track *own = &vantage->track[atlas_target(target)];

	arm_probe(before);
	arm_probe(after);
	for (uint32_t k = 0; k < vantage->slices.len; k++) {
		if (!tells(s, v, target, r, k))
			continue;
		for (size_t i = 0; i < r->hops; i++) {
			const struct hop *h = &r->hop[i];
			const struct part *source = &own->part[i];
			struct piece now;
			if (r->policy != POLICY_OBSERVED) {
				source =
					atlas_single(vantage, atlas_node(&s->atlas, target, (size_t)h->from));
				if (!at_node(s, v, target, h->from, k, &now))
					return;
			} else {
				const struct lot *l = part_lot(source, k);
				if (l == NULL)
					continue;
				now = (struct piece){.curve = &l->curve[s->atlas.metric], .factor = 1};
			}
			add_hop(s, v, target, h, source, k, &now, before, after);
		}
	}
}

/* ---- failures ------------------------------------------------------------------------------------ */

static const struct part *node_part(const struct study *s, size_t v, size_t target, long node)
{
	return atlas_single(&s->atlas.vantages.at[v], atlas_node(&s->atlas, target, (size_t)node));
}

/* Was everything measured in this unit that both arms need? */
static bool unit_tells(const struct study *s, size_t v, size_t target, const struct route *r, size_t unit)
{
	const struct track *own = &s->atlas.vantages.at[v].track[atlas_target(target)];
	bool any = false;

	for (size_t p = 0; p < own->parts && !any; p++)
		any = bits_get(&own->part[p].present, unit);
	for (size_t i = 0; i < r->hops && any; i++) {
		const struct hop *h = &r->hop[i];
		if (h->to >= 0)
			any = bits_get(&node_part(s, v, target, h->to)->present, unit);
		if (any && r->policy != POLICY_OBSERVED)
			any = bits_get(&node_part(s, v, target, h->from)->present, unit);
	}
	return any;
}

/* Whose failures a hop has after the change: the node's, or of round trips the candidate's; else (a
 * candidate's server is not yet built, or was not asked in this unit) as before. */
static const struct part *part_after(const struct study *s, size_t v, size_t target, const struct hop *h,
                                     const struct part *now, size_t unit)
{
	if (h->to >= 0)
		return node_part(s, v, target, h->to);
	const struct part *c =
		h->candidate >= 0 && atlas_by_rtt(&s->atlas)
			? atlas_single(&s->atlas.vantages.at[v],
	                               atlas_candidate(&s->atlas, (size_t)h->candidate))
			: NULL;
	return c != NULL && bits_get(&c->present, unit) ? c : now;
}

void route_failures(const struct study *s, size_t v, size_t target, const struct route *r, uint64_t *units,
                    uint64_t *before, uint64_t *after)
{
	const struct track *own = &s->atlas.vantages.at[v].track[atlas_target(target)];

	for (size_t unit = 0; r->told && unit < s->atlas.units; unit++) {
		bool fails = false, would = false;
		if (!unit_tells(s, v, target, r, unit))
			continue;
		for (size_t i = 0; i < r->hops; i++) {
			const struct hop *h = &r->hop[i];
			const struct part *now = r->policy == POLICY_OBSERVED
			                                 ? &own->part[i]
			                                 : node_part(s, v, target, h->from);
			if (!bits_get(&now->present, unit))
				continue; /* this share was not asked for in this unit */
			fails |= bits_get(&now->failing, unit);
			would |= bits_get(&part_after(s, v, target, h, now, unit)->failing, unit);
		}
		++*units;
		*before += fails;
		*after += would;
	}
}
