#include "report/sanity.h"

#include <math.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/geo.h"

bool sanity_impossible(double rtt_us, double km)
{
	return rtt_us < (1 - SANITY_RTT_SHARE) * fibre_rtt_ms(fmax(km - SANITY_KM, 0)) * US_PER_MS;
}

/* Smallest of the medians by address over the targets; NAN: never measured. */
static double node_rtt(const struct atlas *a, const struct vantage *v, size_t node)
{
	double rtt = NAN;

	for (size_t t = 0; t < a->targets; t++)
		if (v->track[atlas_node(a, t, node)].part != NULL)
			rtt = fmin(rtt, v->track[atlas_node(a, t, node)].rtt_us);
	return rtt;
}

enum pair { PAIR_NONE, PAIR_FINE, PAIR_IMPOSSIBLE };

static enum pair judge(const struct vantage *v, double rtt_us, double lat, double lon)
{
	double km = atlas_km(v, lat, lon);

	if (isnan(rtt_us) || isnan(km))
		return PAIR_NONE;
	return sanity_impossible(rtt_us, km) ? PAIR_IMPOSSIBLE : PAIR_FINE;
}

/* Rows are vantages, columns nodes and then candidates. */
struct matrix { enum pair *at; size_t rows, columns; };

static void count(const struct matrix *m, bool row, size_t k, size_t *bad, size_t *all)
{
	*bad = *all = 0;
	for (size_t i = 0; i < (row ? m->columns : m->rows); i++) {
		enum pair p = m->at[row ? k * m->columns + i : i * m->columns + k];
		*bad += p == PAIR_IMPOSSIBLE;
		*all += p != PAIR_NONE;
	}
}

/* The worst party; false if nothing is impossible. */
static bool worst(const struct matrix *m, bool *row, size_t *k)
{
	size_t most = 0, of = 1;

	for (size_t i = 0; i < m->rows + m->columns; i++) {
		size_t bad, all, index = i < m->rows ? i : i - m->rows;
		count(m, i < m->rows, index, &bad, &all);
		if (bad > most || (bad == most && bad != 0 && bad * of > most * all)) {
			most = bad;
			of = all;
			*row = i < m->rows;
			*k = index;
		}
	}
	return most != 0;
}

bool sanity_flag(struct atlas *a)
{
	struct matrix m = {.rows = a->vantages.len, .columns = a->nodes + a->candidates};
	bool row;
	size_t k;

	m.at = calloc(m.rows * m.columns + 1, sizeof *m.at);
	if (m.at == NULL)
		return false;
	for (size_t r = 0; r < m.rows; r++) {
		const struct vantage *v = &a->vantages.at[r];
		for (size_t n = 0; n < a->nodes; n++)
			m.at[r * m.columns + n] = judge(v, node_rtt(a, v, n), a->plan.nodes.at[n].lat,
			                                a->plan.nodes.at[n].lon);
		for (size_t c = 0; c < a->candidates; c++) {
			const struct track *t = &v->track[atlas_candidate(a, c)];
			m.at[r * m.columns + a->nodes + c] =
				judge(v, t->part == NULL ? NAN : t->rtt_us, a->plan.candidates.at[c].lat,
				      a->plan.candidates.at[c].lon);
		}
	}
	while (worst(&m, &row, &k)) {
		if (row)
			a->vantages.at[k].impossible = true;
		else if (k < a->nodes)
			a->node_impossible[k] = true;
		else
			a->candidate_impossible[k - a->nodes] = true;
		for (size_t i = 0; i < (row ? m.columns : m.rows); i++)
			m.at[row ? k * m.columns + i : i * m.columns + k] = PAIR_NONE;
	}
	free(m.at);
	return true;
}
