#include "report/tabulate.h"

#include <math.h>

#include "lib/clock.h"
#include "lib/stats.h"

/* ---- mixtures over the window -------------------------------------------------------- */

/* Weight of a member if its group is shared by `peers` of them. */
static double member_weight(const struct mixture *who, size_t i, double peers)
{
	return peers > 0 ? who->group.at[who->member.at[i].group] / peers : 0;
}

void tabulate_share_out(const struct mixture *who, double *weight)
{
	double all = 0;

	for (size_t i = 0, end; i < who->member.len; i = end) {
		double peers = 0;
		for (end = i; end < who->member.len && who->member.at[end].group == who->member.at[i].group;
		     end++)
			peers += weight[end] > 0;
		for (size_t k = i; k < end; k++) {
			weight[k] = weight[k] > 0 ? member_weight(who, k, peers) : 0;
			all += weight[k];
		}
	}
	for (size_t i = 0; all > 0 && i < who->member.len; i++)
		weight[i] /= all;
}

static const struct track *track_of(const struct study *s, const struct mixture *who, size_t i,
                                    size_t subject)
{
	return &s->atlas.vantages.at[who->member.at[i].vantage].track[subject];
}

bool tabulate_mix(const struct study *s, const struct mixture *who, size_t subject, enum measure m,
                  struct dist *out)
{
	double *weight = s->weight;

	for (size_t i = 0; i < who->member.len; i++)
		weight[i] = dist_total(&track_of(s, who, i, subject)->window[m]);
	tabulate_share_out(who, weight);
	for (size_t i = 0; i < who->member.len; i++) {
		const struct dist *d = &track_of(s, who, i, subject)->window[m];
		if (weight[i] > 0 && !dist_add(out, d, weight[i] / dist_total(d)))
			return false;
	}
	return true;
}

void tabulate_served(const struct study *s, const struct mixture *who, size_t target, double *share)
{
	double *weight = s->weight;

	for (size_t p = 0; p <= s->atlas.nodes; p++)
		share[p] = 0;
	for (size_t i = 0; i < who->member.len; i++) {
		const struct track *t = track_of(s, who, i, target);
		weight[i] = 0;
		for (size_t p = 0; !t->assumed && p < t->parts; p++)
			weight[i] += t->served[p];
	}
	tabulate_share_out(who, weight);
	for (size_t i = 0; i < who->member.len; i++) {
		const struct track *t = track_of(s, who, i, target);
		double all = 0;
		for (size_t p = 0; p < t->parts; p++)
			all += t->served[p];
		for (size_t p = 0; all > 0 && p < t->parts; p++)
			share[p] += weight[i] * t->served[p] / all;
	}
}

static double slot_total(const struct part *p, enum slot slot)
{
	double sum = 0;

	for (size_t l = 0; p != NULL && l < p->lots.len; l++)
		sum += p->lots.at[l].curve[slot].total;
	return sum;
}

/* Median over the region of what it takes to reach a node, over those that can tell. */
static bool node_median(const struct study *s, const struct mixture *who, size_t subject, enum slot slot,
                        double *median)
{
	struct dist sum = {0};
	bool ok = true, failed = false;

	for (size_t i = 0; i < who->member.len; i++)
		s->weight[i] = slot_total(track_of(s, who, i, subject)->part, slot);
	tabulate_share_out(who, s->weight);
	for (size_t i = 0; ok && i < who->member.len; i++) {
		const struct part *p = track_of(s, who, i, subject)->part;
		for (size_t l = 0; ok && s->weight[i] > 0 && l < p->lots.len; l++)
			ok = dist_add(&sum, &p->lots.at[l].dist[slot], s->weight[i] / slot_total(p, slot));
	}
	*median = dist_quantile(&sum, 0.5, &failed);
	if (failed)
		*median = INFINITY;
	dist_free(&sum);
	return ok;
}

bool tabulate_best(const struct study *s, const struct mixture *who, size_t target, long *node,
                   double *rtt_ms)
{
	static const enum slot by[] = {SLOT_NO_SERVER, SLOT_TOTAL};
	double least = INFINITY, us;

	*node = -1;
	*rtt_ms = NAN;
	for (size_t k = 0; k < LAT_COUNT(by) && *node < 0; k++)
		for (size_t n = 0; n < s->atlas.nodes; n++) {
			enum slot slot = by[k] == SLOT_TOTAL ? s->atlas.metric : by[k];
			if (!atlas_live(&s->atlas, target, n))
				continue;
			if (!node_median(s, who, atlas_node(&s->atlas, target, n), slot, &us))
				return false;
			if (us < least) {
				least = us;
				*node = (long)n;
			}
		}
	if (*node < 0)
		return true;
	struct dist rtt = {0};
	bool ok = tabulate_mix(s, who, atlas_node(&s->atlas, target, (size_t)*node), M_MIN_RTT, &rtt);
	*rtt_ms = dist_quantile(&rtt, 0.5, NULL) / US_PER_MS;
	dist_free(&rtt);
	return ok;
}

/* ---- one target -------------------------------------------------------------------------- */

static void percentiles(const struct study *s, struct dist *d, struct estimate out[QUANTILES])
{
	if (d->fail > 0)
		d->fail_us = s->atlas.fail_us;
	for (int q = 0; q < QUANTILES; q++)
		out[q].ms = dist_quantile(d, report_quantiles[q], &out[q].fail) / US_PER_MS;
}

/* Bounds of one measure's p75 and p95: by the blocks in which it is known, which may be fewer than those of
 * the objective's metric. */
static bool bounds(struct study *s, const struct mixture *who, size_t target, enum slot slot,
                   struct estimate out[QUANTILES])
{
	static const int which[] = {P75, P95};
	struct arm arm;

	arm_begin(&arm, s->atlas.blocks.len);
	for (size_t i = 0; i < who->member.len; i++) {
		const struct vantage *v = &s->atlas.vantages.at[who->member.at[i].vantage];
		const struct track *t = track_of(s, who, i, target);
		arm_probe(&arm);
		for (uint32_t k = 0; k < v->slices.len; k++)
			for (size_t p = 0; p < t->parts; p++) {
				const struct lot *l = part_lot(&t->part[p], k);
				if (l != NULL)
					arm_piece(&arm, v->slices.at[k].block,
					          &(struct piece){.curve = &l->curve[slot], .factor = 1});
			}
	}
	bool ok = arm_close(&arm);
	size_t blocks = arm_least_blocks(&arm);
	for (size_t i = 0; ok && blocks >= BOOTSTRAP_MIN_BLOCKS && i < LAT_COUNT(which); i++) {
		double q = report_quantiles[which[i]];
		struct estimate *e = &out[which[i]];
		double us = bootstrap_point(&s->boot, who, &arm, NULL, q, s->atlas.fail_us, &e->fail);
		bootstrap_draws(&s->boot, who, &arm, NULL, q, s->atlas.fail_us, -1, s->draws[0]);
		bootstrap_time_bounds(&s->boot, us, e->fail, s->draws[0], blocks, us, s->atlas.fail_us, &e->low,
		                      &e->high);
		e->ms = us / US_PER_MS;
		e->low /= US_PER_MS;
		e->high /= US_PER_MS;
	}
	ok = ok && !arm.failed;
	arm_free(&arm);
	return ok;
}

static void availability(const struct study *s, const struct mixture *who, size_t target,
                         struct report_target *out)
{
	double *weight = s->weight;

	out->availability = NAN;
	for (size_t i = 0; i < who->member.len; i++) {
		const struct track *t = track_of(s, who, i, target);
		out->attempts += t->attempts;
		out->failures += t->failures;
		for (int type = 0; type < NEL_TYPES; type++)
			out->failures_by_type[type] += t->by_type[type];
		weight[i] = t->units;
	}
	stats_wilson(out->failures, out->attempts, 0.95, &out->failure_low, &out->failure_high);
	if (out->attempts == 0)
		return;
	tabulate_share_out(who, weight);
	out->availability = 0;
	for (size_t i = 0; i < who->member.len; i++)
		if (weight[i] > 0)
			out->availability += weight[i] * track_of(s, who, i, target)->available
			                     / track_of(s, who, i, target)->units;
}

bool tabulate_target(struct study *s, const struct region *g, size_t target, struct report_target *out)
{
	const struct plan_target *t = &s->atlas.plan.targets.at[target];
	struct mixture who;
	size_t blocks;

	*out = (struct report_target){.name = t->name, .role = t->role};
	for (int m = 0; m < MEASURES; m++)
		for (int q = 0; q < QUANTILES; q++)
			out->phase[m][q] = (struct estimate){.ms = NAN, .low = NAN, .high = NAN};
	bool ok = study_members(s, g, target, &who, &blocks);
	if (ok)
		availability(s, &who, target, out);
	for (int m = 0; ok && m <= M_SERVER; m++) {
		struct dist d = {0};
		ok = tabulate_mix(s, &who, target, (enum measure)m, &d);
		if (ok)
			percentiles(s, &d, out->phase[m]);
		if (m == M_TOTAL)
			out->total = d;
		else
			dist_free(&d);
	}
	ok = ok && bounds(s, &who, target, SLOT_TTFB, out->phase[M_TTFB])
	     && bounds(s, &who, target, SLOT_TOTAL, out->phase[M_TOTAL])
	     && (!atlas_by_rtt(&s->atlas) || bounds(s, &who, target, SLOT_MIN_RTT, out->phase[M_MIN_RTT]));
	mixture_free(&who);
	return ok;
}
