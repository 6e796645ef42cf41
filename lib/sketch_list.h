/* A sketch's values before they are one: a list of codes, two bytes each.
 *
 * Few values (an hour's, say) are kept as a list at a tenth of the cost of a sketch, whose
 * memory is its range; and the list becomes the same bytes. The code of a value is 0 for zero, else
 * one more than its bucket. */
#ifndef LATLAS_LIB_SKETCH_LIST_H
#define LATLAS_LIB_SKETCH_LIST_H

#include "lib/sketch.h"

/* Finds a whole number's bucket without a logarithm: the interval of 1/128 of an octave in which it lies
 * is shorter than any bucket, so that it meets one border at most, and that is looked at. */
#define SKETCH_SCALE_PARTS 128
struct sketch_scale {
	uint16_t first[63 * SKETCH_SCALE_PARTS]; /* bucket of an interval's least number */
	double high[SKETCH_MAX_BUCKET + 2];      /* sketch_bucket_high() */
};

struct sketch_scale *sketch_scale_new(void); /* 52 KB; NULL when out of memory; free(3) ends it */

/* The code of `us`; its bucket is sketch_bucket()'s. What is below 0 counts as 0. */
static inline uint16_t sketch_scale_code(const struct sketch_scale *scale, int64_t us)
{
	if (us <= 0)
		return 0;
	unsigned octave = 63u - (unsigned)__builtin_clzll((unsigned long long)us);
	uint64_t part = octave >= 7 ? (uint64_t)us >> (octave - 7) : (uint64_t)us << (7 - octave);
	unsigned bucket = scale->first[octave * SKETCH_SCALE_PARTS + (part & (SKETCH_SCALE_PARTS - 1))];
	return (uint16_t)(bucket + ((double)us > scale->high[bucket]) + 1);
}

/* As sketch_encode() writes the sketch of these n values. Orders them. */
bool sketch_list_encode(uint16_t *codes, size_t n, struct buf *out) LAT_MUST_CHECK;
/* Add them to a sketch. false as sketch_add(). */
bool sketch_list_add(struct sketch *s, const uint16_t *codes, size_t n) LAT_MUST_CHECK;

#endif
