/* Where targets answered from: the addresses that samples through DNS reached, by place. So a
 * rival's points of presence are seen beside our own nodes.
 *
 * The place of an address is, in this order: that of our node, if the edge named itself as one or
 * the address is one's in the plan; what a geography database says (the collector asked it). Such
 * a database tells where an address is registered, not where an anycast one answers: where a
 * vantage's round trips are faster than light in fibre for the distance, the place is impossible,
 * and a row of its own.
 *
 * Shares are of the successes, mixed as everywhere: probes of a country alike, countries of a
 * continent as their weights say. Addresses are in raw samples only: where these have been
 * pruned, or only part of a large window was read, a note says so. */
#ifndef LATLAS_REPORT_EDGES_H
#define LATLAS_REPORT_EDGES_H

#include "report/result.h"
#include "report/study.h"
#include "schema/store.h"

#define EDGES_MAX_SAMPLES 500000 /* raw samples that are read, about */
#define EDGES_MAX_ROWS 12         /* places of a target in a region; the rest is one row */

struct edge_place { const char *addr, *country, *city, *asn; double lat, lon; int64_t built_s; };

struct edge_answer { /* what a vantage has of a target at one address */
	size_t vantage, target;
	long node;                  /* of ours, or -1 */
	const char *addr;
	const struct edge_place *place; /* NULL: not known */
	bool impossible;
	uint64_t samples;
	struct sketch min_rtt;
};

struct edges {
	VEC(struct edge_place) places;   /* by address */
	VEC(struct edge_answer) answers; /* by vantage, target and address */
	uint64_t every;                  /* batches: one in so many was read */
	struct arena arena;
};

/* Read what the study's window has, and add to its notes what there is to bear in mind. Errors as
 * the store's. edges_free() in any case. */
int edges_load(struct edges *e, struct study *s, struct store *store, struct err *err) LAT_MUST_CHECK;
/* Fill the edges of every target of every region that is in the report. false: out of memory. */
bool edges_fill(const struct edges *e, struct study *s, struct report *out) LAT_MUST_CHECK;
void edges_free(struct edges *e);

#endif
