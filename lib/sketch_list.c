#include "lib/sketch_list.h"

#include <stdlib.h>
#include <string.h>

#define FEW 24 /* ordered by moving them about; more are counted */

struct sketch_scale *sketch_scale_new(void)
{
	struct sketch_scale *scale = malloc(sizeof *scale);

	if (scale == NULL)
		return NULL;
	for (int i = 0; i <= SKETCH_MAX_BUCKET + 1; i++)
		scale->high[i] = sketch_bucket_high(i);
	for (unsigned octave = 0; octave < 63; octave++)
		for (unsigned part = 0; part < SKETCH_SCALE_PARTS; part++) {
			uint64_t whole = SKETCH_SCALE_PARTS + part;
			/* Below 128 not every interval has a whole number in it; none is then looked up there. */
			uint64_t least = octave >= 7 ? whole << (octave - 7) : whole >> (7 - octave);
			scale->first[octave * SKETCH_SCALE_PARTS + part] = (uint16_t)sketch_bucket((double)least);
		}
	return scale;
}

/* ---- storage form: sketch.h ------------------------------------------------------------ */

struct writer {
	unsigned char bytes[256]; /* collected here, because an append costs more than a varint */
	size_t len;
	struct buf *out;
	int before;               /* bucket of the last run; -1 */
};

static void put(struct writer *w, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		w->bytes[w->len++] = (unsigned char)(n | 0x80);
	w->bytes[w->len++] = (unsigned char)n;
}

static bool put_run(struct writer *w, int bucket, uint64_t count)
{
	if (w->len > sizeof w->bytes - 20) {
		if (!buf_add(w->out, w->bytes, w->len))
			return false;
		w->len = 0;
	}
	put(w, (uint64_t)(bucket - w->before - 1) << 1 | (count > 1));
	if (count > 1)
		put(w, count - 2);
	w->before = bucket;
	return true;
}

static void order_few(uint16_t *codes, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint16_t code = codes[i];
		size_t k = i;
		for (; k > 0 && codes[k - 1] > code; k--)
			codes[k] = codes[k - 1];
		codes[k] = code;
	}
}

/* By counting: a list's values are mostly near each other. */
static void order_many(uint16_t *codes, size_t n)
{
	uint32_t counts[SKETCH_MAX_BUCKET + 2];
	uint16_t least = codes[0], most = codes[0];

	for (size_t i = 1; i < n; i++) {
		least = codes[i] < least ? codes[i] : least;
		most = codes[i] > most ? codes[i] : most;
	}
	memset(counts, 0, (size_t)(most - least + 1) * sizeof *counts);
	for (size_t i = 0; i < n; i++)
		counts[codes[i] - least]++;
	size_t at = 0;
	for (unsigned code = least; code <= most; code++)
		for (uint32_t k = counts[code - least]; k > 0; k--)
			codes[at++] = (uint16_t)code;
}

bool sketch_list_encode(uint16_t *codes, size_t n, struct buf *out)
{
	struct writer w = {.out = out, .before = -1};
	size_t zeros = 0, runs = 0;

	if (n <= FEW)
		order_few(codes, n);
	else
		order_many(codes, n);
	while (zeros < n && codes[zeros] == 0)
		zeros++;
	for (size_t i = zeros; i < n; i++)
		runs += i == zeros || codes[i] != codes[i - 1];
	put(&w, zeros);
	put(&w, runs);
	for (size_t i = zeros, end; i < n; i = end) {
		for (end = i + 1; end < n && codes[end] == codes[i];)
			end++;
		if (!put_run(&w, codes[i] - 1, end - i))
			return false;
	}
	return buf_add(out, w.bytes, w.len);
}

bool sketch_list_add(struct sketch *s, const uint16_t *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!sketch_add_bucket(s, codes[i] - 1, 1))
			return false;
	return true;
}
