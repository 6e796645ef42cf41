#include "lib/sanity.h"

#include <math.h>

#include "lib/clock.h"
#include "lib/geo.h"

bool sanity_impossible(double rtt_us, double km)
{
	return rtt_us < (1 - SANITY_RTT_SHARE) * fibre_rtt_ms(fmax(km - SANITY_KM, 0)) * US_PER_MS;
}

enum sanity_pair sanity_pair(double rtt_us, double lat1, double lon1, double lat2, double lon2)
{
	if (isnan(rtt_us) || isnan(lat1) || isnan(lon1) || isnan(lat2) || isnan(lon2))
		return SANITY_UNKNOWN;
	return sanity_impossible(rtt_us, great_circle_km(lat1, lon1, lat2, lon2)) ? SANITY_IMPOSSIBLE
	                                                                          : SANITY_FINE;
}

struct matrix { enum sanity_pair *at; size_t rows, columns; };

static enum sanity_pair *pair_of(const struct matrix *m, bool row, size_t k, size_t i)
{
	return &m->at[row ? k * m->columns + i : i * m->columns + k];
}

static void count(const struct matrix *m, bool row, size_t k, size_t *bad, size_t *all)
{
	*bad = *all = 0;
	for (size_t i = 0; i < (row ? m->columns : m->rows); i++) {
		enum sanity_pair p = *pair_of(m, row, k, i);
		*bad += p == SANITY_IMPOSSIBLE;
		*all += p != SANITY_UNKNOWN;
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

void sanity_blame(enum sanity_pair *pair, size_t rows, size_t columns, bool *row_bad, bool *column_bad)
{
	const struct matrix m = {pair, rows, columns};
	bool row;
	size_t k;

	while (worst(&m, &row, &k)) {
		(row ? row_bad : column_bad)[k] = true;
		for (size_t i = 0; i < (row ? columns : rows); i++)
			*pair_of(&m, row, k, i) = SANITY_UNKNOWN;
	}
}
