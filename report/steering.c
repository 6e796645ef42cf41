#include "report/steering.h"

#include <math.h>

double steering_median(const struct vantage *v, size_t subject, enum slot slot, enum parity parity)
{
	const struct part *p = atlas_single(v, subject);

	return p == NULL ? NAN : p->median[parity][slot];
}

static bool choosable(const struct atlas *a, const struct vantage *v, size_t target, size_t node,
                      const bool *removed)
{
	return (removed == NULL || !removed[node]) && atlas_live(a, target, node)
	       && atlas_single(v, atlas_node(a, target, node)) != NULL;
}

static long best_by(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed,
                    enum slot slot, enum parity parity)
{
	long best = -1;
	double least = INFINITY, least_rtt = INFINITY;

	for (size_t n = 0; n < a->nodes; n++) {
		if (!choosable(a, v, target, n, removed))
			continue;
		double median = steering_median(v, atlas_node(a, target, n), slot, parity);
		double rtt = v->track[atlas_node(a, target, n)].rtt_us;
		if (median < least || (median == least && best >= 0 && rtt < least_rtt)) {
			least = median;
			least_rtt = rtt;
			best = (long)n;
		}
	}
	return best;
}

long steering_best(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed,
                   enum parity parity)
{
	long best = best_by(a, v, target, removed, SLOT_NO_SERVER, parity);

	return best >= 0 ? best : best_by(a, v, target, removed, a->metric, parity);
}

long steering_nearest(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed)
{
	long best = -1;
	double least = INFINITY;

	for (size_t n = 0; n < a->nodes; n++) {
		if (!choosable(a, v, target, n, removed))
			continue;
		double rtt = v->track[atlas_node(a, target, n)].rtt_us;
		if (rtt < least) {
			least = rtt;
			best = (long)n;
		}
	}
	return best;
}

long steering_geo(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed,
                  double *km)
{
	long best = -1;
	double least = INFINITY;

	for (size_t n = 0; n < a->nodes; n++) {
		const struct plan_node *node = &a->plan.nodes.at[n];
		if ((removed != NULL && removed[n]) || !atlas_live(a, target, n))
			continue;
		double far = atlas_km(v, node->lat, node->lon);
		if (far < least) {
			least = far;
			best = (long)n;
		}
	}
	if (km != NULL)
		*km = best < 0 ? NAN : least;
	return best;
}

double steering_candidate_rtt(const struct atlas *a, const struct vantage *v, size_t candidate)
{
	const struct track *t = &v->track[atlas_candidate(a, candidate)];

	return t->part == NULL || a->candidate_impossible[candidate] ? NAN : t->rtt_us;
}
