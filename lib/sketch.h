/* A mergeable histogram of durations: DDSketch with logarithmic buckets.
 *
 * Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with
 * relative-error guarantees", VLDB 2019. With alpha = 0.005 and
 * gamma = (1 + alpha) / (1 - alpha), bucket i counts the values v (integer
 * microseconds) with gamma^(i-1) < v <= gamma^i, i = ceil(ln v / ln gamma);
 * zeros are counted apart. Buckets are never collapsed: 1 us to 292 years is
 * 4,300 of them, and a sketch stores only the range it met. Merging adds counts,
 * so the order of merges does not matter and nothing is lost by it.
 *
 * Quantile q of n values is at rank r = q (n - 1) (Hyndman and Fan, type 7). The
 * j-th (from 0) of the c values of a bucket with bounds lo, hi is taken to lie at
 * lo + (hi - lo) (j + 1/2) / c; between two neighbours one interpolates. A bucket
 * is 2 alpha wide (hi / lo - 1 = gamma - 1 = 2 alpha / (1 - alpha), 1.005 %), so a
 * value that stands alone in it is right to alpha / (1 - alpha), 0.503 %, and no
 * value is wrong by more than the bucket's width. */
#ifndef LATLAS_LIB_SKETCH_H
#define LATLAS_LIB_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

#define SKETCH_ALPHA 0.005
#define SKETCH_MAX_BUCKET 4400 /* no index is above it, and none of a whole number below 0 */
#define SKETCH_MAX_VALUES (1ULL << 53) /* in one sketch: doubles count exactly up to here */

struct sketch {
	uint64_t n;      /* values, zeros included */
	uint64_t zeros;
	int base;        /* index of count[0] */
	size_t len;      /* buckets in count[], empty ones at both ends among them */
	uint64_t *count; /* NULL while there is no value above zero */
};

/* A zeroed struct is an empty sketch. */
void sketch_free(struct sketch *s);
void sketch_clear(struct sketch *s); /* empty, memory kept */

/* Count `times` values of `us` >= 0 (a negative one counts as 0). false: out of memory,
 * or more than SKETCH_MAX_VALUES in all; the sketch is then as it was. */
bool sketch_add(struct sketch *s, int64_t us, uint64_t times) LAT_MUST_CHECK;
/* The same for values whose bucket is known: 0 to SKETCH_MAX_BUCKET, or -1: zeros. */
bool sketch_add_bucket(struct sketch *s, int bucket, uint64_t times) LAT_MUST_CHECK;
/* The same for `n` values at once, once each, which costs one look at their range: codes of 0 for zero, else
 * one more than the bucket. */
bool sketch_add_codes(struct sketch *s, const uint16_t *codes, size_t n) LAT_MUST_CHECK;
/* Add all of `from` (which may be `into`). false as in sketch_add. */
bool sketch_merge(struct sketch *into, const struct sketch *from) LAT_MUST_CHECK;

/* Quantile, 0 <= q <= 1 (others are taken as the nearer end), in microseconds; NAN if
 * the sketch is empty. */
double sketch_quantile(const struct sketch *s, double q);

/* The same values in the same buckets. */
bool sketch_equal(const struct sketch *a, const struct sketch *b);

/* Bucket of a finite value > 0 (below 1 it is negative), and the bounds and middle of a
 * bucket (middle: the point that is off by at most alpha for every value of the bucket,
 * 2 gamma^i / (gamma + 1)). A value belongs to the bucket i for which
 * sketch_bucket_low(i) < us <= sketch_bucket_high(i), exactly as the two return them, and
 * they are gamma^(i-1) and gamma^i to the last place of a double. For whole numbers up to
 * 2.7e14 (8 years) that is the definition above without any rounding. */
int sketch_bucket(double us);
double sketch_bucket_low(int bucket);
double sketch_bucket_high(int bucket);
double sketch_bucket_middle(int bucket);
/* Where the value of rank `rank` (from 0) of the `count` in a bucket is taken to lie: they are spread
 * evenly over it. */
double sketch_bucket_point(int bucket, uint64_t rank, uint64_t count);

/* Compact form, for storage. All numbers are LEB128 varints of up to 64 bits, in their
 * shortest form: the count of zeros, the number of occupied buckets, then for each of
 * these, in ascending order, (gap << 1 | many) and, if `many` is 1, the bucket's count
 * less 2; if `many` is 0 the count is 1. gap is the number of empty buckets skipped
 * since the one before; for the first it is its index (as if one stood at -1).
 *     {0, 1, 1, 120000 us} is  01 02  01 00  a2 12   (bucket 0 twice, bucket 1170 once:
 *     1169 empty ones between them, << 1 = 2338 = 12 22 in 7-bit digits: a2 12)
 * Equal sketches have equal bytes. Appends to `out`; false if out of memory or over
 * its limit. */
bool sketch_encode(const struct sketch *s, struct buf *out) LAT_MUST_CHECK;

/* Read one sketch from `data`; *used gets the number of bytes it took. The old
 * content of `s` is replaced; after an error it is empty. LAT_DATAERR if the bytes do
 * not start with a sketch in exactly the form above (an index above SKETCH_MAX_BUCKET,
 * more than SKETCH_MAX_VALUES, a varint longer than need be); LAT_SOFTWARE if out of
 * memory, of which at most 35 KB are asked for. */
int sketch_decode(struct sketch *s, const void *data, size_t len, size_t *used,
                  struct err *err) LAT_MUST_CHECK;

#endif
