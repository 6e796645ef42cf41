/* The tables of a region: percentiles of each target, who served, which node is best. */
#ifndef LATLAS_REPORT_TABULATE_H
#define LATLAS_REPORT_TABULATE_H

#include "report/result.h"
#include "report/study.h"

/* One target as seen from one region: percentiles of each phase over who counts for it,
 * with bounds for p75 and p95 of ttfb and total. Strings are the plan's. The distribution in
 * `out` is the caller's to free. false: out of memory. */
bool tabulate_target(struct study *s, const struct region *g, size_t target, struct report_target *out)
	LAT_MUST_CHECK;

/* Mixture over `who` of a measure of a subject, over the window; each probe that has any
 * weighs as much as the others of its group. Added to `out`. false: out of memory. */
bool tabulate_mix(const struct study *s, const struct mixture *who, size_t subject, enum measure m,
                  struct dist *out) LAT_MUST_CHECK;

/* Shares of the nodes that answered for a target, by number, the last: of no node that is
 * known. Their sum is 1, or 0 if nobody answered. `share` has room for nodes + 1. */
void tabulate_served(const struct study *s, const struct mixture *who, size_t target, double *share);

/* The live node that is best for the region (steering.h's measure, over the mixture), and
 * the median RTT to it; -1. false: out of memory. */
bool tabulate_best(const struct study *s, const struct mixture *who, size_t target, long *node,
                   double *rtt_ms) LAT_MUST_CHECK;

/* The weights of those members that have weight[i] > 0 to begin with; each becomes its
 * share in the mixture. */
void tabulate_share_out(const struct mixture *who, double *weight);

#endif
