#include "report/sanity.h"

#include <math.h>
#include <stdlib.h>

/* Smallest of the medians by address over the targets; NAN: never measured. */
static double node_rtt(const struct atlas *a, const struct vantage *v, size_t node)
{
	double rtt = NAN;

	for (size_t t = 0; t < a->targets; t++)
		if (v->track[atlas_node(a, t, node)].part != NULL)
			rtt = fmin(rtt, v->track[atlas_node(a, t, node)].rtt_us);
	return rtt;
}

static double candidate_rtt(const struct atlas *a, const struct vantage *v, size_t candidate)
{
	const struct track *t = &v->track[atlas_candidate(a, candidate)];

	return t->part == NULL ? NAN : t->rtt_us;
}

/* A row of the matrix: nodes, then candidates. */
static void judge(const struct atlas *a, const struct vantage *v, enum sanity_pair *pair)
{
	for (size_t n = 0; n < a->nodes; n++)
		pair[n] = sanity_pair(node_rtt(a, v, n), v->lat, v->lon, a->plan.nodes.at[n].lat,
		                      a->plan.nodes.at[n].lon);
	for (size_t c = 0; c < a->candidates; c++)
		pair[a->nodes + c] = sanity_pair(candidate_rtt(a, v, c), v->lat, v->lon,
		                                 a->plan.candidates.at[c].lat, a->plan.candidates.at[c].lon);
}

bool sanity_flag(struct atlas *a)
{
	size_t rows = a->vantages.len, columns = a->nodes + a->candidates;
	enum sanity_pair *pair = calloc(rows * columns + 1, sizeof *pair);
	bool *bad = calloc(rows + columns + 1, sizeof *bad);

	for (size_t r = 0; pair != NULL && bad != NULL && r < rows; r++)
		judge(a, &a->vantages.at[r], &pair[r * columns]);
	if (pair != NULL && bad != NULL) {
		sanity_blame(pair, rows, columns, bad, bad + rows);
		for (size_t r = 0; r < rows; r++)
			a->vantages.at[r].impossible |= bad[r];
		for (size_t n = 0; n < a->nodes; n++)
			a->node_impossible[n] |= bad[rows + n];
		for (size_t c = 0; c < a->candidates; c++)
			a->candidate_impossible[c] |= bad[rows + a->nodes + c];
	}
	free(pair);
	free(bad);
	return pair != NULL && bad != NULL;
}
