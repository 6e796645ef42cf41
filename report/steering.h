/* Where a vantage's visitors could be sent: the best node there, the nearest one, and what a
 * visitor would meet there.
 *
 * The *best* node is the one with the smallest median of the objective's metric without the
 * server's time, by address: what the way to it costs. A slow server would otherwise look
 * like wrong steering, and one would leave the nearest node instead of mending it. Where no
 * server times are known (no min_rtt), the metric itself decides. */
#ifndef LATLAS_REPORT_STEERING_H
#define LATLAS_REPORT_STEERING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/attr.h"
#include "report/atlas.h"

/* Median of a slot of a node (or candidate) in microseconds over those blocks; INFINITY if
 * it lies among the failures; NAN if there is nothing. */
double steering_median(const struct vantage *v, size_t subject, enum slot slot, enum parity parity);

/* The best live node for a target, those in `removed` (a flag for each node; may be NULL)
 * left out; -1 if none was measured, or each fails in the median. Ties go to the smaller
 * RTT, then to the plan's order. */
long steering_best(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed,
                   enum parity parity);

/* The live node with the smallest median RTT, likewise. */
long steering_nearest(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed);

/* The live node that is nearest on the map; -1 also if no place is known. *km gets the distance. */
long steering_geo(const struct atlas *a, const struct vantage *v, size_t target, const bool *removed,
                  double *km);

/* With an objective on round trips: a vantage that has measured nothing of a cdn target but its
 * nodes by address is taken to be sent to the best of them, as if that were what it had through
 * DNS (track.assumed). Whether it is, nobody knows: its steering must not be judged. To be
 * called when impossible places are flagged. false: out of memory. */
bool steering_assume(struct atlas *a) LAT_MUST_CHECK;

/* Median RTT to a candidate over the window; NAN if it wasn't measured, or isn't where it says.
 * With an objective on round trips INFINITY if it lies among the failures. */
double steering_candidate_rtt(const struct atlas *a, const struct vantage *v, size_t candidate);

#endif
