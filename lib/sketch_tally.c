#include "lib/sketch_tally.h"

#include <math.h>
#include <threads.h>

#include "lib/varint.h"

static struct sketch_scale shared;

static void make_shared(void)
{
	for (int i = 0; i <= SKETCH_MAX_BUCKET + 1; i++)
		shared.high[i] = sketch_bucket_high(i);
	for (unsigned octave = 0; octave < 63; octave++)
		for (unsigned part = 0; part < SKETCH_SCALE_PARTS; part++) {
			uint64_t whole = SKETCH_SCALE_PARTS + part;
			/* Below 128 not every interval has a whole number in it; none is then looked up there. */
			uint64_t least = octave >= 7 ? whole << (octave - 7) : whole >> (7 - octave);
			shared.first[octave * SKETCH_SCALE_PARTS + part] = (uint16_t)sketch_bucket((double)least);
		}
}

const struct sketch_scale *sketch_scale(void)
{
	static once_flag made = ONCE_FLAG_INIT;

	call_once(&made, make_shared);
	return &shared;
}

/* ---- the codes that were met, in order --------------------------------------------------- */

struct walk {
	uint64_t words[2]; /* not yet entered */
	unsigned word;
	uint64_t rest;     /* of met[word] */
};

static struct walk walk_begin(const struct sketch_tally *t)
{
	return (struct walk){.words = {t->words[0], t->words[1]}};
}

/* The next word with a code in it: from walk.words, which it leaves. false: there is none. */
static bool next_word(struct walk *w)
{
	unsigned half = w->words[0] == 0;

	if (w->words[half] == 0)
		return false;
	w->word = half * 64 + (unsigned)__builtin_ctzll(w->words[half]);
	w->words[half] &= w->words[half] - 1;
	return true;
}

/* The next code, or SKETCH_CODES behind the last. */
static inline unsigned next_code(const struct sketch_tally *t, struct walk *w)
{
	if (w->rest == 0) {
		if (!next_word(w))
			return SKETCH_CODES;
		w->rest = t->met[w->word];
	}
	unsigned code = w->word * 64 + (unsigned)__builtin_ctzll(w->rest);
	w->rest &= w->rest - 1;
	return code;
}

/* ---- storage form: sketch.h ---------------------------------------------------------------- */

bool sketch_tally_encode(const struct sketch_tally *t, struct buf *out)
{
	struct walk w = walk_begin(t);
	unsigned before = 0;

	if (!buf_reserve(out, 2 * VARINT_MAX * (1 + (size_t)t->different)))
		return false;
	unsigned char *start = (unsigned char *)out->data, *to = start + out->len;
	to += varint_make(t->count[0], to);
	to += varint_make(t->different, to);
	for (unsigned code; (code = next_code(t, &w)) < SKETCH_CODES; before = code) {
		uint32_t count = t->count[code];
		if (code == 0)
			continue;
		to += varint_make((uint64_t)(code - before - 1) << 1 | (count > 1), to);
		if (count > 1)
			to += varint_make(count - 2, to);
	}
	out->len = (size_t)(to - start);
	*to = '\0';
	return true;
}

bool sketch_tally_into(const struct sketch_tally *t, struct sketch *s)
{
	struct walk w = walk_begin(t);

	for (unsigned code; (code = next_code(t, &w)) < SKETCH_CODES;)
		if (!sketch_add_bucket(s, (int)code - 1, t->count[code]))
			return false;
	return true;
}

/* The value of that rank, which is not below *code, of which `*below` values lie below it. */
static double value_at(const struct sketch_tally *t, struct walk *w, unsigned *code, uint64_t *below,
                       uint64_t rank)
{
	while (rank - *below >= t->count[*code]) {
		*below += t->count[*code];
		*code = next_code(t, w);
	}
	return *code == 0 ? 0 : sketch_bucket_point((int)*code - 1, rank - *below, t->count[*code]);
}

double sketch_tally_quantile(const struct sketch_tally *t, double q)
{
	struct walk w = walk_begin(t);
	uint64_t n = 0, below = 0;

	for (unsigned code; (code = next_code(t, &w)) < SKETCH_CODES;)
		n += t->count[code];
	if (n == 0 || isnan(q))
		return (double)NAN;
	q = q < 0 ? 0 : q > 1 ? 1 : q;
	double r = q * (double)(n - 1);
	uint64_t rank = (uint64_t)r;
	double part = r - (double)rank;
	w = walk_begin(t);
	unsigned code = next_code(t, &w);
	double first = value_at(t, &w, &code, &below, rank);
	if (part == 0 || rank + 1 == n)
		return first;
	return first + part * (value_at(t, &w, &code, &below, rank + 1) - first);
}

void sketch_tally_clear(struct sketch_tally *t)
{
	struct walk w = walk_begin(t);

	while (next_word(&w)) {
		for (uint64_t rest = t->met[w.word]; rest != 0; rest &= rest - 1)
			t->count[w.word * 64 + (unsigned)__builtin_ctzll(rest)] = 0;
		t->met[w.word] = 0;
	}
	t->words[0] = t->words[1] = 0;
	t->different = 0;
}
