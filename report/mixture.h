/* The distribution of a region: the mixture of its probes. Each unit of time (a
 * probe-hour) weighs the same within its probe, each probe within its group (a country),
 * each group as its weight says (equal, or a share of traffic).
 *
 * A probe that has nothing in the blocks at hand drops out, and the others of its group
 * take its place; a group without any probe drops out likewise. */
#ifndef LATLAS_REPORT_MIXTURE_H
#define LATLAS_REPORT_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/vec.h"
#include "report/arm.h"

struct mixture_member { size_t vantage; size_t group; };

struct mixture {
	VEC(struct mixture_member) member; /* in the order of the probes of every arm */
	VEC(double) group;                 /* weight of each group */
};

void mixture_free(struct mixture *m);

/* (sum w)^2 / sum w^2 over the groups that have members: by how many of equal weight it
 * could be replaced. 0 if there is none. */
double mixture_effective_groups(const struct mixture *m);

/* What is drawn: how often each block counts, and each probe. */
struct mixture_draw {
	const double *block;     /* by column of the arm */
	const uint16_t *vantage; /* by index of the vantage; NULL: each once */
	const struct fit *fit;   /* NULL if no arm predicts */
};

/* Quantile q of the region in microseconds under that draw; NAN if no probe has data (or
 * memory ran out: arm.failed). If it lies among the failures, *failed (may be NULL) is set
 * and `fail_us` comes back. The quantile is where the cumulated weight reaches q. */
double mixture_quantile(const struct mixture *m, struct arm *a, const struct mixture_draw *d,
                        double q, double fail_us, bool *failed);

/* The share of each member in the region under that draw (their sum is 1, or 0 if no
 * probe has data), divided by its weight: what its cumulated weights are multiplied by. */
void mixture_factors(const struct mixture *m, const struct arm *a, const struct mixture_draw *d,
                     double *factor);

#endif
