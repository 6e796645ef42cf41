/* One arm of a comparison: for each probe, and each block of time, a distribution put
 * together from pieces. The world as it was is one arm; the world with fast DNS, with
 * another steering, or with one node more is another (report/worlds.h).
 *
 * A piece is a curve whose values v are moved, in this order:
 *     v + add                                     constants that take the place of what was left out
 *     max(v - r * gain, a + r * rtt + extra)      if predicted, for a place not yet built
 * with a and r of the fit at hand (report/predict.h). Moving keeps the order of values,
 * so the cumulated weight of the moved distribution at x is that of the curve at another
 * point, and nothing is made anew when a bootstrap draws another fit. */
#ifndef LATLAS_REPORT_ARM_H
#define LATLAS_REPORT_ARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attr.h"
#include "lib/sketch.h"
#include "lib/vec.h"
#include "report/curve.h"

struct fit { double a_us, r; }; /* metric = a + r * rtt */

struct piece {
	const struct curve *curve;
	double factor;    /* of every weight */
	double add_us;
	bool predicted;
	double gain_us;   /* rtt to the present node less that to the candidate */
	double rtt_us;    /* to the candidate */
	double extra_us;  /* of the floor: dns, which no node makes faster */
};

struct arm_block { uint32_t block; uint32_t first, pieces; }; /* pieces first .. first + pieces - 1 */
struct arm_probe { size_t first, blocks; };                   /* of arm.block */

/* Points at which an arm is evaluated: 0 is the value 0, i the upper bound of bucket i - 1. */
#define ARM_POINTS (SKETCH_MAX_BUCKET + 2)

struct arm {
	size_t columns;                /* blocks of the window */
	VEC(struct piece) piece;
	VEC(struct arm_block) block;
	VEC(struct arm_probe) probe;
	bool predicted;                /* some piece is */
	bool failed;                   /* out of memory, at any time */
	double *weight;                /* probes x columns: total weight; made by arm_close() */
	double **row;                  /* by point: probes x columns, cumulated weight; made when asked for */
	uint32_t *stamp, age;          /* a row is of this fit if its stamp is the age */
	struct fit fit;
	int hint;                      /* where the last quantile was */
};

/* Begin with a window of `columns` blocks; then for each probe, in order, arm_probe(), and
 * for each of its blocks, in order, arm_piece() once or more; then arm_close(). Nothing is
 * returned on the way: a lack of memory is kept and told by arm_close(). */
void arm_begin(struct arm *a, size_t columns);
void arm_probe(struct arm *a);
void arm_piece(struct arm *a, uint32_t block, const struct piece *p);
/* false: out of memory. */
bool arm_close(struct arm *a) LAT_MUST_CHECK;
void arm_free(struct arm *a);

/* Blocks in which the `probe`-th probe has weight. */
size_t arm_blocks(const struct arm *a, size_t probe);
/* Those of the poorest probe that has any: what an interval rests on. 0 if none has. */
size_t arm_least_blocks(const struct arm *a);

/* Cumulated weights at a point, probes x columns, under `fit` (NULL if nothing is
 * predicted). NULL: out of memory. Good until the next call with another fit. */
const double *arm_row(struct arm *a, int point, const struct fit *fit);
/* The value at a point, in microseconds. */
static inline double arm_point_us(int point)
{
	return point == 0 ? 0 : sketch_bucket_high(point - 1);
}

#endif
