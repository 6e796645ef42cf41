#include "report/worlds.h"

#include <math.h>
#include <stdlib.h>

#include "report/steering.h"

struct world_vantage {
	long best;
	double dns_low_us, dns_median_us;
	double now_us; /* the objective's quantile as it is; NAN until worlds_gain() was asked of no fix */
	double *gain; /* by number of the world; NAN: can't be told */
	bool *told;
};

static struct world_vantage *of(const struct worlds *w, size_t v, size_t target)
{
	return &w->vantage[v * w->atlas->targets + target];
}

/* ---- what the worlds are made of ---------------------------------------------------- */

static bool add_equal(struct dist *sum, const struct track *t)
{
	double total = dist_total(&t->window[M_SERVER]);

	return t->part == NULL || !(total > 0) || dist_add(sum, &t->window[M_SERVER], 1 / total);
}

/* Median server time over the fleet: each vantage's view of each live node by address, and of
 * the target through DNS, weighs the same. */
static bool fleet_server(const struct atlas *a, size_t target, double *us)
{
	struct dist sum = {0};
	bool ok = true;

	for (size_t v = 0; ok && v < a->vantages.len; v++) {
		const struct vantage *vantage = &a->vantages.at[v];
		if (vantage->impossible)
			continue;
		ok = add_equal(&sum, &vantage->track[atlas_target(target)]);
		for (size_t n = 0; ok && n < a->nodes; n++)
			if (atlas_live(a, target, n))
				ok = add_equal(&sum, &vantage->track[atlas_node(a, target, n)]);
	}
	*us = atlas_by_rtt(a) ? NAN : dist_quantile(&sum, 0.5, NULL);
	dist_free(&sum);
	return ok;
}

bool worlds_begin(struct worlds *w, const struct atlas *a, const struct model *model,
                  const struct bootstrap *boot)
{
	size_t n = a->vantages.len * a->targets, worlds = (a->candidates + 1) << FIXES;

	*w = (struct worlds){.atlas = a, .model = model, .boot = boot};
	w->server_us = arena_alloc(&w->arena, (a->targets + 1) * sizeof *w->server_us);
	w->vantage = arena_alloc(&w->arena, (n + 1) * sizeof *w->vantage);
	w->joined = arena_alloc(&w->arena, (n * a->nodes * 2 + 1) * sizeof(struct curve *));
	if (w->server_us == NULL || w->vantage == NULL || w->joined == NULL)
		return false;
	for (size_t t = 0; t < a->targets; t++) {
		if (!fleet_server(a, t, &w->server_us[t]))
			return false;
		for (size_t v = 0; v < a->vantages.len; v++) {
			struct world_vantage *x = of(w, v, t);
			const struct dist *dns = &a->vantages.at[v].track[atlas_target(t)].window[M_DNS];
			x->best = steering_best(a, &a->vantages.at[v], t, NULL, PARITY_ALL);
			x->dns_low_us = atlas_by_rtt(a) ? NAN : dist_quantile(dns, 0.10, NULL);
			x->dns_median_us = atlas_by_rtt(a) ? NAN : dist_quantile(dns, 0.50, NULL);
			x->now_us = NAN;
			x->gain = arena_alloc(&w->arena, worlds * sizeof *x->gain);
			x->told = arena_alloc(&w->arena, worlds * sizeof *x->told);
			if (x->gain == NULL || x->told == NULL)
				return false;
		}
	}
	return true;
}

void worlds_free(struct worlds *w)
{
	arena_free(&w->arena);
	*w = (struct worlds){0};
}

long worlds_best(const struct worlds *w, size_t v, size_t target)
{
	return of(w, v, target)->best;
}

double worlds_dns_low(const struct worlds *w, size_t v, size_t target)
{
	return of(w, v, target)->dns_low_us;
}

double worlds_dns_median(const struct worlds *w, size_t v, size_t target)
{
	return of(w, v, target)->dns_median_us;
}

double worlds_candidate_rtt(const struct worlds *w, size_t v, size_t candidate, uint32_t slice)
{
	const struct vantage *vantage = &w->atlas->vantages.at[v];
	double window = steering_candidate_rtt(w->atlas, vantage, candidate);

	if (isnan(window))
		return NAN;
	const struct lot *l = part_lot(atlas_single(vantage, atlas_candidate(w->atlas, candidate)), slice);
	return l == NULL || isnan(l->rtt_us) ? window : l->rtt_us;
}

/* The candidate's round trips of a slice; of another of its block if it was measured apart from
 * the nodes; NULL. */
static const struct curve *candidate_curve(const struct worlds *w, size_t v, size_t candidate, uint32_t slice)
{
	const struct vantage *vantage = &w->atlas->vantages.at[v];
	const struct part *p = atlas_single(vantage, atlas_candidate(w->atlas, candidate));
	const struct lot *l = p == NULL ? NULL : part_lot(p, slice);

	for (size_t i = 0; p != NULL && l == NULL && i < p->lots.len; i++)
		if (vantage->slices.at[p->lots.at[i].slice].block == vantage->slices.at[slice].block)
			l = &p->lots.at[i];
	return l == NULL || !(l->curve[SLOT_MIN_RTT].total > 0) ? NULL : &l->curve[SLOT_MIN_RTT];
}

bool worlds_movable(const struct worlds *w, size_t v, long candidate, uint32_t slice)
{
	return !atlas_by_rtt(w->atlas) || candidate_curve(w, v, (size_t)candidate, slice) != NULL;
}

static struct piece predicted(struct piece from, double rtt_us, double candidate_rtt_us, double dns_us)
{
	if (isnan(rtt_us) || isnan(candidate_rtt_us))
		return from;
	from.predicted = true;
	from.gain_us = rtt_us - candidate_rtt_us;
	from.rtt_us = candidate_rtt_us;
	from.extra_us = isnan(dns_us) ? 0 : dns_us;
	return from;
}

struct piece worlds_moved(const struct worlds *w, size_t v, long candidate, uint32_t slice,
                          struct piece from, double rtt_us, double dns_us)
{
	if (!atlas_by_rtt(w->atlas))
		return predicted(from, rtt_us, worlds_candidate_rtt(w, v, (size_t)candidate, slice), dns_us);
	const struct curve *own = candidate_curve(w, v, (size_t)candidate, slice);
	return own == NULL ? from
	                   : (struct piece){.curve = own, .factor = from.factor * from.curve->total / own->total};
}

/* ---- by address, with dns -------------------------------------------------------------- */

/* The vantage's dns in a slice; of the window if every query of the slice failed. */
static bool own_dns(const struct track *t, uint32_t slice, struct dist *dns)
{
	dist_clear(dns);
	for (size_t p = 0; p < t->parts; p++) {
		const struct lot *l = part_lot(&t->part[p], slice);
		if (l != NULL && !dist_add(dns, &l->dist[SLOT_DNS], 1))
			return false;
	}
	return dist_total(dns) > 0 || dist_add(dns, &t->window[M_DNS], 1);
}

static struct curve *join(struct worlds *w, size_t v, size_t target, size_t node, bool bare)
{
	const struct vantage *vantage = &w->atlas->vantages.at[v];
	const struct track *own = &vantage->track[atlas_target(target)];
	const struct part *by_address = atlas_single(vantage, atlas_node(w->atlas, target, node));
	enum slot slot = bare ? SLOT_NO_SERVER : w->atlas->metric;
	struct curve *curves = arena_alloc(&w->arena, (vantage->slices.len + 1) * sizeof *curves);
	struct dist dns = {0}, sum = {0};
	bool ok = curves != NULL;

	for (uint32_t s = 0; ok && s < vantage->slices.len; s++) {
		const struct lot *l = by_address == NULL ? NULL : part_lot(by_address, s);
		if (l == NULL || own->part == NULL)
			continue;
		if (!isnan(of(w, v, target)->dns_median_us)) {
			dist_clear(&sum);
			ok = own_dns(own, s, &dns) && dist_add_sum(&sum, &l->dist[slot], &dns, 1)
			     && curve_make(&curves[s], &sum, &w->arena);
		} else {
			curves[s] = l->curve[slot]; /* the target's URL has an address: no dns anywhere */
		}
	}
	dist_free(&dns);
	dist_free(&sum);
	return ok ? curves : NULL;
}

const struct curve *worlds_joined(struct worlds *w, size_t v, size_t target, size_t node, bool bare)
{
	size_t pair = (v * w->atlas->targets + target) * w->atlas->nodes + node;
	struct curve **at = &w->joined[pair * 2 + bare];

	if (*at == NULL && (*at = join(w, v, target, node, bare)) == NULL)
		w->failed = true;
	return *at;
}

/* ---- a vantage in a world ------------------------------------------------------------------ */

static bool has(struct world x, enum fix f)
{
	return (x.fixes & FIX_BIT(f)) != 0;
}

/* What dns takes in that world, for the floor of a prediction. */
static double dns_of(const struct worlds *w, size_t v, size_t target, struct world x)
{
	return has(x, FIX_DNS) ? of(w, v, target)->dns_low_us : of(w, v, target)->dns_median_us;
}

/* A piece of what goes to a node, moved to the candidate's place if that is nearer: nobody would be sent
 * farther (as in the gate, route.h). */
static struct piece maybe_moved(const struct worlds *w, size_t v, size_t target, const struct part *part,
                                const struct lot *l, uint32_t slice, struct world x, struct piece piece)
{
	double there = steering_candidate_rtt(w->atlas, &w->atlas->vantages.at[v], (size_t)x.candidate);

	if (there >= part->rtt_us)
		return piece;
	return worlds_moved(w, v, x.candidate, slice, piece, isnan(l->rtt_us) ? part->rtt_us : l->rtt_us,
	                    dns_of(w, v, target, x));
}

/* A part of a slice, as it is through DNS. */
static struct piece observed_piece(const struct worlds *w, size_t v, size_t target, const struct part *part,
                                   const struct lot *l, uint32_t slice, struct world x)
{
	bool dns = has(x, FIX_DNS), edge = has(x, FIX_EDGE);
	enum slot slot = dns && edge ? SLOT_NO_BOTH : dns ? SLOT_NO_DNS : SLOT_NO_SERVER;
	double add = (dns ? of(w, v, target)->dns_low_us : 0) + (edge ? w->server_us[target] : 0);

	if (!dns && !edge)
		slot = w->atlas->metric;
	struct piece piece = {.curve = &l->curve[slot], .factor = 1, .add_us = add};
	return has(x, FIX_NODE) ? maybe_moved(w, v, target, part, l, slice, x, piece) : piece;
}

static void add_observed(struct worlds *w, struct arm *arm, size_t v, size_t target, uint32_t slice,
                         struct world x)
{
	const struct vantage *vantage = &w->atlas->vantages.at[v];
	const struct track *own = &vantage->track[atlas_target(target)];

	for (size_t p = 0; p < own->parts; p++) {
		const struct lot *l = part_lot(&own->part[p], slice);
		if (l == NULL)
			continue;
		struct piece piece = observed_piece(w, v, target, &own->part[p], l, slice, x);
		arm_piece(arm, vantage->slices.at[slice].block, &piece);
	}
}

/* What the best node brings in a slice; without a curve if that isn't known. */
static struct piece steered_piece(struct worlds *w, size_t v, size_t target, uint32_t slice, struct world x)
{
	size_t best = (size_t)of(w, v, target)->best;
	const struct part *part = atlas_single(&w->atlas->vantages.at[v], atlas_node(w->atlas, target, best));
	const struct lot *l = part_lot(part, slice);
	bool dns = has(x, FIX_DNS), edge = has(x, FIX_EDGE);
	struct piece piece = {.factor = 1, .add_us = edge ? w->server_us[target] : 0};

	if (l == NULL)
		return piece;
	if (dns) {
		piece.curve = &l->curve[edge ? SLOT_NO_SERVER : w->atlas->metric];
		piece.add_us += of(w, v, target)->dns_low_us;
	} else {
		const struct curve *joined = worlds_joined(w, v, target, best, edge);
		piece.curve = joined == NULL ? NULL : &joined[slice];
	}
	return piece.curve != NULL && has(x, FIX_NODE) ? maybe_moved(w, v, target, part, l, slice, x, piece) : piece;
}

/* The same, sent to the best node. What is there already stays as it was: it would otherwise gain or lose
 * by being measured in another way. So does what failed before any node was met. */
static void add_steered(struct worlds *w, struct arm *arm, size_t v, size_t target, uint32_t slice,
                        struct world x)
{
	const struct vantage *vantage = &w->atlas->vantages.at[v];
	const struct track *own = &vantage->track[atlas_target(target)];
	size_t best = (size_t)of(w, v, target)->best, nodes = w->atlas->nodes;
	struct piece piece = steered_piece(w, v, target, slice, x);
	double moved = 0;

	for (size_t p = 0; p < own->parts; p++) {
		const struct lot *l = part_lot(&own->part[p], slice);
		if (l != NULL && p != best && (p != nodes || l->share > 0))
			moved += l->curve[w->atlas->metric].total;
	}
	if (moved > 0 && (piece.curve == NULL || !(piece.curve->total > 0)))
		return;
	for (size_t p = 0; p < own->parts; p++) {
		const struct lot *l = part_lot(&own->part[p], slice);
		if (l == NULL || (p != best && (p != nodes || l->share > 0)))
			continue;
		struct piece stays = observed_piece(w, v, target, &own->part[p], l, slice, x);
		arm_piece(arm, vantage->slices.at[slice].block, &stays);
	}
	if (moved > 0) {
		piece.factor = moved / piece.curve->total;
		arm_piece(arm, vantage->slices.at[slice].block, &piece);
	}
}

/* In the units where both are known, `at_hand`'s world or (observed) the world as it is. */
static void fill(struct worlds *w, struct arm *arm, size_t v, size_t target, struct world x, bool observed)
{
	const struct vantage *vantage = &w->atlas->vantages.at[v];
	bool steered = has(x, FIX_STEERING);
	size_t best = steered ? (size_t)of(w, v, target)->best : 0;

	arm_probe(arm);
	for (uint32_t s = 0; s < vantage->slices.len; s++) {
		const struct slice *slice = &vantage->slices.at[s];
		if (!atlas_has(w->atlas, slice, atlas_target(target)))
			continue;
		if (steered && !atlas_has(w->atlas, slice, atlas_node(w->atlas, target, best)))
			continue;
		if (has(x, FIX_NODE) && !worlds_movable(w, v, x.candidate, s))
			continue;
		if (observed)
			add_observed(w, arm, v, target, s, (struct world){.candidate = -1});
		else if (steered)
			add_steered(w, arm, v, target, s, x);
		else
			add_observed(w, arm, v, target, s, x);
	}
}

/* Is everything known that the world needs? */
static bool possible(const struct worlds *w, size_t v, size_t target, struct world x)
{
	const struct vantage *vantage = &w->atlas->vantages.at[v];
	const struct track *own = &vantage->track[atlas_target(target)];
	const struct world_vantage *k = of(w, v, target);

	if (own->part == NULL || (has(x, FIX_STEERING) && (k->best < 0 || own->assumed))
	    || (has(x, FIX_DNS) && isnan(k->dns_low_us)) || (has(x, FIX_EDGE) && isnan(w->server_us[target])))
		return false;
	if (!has(x, FIX_NODE))
		return true;
	return x.candidate >= 0 && w->model[target].ok && !isnan(own->rtt_us)
	       && !isnan(steering_candidate_rtt(w->atlas, vantage, (size_t)x.candidate));
}

/* The objective's quantile at one vantage; *blocks gets how many it rests on. */
static double quantile_there(struct worlds *w, size_t v, size_t target, struct world x, bool observed,
                             size_t *blocks)
{
	struct mixture_member member = {.vantage = v};
	double weight = 1, q = NAN;
	struct mixture alone = {.member = {.at = &member, .len = 1}, .group = {.at = &weight, .len = 1}};
	struct arm arm;

	arm_begin(&arm, w->atlas->blocks.len);
	fill(w, &arm, v, target, x, observed);
	if (arm_close(&arm)) {
		*blocks = arm_blocks(&arm, 0);
		q = bootstrap_point(w->boot, &alone, &arm, &w->model[target], w->atlas->plan.quantile,
		                    w->atlas->fail_us, NULL);
	}
	w->failed |= arm.failed;
	arm_free(&arm);
	return q;
}

double worlds_gain(struct worlds *w, size_t v, size_t target, struct world x)
{
	struct world_vantage *k = of(w, v, target);
	size_t number = (((size_t)(x.candidate + 1)) << FIXES) + x.fixes, there = 0, here = 0;

	if (k->told[number])
		return k->gain[number];
	k->told[number] = true;
	k->gain[number] = NAN;
	if (!possible(w, v, target, x))
		return NAN;
	double now = quantile_there(w, v, target, x, true, &here);
	double then = quantile_there(w, v, target, x, false, &there);
	size_t all = atlas_blocks(w->atlas, &w->atlas->vantages.at[v], atlas_target(target));
	if (x.fixes == FIX_NONE)
		k->now_us = now;
	if (there >= BOOTSTRAP_MIN_BLOCKS || there == all)
		k->gain[number] = now - then;
	return k->gain[number];
}

bool worlds_add(struct worlds *w, struct arm *arm, size_t v, size_t target, struct world x)
{
	if (isnan(worlds_gain(w, v, target, x)))
		return false;
	fill(w, arm, v, target, x, false);
	return true;
}

static int size_of(unsigned set)
{
	int n = 0;

	for (; set != 0; set &= set - 1)
		n++;
	return n;
}

struct world worlds_choose(struct worlds *w, size_t v, size_t target, struct world at_hand)
{
	struct world best = {.fixes = FIX_NONE, .candidate = -1};
	double most = 0;

	worlds_gain(w, v, target, best); /* tells how things are now */
	double least = SKETCH_ALPHA * of(w, v, target)->now_us;
	for (int size = 1; size <= FIXES; size++) {
		struct world best_here = best;
		double most_here = most + least;
		for (unsigned set = 1; set <= FIX_ALL; set++) {
			if (size_of(set) != size || (set & ~at_hand.fixes) != 0)
				continue;
			struct world x = {.fixes = set, .candidate = -1};
			if (has(x, FIX_NODE))
				x.candidate = at_hand.candidate;
			double gain = worlds_gain(w, v, target, x);
			if (gain > most_here) {
				most_here = gain;
				best_here = x;
			}
		}
		most = best_here.fixes != best.fixes ? most_here : most;
		best = best_here;
	}
	return best;
}
