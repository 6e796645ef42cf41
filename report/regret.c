#include "report/regret.h"

#include <math.h>

#include "lib/clock.h"
#include "report/steering.h"

/* What one vantage would choose, judged by one half of the blocks. */
struct choice {
	long node;
	long candidate; /* nearer than the node; -1 */
};

static struct choice choose(const struct study *s, size_t v, size_t target, enum parity half)
{
	const struct vantage *vantage = &s->atlas.vantages.at[v];
	struct choice c = {.node = steering_best(&s->atlas, vantage, target, NULL, half), .candidate = -1};

	if (c.node < 0 || !s->model[target].ok)
		return c;
	size_t node = atlas_node(&s->atlas, target, (size_t)c.node);
	double least = steering_median(vantage, node, SLOT_RTT, half);
	for (size_t k = 0; k < s->atlas.candidates; k++) {
		double rtt = s->atlas.candidate_impossible[k]
		             ? NAN : steering_median(vantage, atlas_candidate(&s->atlas, k), SLOT_RTT, half);
		if (rtt < least) {
			least = rtt;
			c.candidate = (long)k;
		}
	}
	return c;
}

struct arms { struct arm chosen, best, placed; };

/* Does the slice tell enough: who answered, by address too, and the choices of both halves? */
static bool comparable(const struct study *s, const struct vantage *v, size_t target, uint32_t slice,
                       const struct choice choice[2])
{
	const struct slice *x = &v->slices.at[slice];
	const struct track *own = &v->track[atlas_target(target)];
	bool answered = false;

	if (choice[0].node < 0 || choice[1].node < 0 || !atlas_has(&s->atlas, x, atlas_target(target)))
		return false;
	for (int half = 0; half < 2; half++)
		if (!atlas_has(&s->atlas, x, atlas_node(&s->atlas, target, (size_t)choice[half].node))
		    || (choice[half].candidate >= 0
		        && !worlds_movable(&s->worlds, (size_t)(v - s->atlas.vantages.at),
		                           choice[half].candidate, slice)))
			return false;
	for (size_t n = 0; n < s->atlas.nodes; n++) {
		const struct lot *l = part_lot(&own->part[n], slice);
		if (l == NULL || !(l->share > 0))
			continue;
		if (!atlas_has(&s->atlas, x, atlas_node(&s->atlas, target, n)))
			return false;
		answered = true;
	}
	return answered; /* by nodes that the plan knows */
}

static void add_slice(struct study *s, struct arms *arms, size_t v, size_t target, uint32_t slice,
                      const struct choice *c)
{
	const struct atlas *a = &s->atlas;
	const struct vantage *vantage = &a->vantages.at[v];
	const struct track *own = &vantage->track[atlas_target(target)];
	uint32_t block = vantage->slices.at[slice].block;

	for (size_t n = 0; n < a->nodes; n++) {
		const struct lot *l = part_lot(&own->part[n], slice);
		if (l == NULL || !(l->share > 0))
			continue;
		const struct curve *curve =
			&part_lot(atlas_single(vantage, atlas_node(a, target, n)), slice)->curve[a->metric];
		double factor = curve->total > 0 ? l->share / curve->total : 0;
		struct piece piece = {.curve = curve, .factor = factor};
		arm_piece(&arms->chosen, block, &piece);
	}
	const struct part *part = atlas_single(vantage, atlas_node(a, target, (size_t)c->node));
	const struct lot *l = part_lot(part, slice);
	struct piece piece = {.curve = &l->curve[a->metric], .factor = 1};
	arm_piece(&arms->best, block, &piece);
	if (c->candidate >= 0)
		piece = worlds_moved(&s->worlds, v, c->candidate, slice, piece,
		                     isnan(l->rtt_us) ? part->rtt_us : l->rtt_us, 0);
	arm_piece(&arms->placed, block, &piece);
}

/* *blocks becomes the number of the poorest member that has any. */
static bool fill(struct study *s, const struct mixture *who, size_t target, struct arms *arms, size_t *blocks)
{
	*blocks = 0;
	for (size_t i = 0; i < who->member.len; i++) {
		size_t v = who->member.at[i].vantage;
		const struct vantage *vantage = &s->atlas.vantages.at[v];
		struct choice choice[2];
		choice[PARITY_EVEN] = choose(s, v, target, PARITY_EVEN);
		choice[PARITY_ODD] = choose(s, v, target, PARITY_ODD);
		arm_probe(&arms->chosen);
		arm_probe(&arms->best);
		arm_probe(&arms->placed);
		for (uint32_t k = 0; k < vantage->slices.len; k++) {
			/* Measured on the other half than it was chosen on. */
			uint32_t half = 1 - vantage->slices.at[k].block % 2;
			if (comparable(s, vantage, target, k, choice))
				add_slice(s, arms, v, target, k, &choice[half]);
		}
		size_t n = arms->best.failed ? 0 : arm_blocks(&arms->best, i);
		*blocks = n != 0 && (*blocks == 0 || n < *blocks) ? n : *blocks;
	}
	bool ok = arm_close(&arms->chosen);
	ok = arm_close(&arms->best) && ok;
	return arm_close(&arms->placed) && ok;
}

/* The mean of the halves; of one, if the other has nothing. */
static double mean(double even, double odd)
{
	return isnan(even) ? odd : isnan(odd) ? even : (even + odd) / 2;
}

/* *fails is set if it is a failure, and left alone otherwise. */
static double half_point(struct study *s, const struct mixture *who, struct arm *a, const struct model *model,
                         int parity, bool *fails)
{
	bool failed;

	struct mixture_draw d = {.block = s->boot.work, .fit = &model->point};

	for (size_t i = 0; i < s->boot.blocks; i++)
		s->boot.work[i] = (int)(i % 2) == parity;
	double us = mixture_quantile(who, a, &d, s->atlas.plan.quantile, s->atlas.fail_us, &failed);
	*fails |= failed;
	return us;
}

/* Quantile of `a` less that of `b`, averaged over the halves. */
static void compare(struct study *s, const struct mixture *who, struct arm *a, struct arm *b,
                    const struct model *model, size_t blocks, struct estimate *out)
{
	double q = s->atlas.plan.quantile, fail_us = s->atlas.fail_us, point[2], sizes[2];

	for (int half = 0; half < 2; half++) {
		double x = half_point(s, who, a, model, half, &out->fail);
		double y = half_point(s, who, b, model, half, &out->fail);
		point[half] = x - y;
		sizes[half] = x + y;
		double *to = s->draws[half];
		bootstrap_draws(&s->boot, who, a, model, q, fail_us, half, to);
		bootstrap_draws(&s->boot, who, b, model, q, fail_us, half, s->draws[2]);
		for (size_t r = 0; r < s->boot.replicates; r++)
			to[r] -= s->draws[2][r];
	}
	for (size_t r = 0; r < s->boot.replicates; r++)
		s->draws[0][r] = mean(s->draws[0][r], s->draws[1][r]);
	double us = mean(point[0], point[1]);
	/* What a failure takes is no time that a choice gains or loses. */
	bootstrap_bounds(&s->boot, us, s->draws[0], out->fail ? 0 : blocks, mean(sizes[0], sizes[1]), &out->low,
	                 &out->high);
	out->ms = us / US_PER_MS;
	out->low /= US_PER_MS;
	out->high /= US_PER_MS;
}

/* Is the steering of one of them not known? */
static bool assumed(const struct study *s, const struct mixture *who, size_t target)
{
	for (size_t i = 0; i < who->member.len; i++)
		if (s->atlas.vantages.at[who->member.at[i].vantage].track[atlas_target(target)].assumed)
			return true;
	return false;
}

bool regret_measure(struct study *s, const struct mixture *who, size_t target, size_t blocks,
                    struct estimate *steering, struct estimate *placement)
{
	const struct model *model = &s->model[target];
	struct arms arms;
	size_t own = 0;

	*steering = *placement = (struct estimate){.ms = NAN, .low = NAN, .high = NAN};
	arm_begin(&arms.chosen, s->atlas.blocks.len);
	arm_begin(&arms.best, s->atlas.blocks.len);
	arm_begin(&arms.placed, s->atlas.blocks.len);
	bool ok = fill(s, who, target, &arms, &own);
	if (ok && own != 0) {
		blocks = own < blocks ? own : blocks;
		if (!assumed(s, who, target))
			compare(s, who, &arms.chosen, &arms.best, model, blocks, steering);
		if (s->atlas.candidates != 0 && model->ok)
			compare(s, who, &arms.best, &arms.placed, model, blocks, placement);
	}
	ok = ok && !arms.chosen.failed && !arms.best.failed && !arms.placed.failed;
	arm_free(&arms.chosen);
	arm_free(&arms.best);
	arm_free(&arms.placed);
	return ok;
}
