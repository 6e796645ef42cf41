#include "lib/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/varint.h"

#define BUCKETS (SKETCH_MAX_BUCKET + 1)
#define LEAST_SLACK 8
#define FIRST_SLACK 16

void sketch_free(struct sketch *s)
{
	free(s->count);
	*s = (struct sketch){ 0 };
}

void sketch_clear(struct sketch *s)
{
	if (s->n != s->zeros)
		memset(s->count, 0, s->len * sizeof *s->count);
	s->n = s->zeros = 0;
}

/* First and last occupied bucket as positions in count[]; false if there is none. */
static bool occupied(const struct sketch *s, size_t *first, size_t *last)
{
	if (s->n == s->zeros)
		return false;
	size_t i = 0, j = s->len;
	while (s->count[i] == 0)
		i++;
	while (s->count[j - 1] == 0)
		j--;
	*first = i;
	*last = j - 1;
	return true;
}

/* Make count[] cover the buckets lo..hi beside what it covers already. */
static bool cover(struct sketch *s, int lo, int hi)
{
	if (s->count != NULL && lo >= s->base && hi < s->base + (int)s->len)
		return true;
	if (s->n == s->zeros && s->len >= (size_t)(hi - lo) + 1) {
		/* Nothing counted yet: the memory that is there serves any range. */
		int highest = BUCKETS - (int)s->len;
		s->base = lo < highest ? lo : highest;
		return true;
	}
	if (s->n != s->zeros) {
		/* Growth on a side adds a quarter to what is needed there, so that values which
		 * come in any order cost a logarithmic number of moves. */
		int old_hi = s->base + (int)s->len - 1;
		int slack = ((hi > old_hi ? hi : old_hi) - (lo < s->base ? lo : s->base)) / 4 + LEAST_SLACK;
		lo = lo < s->base ? lo - slack : s->base;
		hi = hi > old_hi ? hi + slack : old_hi;
		if (lo < 0)
			lo = 0;
		if (hi > SKETCH_MAX_BUCKET)
			hi = SKETCH_MAX_BUCKET;
	}
	size_t len = (size_t)(hi - lo) + 1;
	uint64_t *count = calloc(len, sizeof *count);
	if (count == NULL)
		return false;
	if (s->n != s->zeros)
		memcpy(count + (s->base - lo), s->count, s->len * sizeof *count);
	free(s->count);
	s->count = count;
	s->base = lo;
	s->len = len;
	return true;
}

bool sketch_add_bucket(struct sketch *s, int bucket, uint64_t times)
{
	if (times > SKETCH_MAX_VALUES - s->n)
		return false;
	if (bucket < 0) {
		s->zeros += times;
		s->n += times;
		return true;
	}
	if (times == 0)
		return true;
	if ((size_t)(bucket - s->base) >= s->len) {
		/* The first value brings room for its neighbours: others are mostly near. */
		int around = s->n == s->zeros ? FIRST_SLACK : 0;
		int lo = bucket > around ? bucket - around : 0;
		int hi = bucket + around < SKETCH_MAX_BUCKET ? bucket + around : SKETCH_MAX_BUCKET;
		if (!cover(s, lo < bucket ? lo : bucket, hi > bucket ? hi : bucket))
			return false;
	}
	s->count[bucket - s->base] += times;
	s->n += times;
	return true;
}

bool sketch_add_codes(struct sketch *s, const uint16_t *codes, size_t n)
{
	unsigned lo = UINT16_MAX, hi = 0, zeros = 0;

	if (n > SKETCH_MAX_VALUES - s->n)
		return false;
	for (size_t i = 0; i < n; i++) {
		zeros += codes[i] == 0;
		lo = codes[i] != 0 && codes[i] < lo ? codes[i] : lo;
		hi = codes[i] > hi ? codes[i] : hi;
	}
	if (hi != 0 && !cover(s, (int)lo - 1, (int)hi - 1))
		return false;
	for (size_t i = 0; i < n; i++)
		if (codes[i] != 0)
			s->count[codes[i] - 1 - s->base]++;
	s->zeros += zeros;
	s->n += n;
	return true;
}

bool sketch_add(struct sketch *s, int64_t us, uint64_t times)
{
	return sketch_add_bucket(s, us <= 0 ? -1 : sketch_bucket((double)us), times);
}

bool sketch_merge(struct sketch *into, const struct sketch *from)
{
	size_t first, last;
	if (from->n > SKETCH_MAX_VALUES - into->n)
		return false;
	uint64_t n = from->n, zeros = from->zeros;
	if (occupied(from, &first, &last)) {
		if (!cover(into, from->base + (int)first, from->base + (int)last))
			return false;
		uint64_t *to = into->count + (from->base - into->base);
		for (size_t i = first; i <= last; i++)
			to[i] += from->count[i];
	}
	into->n += n;
	into->zeros += zeros;
	return true;
}

bool sketch_equal(const struct sketch *a, const struct sketch *b)
{
	size_t a_first, a_last, b_first, b_last;
	if (a->n != b->n || a->zeros != b->zeros)
		return false;
	if (!occupied(a, &a_first, &a_last))
		return true;
	occupied(b, &b_first, &b_last);
	return a->base + (int)a_first == b->base + (int)b_first && a_last - a_first == b_last - b_first
	       && memcmp(a->count + a_first, b->count + b_first,
	                 (a_last - a_first + 1) * sizeof *a->count) == 0;
}

/* Where the value of rank `rank` (from 0) is taken to lie, given that the buckets below
 * count[i] hold `below` values and count[i] holds it. */
static double position(const struct sketch *s, size_t i, uint64_t below, uint64_t rank)
{
	return sketch_bucket_point(s->base + (int)i, rank - below, s->count[i]);
}

double sketch_quantile(const struct sketch *s, double q)
{
	if (s->n == 0 || isnan(q))
		return NAN;
	q = q < 0 ? 0 : q > 1 ? 1 : q;
	double r = q * (double)(s->n - 1);
	uint64_t rank = (uint64_t)r;
	double part = r - (double)rank;
	/* The value of that rank, then the one behind it: the same bucket, or the next that
	 * is occupied. */
	uint64_t below = s->zeros;
	size_t i = 0;
	double first = 0;
	if (rank >= below) {
		while (rank - below >= s->count[i])
			below += s->count[i++];
		first = position(s, i, below, rank);
	}
	if (part == 0 || rank + 1 == s->n)
		return first;
	double second = 0;
	if (rank + 1 >= below) {
		while (rank + 1 - below >= s->count[i])
			below += s->count[i++];
		second = position(s, i, below, rank + 1);
	}
	return first + part * (second - first);
}

/* ---- storage form -------------------------------------------------------------- */

bool sketch_encode(const struct sketch *s, struct buf *out)
{
	size_t first = 0, last = 0, runs = 0;
	bool some = occupied(s, &first, &last);
	for (size_t i = first; some && i <= last; i++)
		runs += s->count[i] != 0;
	unsigned char bytes[256]; /* collected here, because an append costs more than a varint */
	size_t len = varint_make(s->zeros, bytes);
	len += varint_make(runs, bytes + len);
	int before = -1;
	for (size_t i = first; some && i <= last; i++) {
		uint64_t count = s->count[i];
		if (count == 0)
			continue;
		if (len > sizeof bytes - 2 * VARINT_MAX) {
			if (!buf_add(out, bytes, len))
				return false;
			len = 0;
		}
		int bucket = s->base + (int)i;
		len += varint_make((uint64_t)(bucket - before - 1) << 1 | (count > 1), bytes + len);
		if (count > 1)
			len += varint_make(count - 2, bytes + len);
		before = bucket;
	}
	return buf_add(out, bytes, len);
}

struct reader {
	const unsigned char *at, *end;
	const char *wrong; /* NULL, or why reading stopped */
};

static uint64_t get(struct reader *r)
{
	if (r->at < r->end && *r->at < 0x80) /* most are one byte */
		return *r->at++;
	uint64_t n = 0;
	for (int shift = 0; r->at < r->end; shift += 7) {
		unsigned char c = *r->at++;
		if (shift == 63 && c > 1) {
			r->wrong = "a number above 64 bits";
			return 0;
		}
		n |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80) {
			if (c == 0 && shift != 0)
				r->wrong = "a number longer than need be";
			return n;
		}
	}
	r->wrong = "it ends too early";
	return 0;
}

static void get_bucket(struct reader *r, int *bucket, uint64_t *count)
{
	uint64_t head = get(r);
	*count = 1;
	if (r->wrong == NULL && head >> 1 >= (uint64_t)(BUCKETS - 1 - *bucket))
		r->wrong = "a bucket beyond the last";
	if (r->wrong != NULL)
		return;
	*bucket += (int)(head >> 1) + 1;
	if (head & 1) {
		uint64_t more = get(r);
		if (more > SKETCH_MAX_VALUES)
			r->wrong = "too many values";
		else
			*count = more + 2;
	}
}

int sketch_decode(struct sketch *s, const void *data, size_t len, size_t *used, struct err *err)
{
	sketch_clear(s);
	*used = 0;
	const unsigned char *bytes = data;
	struct reader r = { .at = bytes, .end = bytes + len };
	uint64_t zeros = get(&r);
	uint64_t runs = r.wrong == NULL ? get(&r) : 0;
	if (r.wrong == NULL && (zeros > SKETCH_MAX_VALUES || runs > BUCKETS))
		r.wrong = runs > BUCKETS ? "more buckets than there are" : "too many values";
	/* Once over all of it to check and to find the range, then again to fill it in. */
	struct reader start = r;
	uint64_t n = zeros, count;
	int bucket = -1, first = -1;
	for (uint64_t i = 0; i < runs && r.wrong == NULL; i++) {
		get_bucket(&r, &bucket, &count);
		if (first < 0)
			first = bucket;
		if (r.wrong == NULL && count > SKETCH_MAX_VALUES - n)
			r.wrong = "too many values";
		n += count;
	}
	if (r.wrong != NULL)
		return err_set(err, LAT_DATAERR, "not a sketch: %s (byte %zu of %zu)", r.wrong,
		               (size_t)(r.at - bytes), len);
	if (runs != 0 && !cover(s, first, bucket))
		return err_nomem(err);
	bucket = -1;
	for (uint64_t i = 0; i < runs; i++) {
		get_bucket(&start, &bucket, &count);
		s->count[bucket - s->base] = count;
	}
	s->n = n;
	s->zeros = zeros;
	*used = (size_t)(r.at - bytes);
	return 0;
}
