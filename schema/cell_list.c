#include "schema/cell_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "schema/cell_form.h"
#include "schema/cell_sample.h"

#define FIRST_ROOM 256
#define ABSENT UINT16_MAX /* no code is that large */
_Static_assert(SKETCH_MAX_BUCKET + 1 < ABSENT, "ABSENT is no code");

/* A sample's codes, one line of a processor's cache or half of it. */
#define WIDTH 16
struct cell_list_row { uint16_t code[WIDTH]; };
_Static_assert(MEASURES <= WIDTH, "a row has room for every measure");

void cell_list_free(struct cell_list *l)
{
	free(l->data);
	*l = (struct cell_list){0};
}

void cell_list_clear(struct cell_list *l)
{
	l->len = l->samples = 0;
}

void cell_list_work_free(struct cell_list_work *w)
{
	free(w->rows);
	w->rows = NULL;
	w->room = 0;
}

static bool reserve(struct cell_list *l, size_t more)
{
	if (l->room - l->len >= more)
		return true;
	size_t room = l->room == 0 ? FIRST_ROOM : 2 * l->room;
	while (room - l->len < more)
		room *= 2;
	unsigned char *data = realloc(l->data, room);
	if (data == NULL)
		return false;
	l->data = data;
	l->room = room;
	return true;
}

bool cell_list_add(struct cell_list *l, const struct sample *s)
{
	if (!reserve(l, CELL_SAMPLE_MOST))
		return false;
	l->len += cell_sample_put(s, l->data + l->len);
	l->samples++;
	return true;
}

bool cell_list_append(struct cell_list *into, const struct cell_list *from)
{
	if (from->len == 0)
		return true;
	if (!reserve(into, from->len))
		return false;
	memcpy(into->data + into->len, from->data, from->len);
	into->len += from->len;
	into->samples += from->samples;
	return true;
}

/* ---- cells of it ------------------------------------------------------------------------- */

/* Each sample in turn: `at` is moved behind it. */
static bool next_sample(const struct cell_list *l, size_t *at, struct sample *s)
{
	if (*at == l->len)
		return false;
	*at += cell_sample_get(l->data + *at, l->data + l->len, s);
	return true;
}

/* The samples as they are, and the median of their totals, by the rules of a sketch. */
static bool encode_list(const struct cell *counters, const struct cell_list *l, struct cell_list_work *work,
                        struct buf *out, double *total_us)
{
	const struct sketch_scale *scale = sketch_scale();
	struct sample s = sample_absent;

	for (size_t at = 0; next_sample(l, &at, &s);) {
		int64_t total = s.nth == 0 ? sample_total_us(&s) : US_NONE;
		if (total != US_NONE)
			sketch_tally_add(&work->tally, sketch_scale_code(scale, total));
	}
	*total_us = sketch_tally_quantile(&work->tally, 0.5);
	sketch_tally_clear(&work->tally);
	return cell_put_list(counters, l->samples, l->data, l->len, out);
}

/* work->rows of the samples; *set gets the measures that are in them. */
static bool make_rows(const struct cell_list *l, struct cell_list_work *work, uint32_t *set)
{
	const struct sketch_scale *scale = sketch_scale();
	struct sample s = sample_absent;
	int64_t values[MEASURES];

	if (work->room < l->samples) {
		struct cell_list_row *rows = realloc(work->rows, 2 * l->samples * sizeof *rows);
		if (rows == NULL)
			return false;
		work->rows = rows;
		work->room = 2 * l->samples;
	}
	*set = 0;
	struct cell_list_row *row = work->rows;
	for (size_t at = 0; next_sample(l, &at, &s); row++) {
		measure_values(&s, values);
		for (int m = 0; m < MEASURES; m++) {
			*set |= (uint32_t)(values[m] != US_NONE) << m;
			row->code[m] = values[m] != US_NONE ? sketch_scale_code(scale, values[m]) : ABSENT;
		}
	}
	return true;
}

static bool encode_sketches(const struct cell *counters, const struct cell_list *l, struct cell_list_work *work,
                            struct buf *out, double *total_us)
{
	uint32_t set;

	*total_us = (double)NAN;
	if (!make_rows(l, work, &set) || !cell_put_head(counters, set, out))
		return false;
	for (int m = 0; m < MEASURES; m++) {
		if ((set >> m & 1) == 0)
			continue;
		size_t start = cell_leave_length(out);
		for (size_t i = 0; i < l->samples; i++)
			if (work->rows[i].code[m] != ABSENT)
				sketch_tally_add(&work->tally, work->rows[i].code[m]);
		bool ok = sketch_tally_encode(&work->tally, out) && cell_put_length(out, start);
		if (m == M_TOTAL)
			*total_us = sketch_tally_quantile(&work->tally, 0.5);
		sketch_tally_clear(&work->tally);
		if (!ok)
			return false;
	}
	return !out->failed;
}

bool cell_list_encode(const struct cell *counters, const struct cell_list *l, struct cell_list_work *work,
                      struct buf *out, double *total_us)
{
	return l->samples > 0 && l->samples <= CELL_LIST_MOST ? encode_list(counters, l, work, out, total_us)
	                                                      : encode_sketches(counters, l, work, out, total_us);
}

bool cell_list_merge(struct cell *into, const struct cell *counters, const struct cell_list *l)
{
	const struct sketch_scale *scale = sketch_scale();
	struct sample s = sample_absent;
	int64_t values[MEASURES];

	if (!cell_merge(into, counters))
		return false;
	for (size_t at = 0; next_sample(l, &at, &s);) {
		measure_values(&s, values);
		for (int m = 0; m < MEASURES; m++)
			if (values[m] != US_NONE
			    && !sketch_add_bucket(&into->sketch[m], sketch_scale_code(scale, values[m]) - 1, 1))
				return false;
	}
	return true;
}

bool cell_list_is(const void *data, size_t len)
{
	return len > 0 && *(const unsigned char *)data == CELL_FORM_LIST;
}

int cell_list_decode(struct cell *counters, struct cell_list *l, const void *data, size_t len, struct err *err)
{
	struct cell_head head;
	int status;

	cell_clear(counters);
	cell_list_clear(l);
	if ((status = cell_get_head(counters, data, len, &head, err)) != 0)
		return status;
	if (head.form != CELL_FORM_LIST)
		return err_set(err, LAT_DATAERR, "cell: not a list");
	if (!reserve(l, len - head.len))
		return err_nomem(err);
	memcpy(l->data, (const unsigned char *)data + head.len, len - head.len);
	l->len = len - head.len;
	return cell_check_list(l->data, l->len, l->samples = head.samples, err);
}
