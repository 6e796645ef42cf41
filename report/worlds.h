/* Worlds that are not: what a vantage would measure if one or more of its troubles were
 * mended. Each world is told in terms of what was measured:
 *
 *   DNS       dns takes the probe's own 10th percentile: (metric - dns) + that constant
 *   edge      the server takes the fleet's median: (metric - server) + that constant.
 *             (Series don't tell cache hits from misses; the fetches are of the usual, hot
 *             object, so the median is a hit's.)
 *   steering  the connection goes to the best existing node (steering.h): the metric as
 *             measured on it by address, that node's own server time included, plus the
 *             probe's own dns, as independent of it. What goes there already stays as it was
 *             measured, and so does what failed before any node was met
 *   node      there is a node at one candidate's place: each sample, of the world that has
 *             the other fixes, is moved by the rule of prediction (arm.h, predict.h), but not
 *             those of a node that is as near
 *
 * Of an objective on round trips neither dns nor the server is a part: then there are steering
 * (without dns) and node (measured, not predicted) alone; and steering can't be told where it was
 * assumed (steering.h).
 *
 * A fix is applied at a vantage only where it makes the objective's quantile smaller there,
 * by more than the sketches' own error (alpha of the value); so of the fixes that are at
 * hand, each vantage uses the smallest subset that serves it as well as any. */
#ifndef LATLAS_REPORT_WORLDS_H
#define LATLAS_REPORT_WORLDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/attr.h"
#include "report/arm.h"
#include "report/atlas.h"
#include "report/bootstrap.h"
#include "report/predict.h"
#include "report/result.h"

#define FIX_BIT(f) (1u << (f))
#define FIX_NONE 0u
#define FIX_ALL (FIX_BIT(FIXES) - 1)

struct world {
	unsigned fixes;  /* FIX_BIT(f) for each */
	long candidate;  /* with FIX_NODE: which; else -1 */
};

struct worlds {
	const struct atlas *atlas;
	const struct model *model;       /* by target */
	const struct bootstrap *boot;
	double *server_us;               /* by target: the fleet's median; NAN */
	struct world_vantage *vantage;   /* vantages x targets */
	struct curve **joined;           /* vantages x targets x nodes x 2, made when asked for */
	struct arena arena;
	bool failed;                     /* out of memory */
};

/* All of these keep a lack of memory in worlds.failed. */
bool worlds_begin(struct worlds *w, const struct atlas *a, const struct model *model,
                  const struct bootstrap *boot) LAT_MUST_CHECK;
void worlds_free(struct worlds *w);

/* The node that steering sends the vantage to; -1. */
long worlds_best(const struct worlds *w, size_t v, size_t target);
/* Its own 10th percentile and median of dns, in microseconds; NAN where no dns took place. */
double worlds_dns_low(const struct worlds *w, size_t v, size_t target);
double worlds_dns_median(const struct worlds *w, size_t v, size_t target);

/* What is measured on a node by address in a slice, plus the vantage's own dns of that
 * slice: one curve for each slice of the vantage (empty where the node wasn't measured).
 * `bare`: without the server's time. NULL: out of memory. */
const struct curve *worlds_joined(struct worlds *w, size_t v, size_t target, size_t node, bool bare);

/* RTT to a candidate in a slice: of the block where it was measured then, else of the window. */
double worlds_candidate_rtt(const struct worlds *w, size_t v, size_t candidate, uint32_t slice);
/* Can a piece of that slice be moved to a candidate's place? Not if the objective is one on round
 * trips, and the candidate was not measured in the slice's block. */
bool worlds_movable(const struct worlds *w, size_t v, long candidate, uint32_t slice);
/* A piece moved to a candidate's place, from a node at `rtt_us`; `dns_us` of it is dns. It has to
 * be movable. For an objective on round trips that is no prediction: the candidate's own round
 * trips of the slice take the place of the piece's, as many as there were. */
struct piece worlds_moved(const struct worlds *w, size_t v, long candidate, uint32_t slice,
                          struct piece from, double rtt_us, double dns_us);

/* Add the vantage as the next probe of the arm, as it is in that world, with exactly the
 * fixes told. false if that can't be told there: not measured, or in too few blocks. */
bool worlds_add(struct worlds *w, struct arm *arm, size_t v, size_t target, struct world world);
/* By how much the world makes the objective's quantile smaller at the vantage, over the units
 * in which both are known (microseconds, may be negative); NAN if it can't be told. */
double worlds_gain(struct worlds *w, size_t v, size_t target, struct world world);
/* The world that the vantage uses when these fixes are at hand. */
struct world worlds_choose(struct worlds *w, size_t v, size_t target, struct world at_hand);

#endif
