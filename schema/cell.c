#include "schema/cell_form.h"

#include <stddef.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/sketch_tally.h"
#include "lib/varint.h"
#include "schema/cell_sample.h"

/* The storage form, all numbers LEB128 varints:
 *
 *   version: 1 sketches, 2 a list
 *   attempts, first_attempts, first_failures, outages, flagged, timeout_us
 *   number of failure types met, then for each: type, count
 *   1: set of the measures that have values (bit m: measure m)
 *      for each of these, in order: length in bytes, sketch_encode()'s form
 *   2: number of samples, 1 to CELL_LIST_MOST
 *      for each, as they came: cell_sample.h's form
 *
 * The length lets a reader that wants three measures of fifteen skip the others. */

void cell_free(struct cell *c)
{
	for (int m = 0; m < MEASURES; m++)
		sketch_free(&c->sketch[m]);
	memset(c, 0, sizeof *c);
}

static void clear_counters(struct cell *c)
{
	c->attempts = c->first_attempts = c->first_failures = c->outages = c->flagged = 0;
	memset(c->failures, 0, sizeof c->failures);
	c->timeout_us = 0;
}

void cell_clear(struct cell *c)
{
	clear_counters(c);
	for (int m = 0; m < MEASURES; m++)
		sketch_clear(&c->sketch[m]);
}

bool cell_count(struct cell *c, const struct sample *s, enum cell_verdict verdict, int64_t timeout_us)
{
	if (verdict == CELL_OUTAGE) {
		c->outages++;
		return false;
	}
	if (verdict == CELL_FLAGGED) {
		c->flagged++;
		return false;
	}
	c->flagged += verdict == CELL_LATE;
	c->attempts++;
	c->first_attempts += s->nth == 0;
	if (timeout_us > c->timeout_us)
		c->timeout_us = timeout_us;
	if (s->error != NEL_OK) {
		c->failures[(unsigned)s->error < NEL_TYPES ? s->error : NEL_UNKNOWN]++;
		c->first_failures += s->nth == 0;
		return false;
	}
	return verdict != CELL_LATE;
}

bool cell_add(struct cell *c, const struct sample *s, enum cell_verdict verdict, int64_t timeout_us)
{
	int64_t values[MEASURES];

	if (!cell_count(c, s, verdict, timeout_us))
		return true;
	measure_values(s, values);
	for (int m = 0; m < MEASURES; m++)
		if (values[m] != US_NONE && !sketch_add(&c->sketch[m], values[m], 1))
			return false;
	return true;
}

bool cell_merge(struct cell *into, const struct cell *from)
{
	into->attempts += from->attempts;
	into->first_attempts += from->first_attempts;
	into->first_failures += from->first_failures;
	into->outages += from->outages;
	into->flagged += from->flagged;
	for (int t = 0; t < NEL_TYPES; t++)
		into->failures[t] += from->failures[t];
	if (from->timeout_us > into->timeout_us)
		into->timeout_us = from->timeout_us;
	for (int m = 0; m < MEASURES; m++)
		if (from->sketch[m].n != 0 && !sketch_merge(&into->sketch[m], &from->sketch[m]))
			return false;
	return true;
}

bool cell_equal(const struct cell *a, const struct cell *b)
{
	if (a->attempts != b->attempts || a->first_attempts != b->first_attempts
	    || a->first_failures != b->first_failures || a->outages != b->outages
	    || a->flagged != b->flagged || a->timeout_us != b->timeout_us
	    || memcmp(a->failures, b->failures, sizeof a->failures) != 0)
		return false;
	for (int m = 0; m < MEASURES; m++)
		if (!sketch_equal(&a->sketch[m], &b->sketch[m]))
			return false;
	return true;
}

uint64_t cell_failures(const struct cell *c)
{
	uint64_t n = 0;

	for (int t = 0; t < NEL_TYPES; t++)
		n += c->failures[t];
	return n;
}

uint64_t cell_samples(const struct cell *c)
{
	uint64_t late = c->attempts - cell_failures(c), timed = 0;

	for (int m = 0; m < MEASURES; m++) /* that which most successes have */
		timed = c->sketch[m].n > timed ? c->sketch[m].n : timed;
	late = timed < late ? late - timed : 0;
	return c->attempts + c->outages + c->flagged - (late < c->flagged ? late : c->flagged);
}

enum cell_verdict cell_verdict_of(const struct batch *b, const struct sample *s, bool clock_implausible)
{
	if (clock_implausible || (s->lagged && (s->error != NEL_OK || b->round_ok == 0)))
		return CELL_FLAGGED;
	if (b->round_ok == 0)
		return CELL_OUTAGE;
	return s->lagged ? CELL_LATE : CELL_FOLD;
}

/* ---- storage form ------------------------------------------------------------ */

struct reader {
	const unsigned char *at, *end;
	bool failed;
};

static uint64_t varint_get(struct reader *r)
{
	uint64_t n = 0;
	size_t len = varint_take(r->at, r->end, &n);

	r->failed |= len == 0;
	r->at += len;
	return n;
}

size_t cell_leave_length(struct buf *out)
{
	if (!buf_reserve(out, 1))
		return 0;
	return ++out->len;
}

bool cell_put_length(struct buf *out, size_t start)
{
	size_t len = out->failed ? 0 : out->len - start;
	unsigned char head[VARINT_MAX];
	size_t more = varint_make(len, head) - 1;

	if (more > 0) {
		if (!buf_add(out, head, more)) /* makes the room */
			return false;
		memmove(out->data + start + more, out->data + start, len);
		memcpy(out->data + start, head + 1, more);
	}
	if (!out->failed)
		out->data[start - 1] = (char)head[0];
	return !out->failed;
}

/* All before the sketches or samples, of which `what` says the set or the number. */
static bool put_head(const struct cell *c, enum cell_form form, uint64_t what, struct buf *out)
{
	const uint64_t counters[] = {
		form, c->attempts, c->first_attempts, c->first_failures, c->outages, c->flagged,
		c->timeout_us < 0 ? 0 : (uint64_t)c->timeout_us
	};
	uint64_t types = 0;

	for (int t = 0; t < NEL_TYPES; t++)
		types += c->failures[t] != 0;
	if (!buf_reserve(out, VARINT_MAX * (LAT_COUNT(counters) + 1 + 2 * types + 1)))
		return false;
	unsigned char *start = (unsigned char *)out->data, *to = start + out->len;
	for (size_t i = 0; i < LAT_COUNT(counters); i++)
		to += varint_make(counters[i], to);
	to += varint_make(types, to);
	for (int t = 0; t < NEL_TYPES && types != 0; t++) {
		if (c->failures[t] == 0)
			continue;
		to += varint_make((uint64_t)t, to);
		to += varint_make(c->failures[t], to);
	}
	to += varint_make(what, to);
	out->len = (size_t)(to - start);
	*to = '\0';
	return true;
}

bool cell_put_head(const struct cell *c, uint32_t set, struct buf *out)
{
	return put_head(c, CELL_FORM_SKETCHES, set, out);
}

bool cell_put_list(const struct cell *c, size_t samples, const void *data, size_t len, struct buf *out)
{
	return put_head(c, CELL_FORM_LIST, samples, out) && buf_add(out, data, len);
}

bool cell_encode(const struct cell *c, struct buf *out)
{
	uint32_t set = 0;

	for (int m = 0; m < MEASURES; m++)
		set |= (uint32_t)(c->sketch[m].n != 0) << m;
	if (!cell_put_head(c, set, out))
		return false;
	for (int m = 0; m < MEASURES; m++) {
		if ((set >> m & 1) == 0)
			continue;
		size_t start = cell_leave_length(out);
		if (!sketch_encode(&c->sketch[m], out) || !cell_put_length(out, start))
			return false;
	}
	return !out->failed;
}

static int get_counters(struct cell *c, struct reader *r, struct err *err)
{
	c->attempts = varint_get(r);
	c->first_attempts = varint_get(r);
	c->first_failures = varint_get(r);
	c->outages = varint_get(r);
	c->flagged = varint_get(r);
	uint64_t timeout = varint_get(r);
	if (timeout > INT64_MAX)
		return err_set(err, LAT_DATAERR, "cell: timeout out of range");
	c->timeout_us = (int64_t)timeout;
	uint64_t types = varint_get(r);
	for (uint64_t i = 0; i < types && !r->failed; i++) {
		uint64_t type = varint_get(r);
		if (type == NEL_OK || type >= NEL_TYPES)
			return err_set(err, LAT_DATAERR, "cell: no failure type %llu", (unsigned long long)type);
		c->failures[type] = varint_get(r);
	}
	return 0;
}

int cell_get_head(struct cell *c, const void *data, size_t len, struct cell_head *head, struct err *err)
{
	struct reader r = {.at = data, .end = (const unsigned char *)data + len};
	uint64_t form = varint_get(&r);
	int status;

	if (form != CELL_FORM_SKETCHES && form != CELL_FORM_LIST)
		return err_set(err, LAT_DATAERR, "cell: of a version that isn't known (%d or %d)", CELL_FORM_SKETCHES,
		               CELL_FORM_LIST);
	if ((status = get_counters(c, &r, err)) != 0)
		return status;
	uint64_t what = varint_get(&r);
	if (r.failed)
		return err_set(err, LAT_DATAERR, "cell: ends too early, after %zu bytes", len);
	if (form == CELL_FORM_SKETCHES && what >> MEASURES != 0)
		return err_set(err, LAT_DATAERR, "cell: has a measure that isn't known");
	if (form == CELL_FORM_LIST && (what == 0 || what > CELL_LIST_MOST))
		return err_set(err, LAT_DATAERR, "cell: a list of %llu samples (1 to %d)", (unsigned long long)what,
		               CELL_LIST_MOST);
	head->form = (enum cell_form)form;
	head->set = form == CELL_FORM_SKETCHES ? (uint32_t)what : 0;
	head->samples = form == CELL_FORM_LIST ? (size_t)what : 0;
	head->len = (size_t)(r.at - (const unsigned char *)data);
	return 0;
}

static int not_a_sample(size_t i, struct err *err)
{
	return err_set(err, LAT_DATAERR, "cell: ends too early, or is none, in sample %zu", i);
}

static int ends_at(const unsigned char *at, const unsigned char *end, struct err *err)
{
	if (at != end)
		return err_set(err, LAT_DATAERR, "cell: %zu bytes too many", (size_t)(end - at));
	return 0;
}

int cell_check_list(const void *data, size_t len, size_t samples, struct err *err)
{
	const unsigned char *at = data, *end = at + len;
	struct sample s = sample_absent;

	for (size_t used, i = 0; i < samples; i++, at += used)
		if ((used = cell_sample_get(at, end, &s)) == 0)
			return not_a_sample(i, err);
	return ends_at(at, end, err);
}

static int decode_list(struct cell *c, const unsigned char *at, const unsigned char *end, size_t samples,
                       uint32_t wanted, struct err *err)
{
	const struct sketch_scale *scale = sketch_scale();
	struct sample s = sample_absent;
	int64_t values[MEASURES];
	uint16_t codes[MEASURES][CELL_LIST_MOST];
	size_t n[MEASURES] = {0};

	wanted &= (1u << MEASURES) - 1;
	for (size_t used, i = 0; i < samples; i++, at += used) {
		if ((used = cell_sample_get(at, end, &s)) == 0)
			return not_a_sample(i, err);
		measure_values(&s, values);
		for (uint32_t rest = wanted; rest != 0; rest &= rest - 1) {
			int m = __builtin_ctz(rest);
			if (values[m] != US_NONE)
				codes[m][n[m]++] = sketch_scale_code(scale, values[m]);
		}
	}
	for (int m = 0; m < MEASURES; m++)
		if (n[m] > 0 && !sketch_add_codes(&c->sketch[m], codes[m], n[m]))
			return err_nomem(err);
	return ends_at(at, end, err);
}

static int decode_sketches(struct cell *c, const unsigned char *at, const unsigned char *end, uint32_t set,
                           uint32_t wanted, struct err *err)
{
	struct reader r = {.at = at, .end = end};

	for (int m = 0; m < MEASURES; m++) {
		if ((set >> m & 1) == 0)
			continue;
		uint64_t size = varint_get(&r);
		size_t used = 0;
		if (r.failed || size > (size_t)(r.end - r.at))
			return err_set(err, LAT_DATAERR, "cell: ends too early, in %s", measure_name((enum measure)m));
		if (wanted >> m & 1) {
			int status = sketch_decode(&c->sketch[m], r.at, (size_t)size, &used, err);
			if (status != 0) {
				err_prefix(err, "cell: %s", measure_name((enum measure)m));
				return status;
			}
			if (used != size)
				return err_set(err, LAT_DATAERR, "cell: %s: %zu bytes, its length says %llu",
				               measure_name((enum measure)m), used, (unsigned long long)size);
		}
		r.at += size;
	}
	return ends_at(r.at, r.end, err);
}

int cell_decode(struct cell *c, const void *data, size_t len, uint32_t wanted, struct err *err)
{
	const unsigned char *bytes = data, *end = bytes + len;
	struct cell_head head;
	int status;

	cell_clear(c);
	if ((status = cell_get_head(c, data, len, &head, err)) != 0)
		return status;
	return head.form == CELL_FORM_LIST ? decode_list(c, bytes + head.len, end, head.samples, wanted, err)
	                                   : decode_sketches(c, bytes + head.len, end, head.set, wanted, err);
}
