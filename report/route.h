/* Where a vantage's visitors go, before and after a change of the fleet.
 *
 *   observed  before: as was seen, share by share of the nodes that answered. After: the
 *             share of a removed node goes to the best remaining one (steering.h); and a
 *             share goes to an added candidate if the RTT to that is smaller than to the
 *             node it would otherwise have
 *   best      the best live node, before and after; an added candidate likewise
 *   geo       the live node that is nearest on the map, before and after, added ones too
 *
 * What a candidate would bring is predicted from the vantage's own samples at the node it
 * has before; with an objective on round trips it is measured, and nothing is predicted. Under best and geo, what a node brings is its metric by address plus the
 * vantage's dns, before as after. */
#ifndef LATLAS_REPORT_ROUTE_H
#define LATLAS_REPORT_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "report/arm.h"
#include "report/worlds.h"
#include "report/evaluate.h"
#include "report/study.h"

struct change {
	enum policy policy;
	bool *removed;           /* by node */
	bool *added;             /* by candidate */
	size_t removes, adds;
};

struct hop { /* of one share of the visitors */
	double share;     /* of the vantage's, over the window */
	long from;        /* node before; -1: no node that is known (observed only) */
	long to;          /* node after; -1: it stays with what it has (observed only), or see candidate */
	long candidate;   /* candidate after; -1 */
	bool lost;        /* nowhere to go */
};

struct route {
	enum policy policy;
	bool told;        /* the vantage can be judged: it measured what is needed */
	bool touched;     /* something changes for it */
	bool extrapolated;
	size_t hops;      /* observed: one for each part; else one */
	struct hop *hop;  /* in the study's arena */
};

/* false: out of memory. */
bool route_find(struct study *s, size_t v, size_t target, const struct change *c, struct route *out)
	LAT_MUST_CHECK;

/* Blocks with units that tell the objective's metric in both arms; `tried`: in which what both need was
 * asked for, whatever came of it. */
size_t route_blocks(const struct study *s, size_t v, size_t target, const struct route *r, bool tried);

/* Add the vantage as the next probe of both arms (without a block if it can't be told). */
void route_fill(struct study *s, size_t v, size_t target, const struct route *r, struct arm *before,
                struct arm *after);

/* Count units that tell both arms, and those in which a sample failed. */
void route_failures(const struct study *s, size_t v, size_t target, const struct route *r, uint64_t *units,
                    uint64_t *before, uint64_t *after);

#endif
