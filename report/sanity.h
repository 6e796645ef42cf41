/* Sanity of places: an RTT below what light in fibre needs for the distance claimed is
 * impossible, so the vantage or the node isn't where it says.
 *
 * Which of the two, the other pairs tell: whoever is impossible against the most partners is
 * flagged, its pairs are taken away, and so on until none is left; of two with as many, the
 * one for which they are the larger share of its pairs, then the vantage. */
#ifndef LATLAS_REPORT_SANITY_H
#define LATLAS_REPORT_SANITY_H

#include "report/atlas.h"

/* Slack: of the RTT, for a clock that ticks in microseconds and a sketch that is right to
 * 0.5 %; and of the distance, because coordinates are a city's and not a rack's. */
#define SANITY_RTT_SHARE 0.05
#define SANITY_KM 50.0

/* Is a median RTT impossible over that great-circle distance? */
bool sanity_impossible(double rtt_us, double km);

/* Flag vantages, nodes and candidates of the atlas. false: out of memory. */
bool sanity_flag(struct atlas *a);

#endif
