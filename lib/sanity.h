/* Sanity of places: an RTT below what light in fibre needs for the distance claimed is
 * impossible, so one of the two ends isn't where it says.
 *
 * Which of them, the other pairs tell: whoever is impossible against the most partners is
 * flagged, its pairs are taken away, and so on until none is left; of two with as many, the
 * one for which they are the larger share of its pairs, then the row (the vantage). */
#ifndef LATLAS_LIB_SANITY_H
#define LATLAS_LIB_SANITY_H

#include <stdbool.h>
#include <stddef.h>

/* Slack: of the RTT, for a clock that ticks in microseconds and a sketch that is right to
 * 0.5 %; and of the distance, because coordinates are a city's and not a rack's. */
#define SANITY_RTT_SHARE 0.05
#define SANITY_KM 50.0

/* Is a median RTT impossible over that great-circle distance? */
bool sanity_impossible(double rtt_us, double km);

enum sanity_pair { SANITY_UNKNOWN, SANITY_FINE, SANITY_IMPOSSIBLE };
/* Of two places and the RTT between them; NAN where something isn't known. */
enum sanity_pair sanity_pair(double rtt_us, double lat1, double lon1, double lat2, double lon2);

/* Pairs of rows (vantages) with columns (nodes, ...): pair[row * columns + column], used up by
 * the call. Sets row_bad[r] and column_bad[c] for those that are flagged, and leaves the others
 * as they are. */
void sanity_blame(enum sanity_pair *pair, size_t rows, size_t columns, bool *row_bad, bool *column_bad);

#endif
