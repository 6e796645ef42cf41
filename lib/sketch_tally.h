/* A sketch's values before they are one: codes, two bytes each, and a tally that counts them.
 *
 * Few values (an hour's, say) are kept as codes at a tenth of the cost of a sketch, whose memory is its
 * range. A tally has room for every code and knows which it has met, so that counting a few hundred
 * values, telling them in order, and emptying it again cost what they are, not what the range is.
 * The code of a value is 0 for zero, else one more than its bucket. */
#ifndef LATLAS_LIB_SKETCH_TALLY_H
#define LATLAS_LIB_SKETCH_TALLY_H

#include "lib/sketch.h"

#define SKETCH_CODES (SKETCH_MAX_BUCKET + 2)

/* Finds a whole number's bucket without a logarithm: the interval of 1/128 of an octave in which it lies
 * is shorter than any bucket, so that it meets one border at most, and that is looked at. */
#define SKETCH_SCALE_PARTS 128
struct sketch_scale {
	uint16_t first[63 * SKETCH_SCALE_PARTS]; /* bucket of an interval's least number */
	double high[SKETCH_MAX_BUCKET + 2];      /* sketch_bucket_high() */
};

/* The one there is, of 52 KB, made at the first call. Any thread. */
const struct sketch_scale *sketch_scale(void);

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

/* 18 KB; a zeroed one is empty. */
struct sketch_tally {
	uint64_t words[2];                      /* bit w: met[w] is not 0 */
	uint64_t met[(SKETCH_CODES + 63) / 64]; /* bit c: count[c] is not 0 */
	uint32_t different;                     /* codes above 0 that were met */
	uint32_t count[SKETCH_CODES];
};
_Static_assert((SKETCH_CODES + 63) / 64 <= 128, "words[] has a bit for each word of met[]");

/* `code` is below SKETCH_CODES. */
static inline void sketch_tally_add(struct sketch_tally *t, uint16_t code)
{
	unsigned word = code / 64;

	t->words[word / 64] |= UINT64_C(1) << word % 64;
	t->met[word] |= UINT64_C(1) << code % 64;
	t->different += code != 0 && t->count[code] == 0;
	t->count[code]++;
}

/* As sketch_encode() writes the sketch of these values. */
bool sketch_tally_encode(const struct sketch_tally *t, struct buf *out) LAT_MUST_CHECK;
/* Add them to a sketch. false as sketch_add(). */
bool sketch_tally_into(const struct sketch_tally *t, struct sketch *s) LAT_MUST_CHECK;
/* As sketch_quantile() of the same. */
double sketch_tally_quantile(const struct sketch_tally *t, double q);
void sketch_tally_clear(struct sketch_tally *t);

#endif
