#include "schema/cell_list.h"

#include <math.h>
#include <stdlib.h>

#include "schema/cell_form.h"

#define FIRST_ROOM 16
#define ABSENT UINT16_MAX /* no code is that large */
_Static_assert(SKETCH_MAX_BUCKET + 1 < ABSENT, "ABSENT is no code");

void cell_list_free(struct cell_list *l)
{
	free(l->rows);
	*l = (struct cell_list){0};
}

void cell_list_clear(struct cell_list *l)
{
	l->len = 0;
}

bool cell_list_add(struct cell_list *l, const struct sketch_scale *scale, const struct sample *s)
{
	int64_t values[MEASURES];

	if (l->len == l->room) {
		size_t room = l->room == 0 ? FIRST_ROOM : 2 * l->room;
		struct cell_list_row *rows = realloc(l->rows, room * sizeof *rows);
		if (rows == NULL)
			return false;
		l->rows = rows;
		l->room = room;
	}
	measure_values(s, values);
	struct cell_list_row *row = &l->rows[l->len++];
	for (int m = 0; m < MEASURES; m++)
		row->code[m] = values[m] != US_NONE ? sketch_scale_code(scale, values[m]) : ABSENT;
	return true;
}

bool cell_list_encode(const struct cell *counters, const struct cell_list *l, struct sketch_tally *tally,
                      struct buf *out, double *total_us)
{
	uint32_t set = 0;

	*total_us = (double)NAN;
	for (int m = 0; m < MEASURES; m++)
		for (size_t i = 0; i < l->len && (set >> m & 1) == 0; i++)
			set |= (uint32_t)(l->rows[i].code[m] != ABSENT) << m;
	if (!cell_put_head(counters, set, out))
		return false;
	for (int m = 0; m < MEASURES; m++) {
		if ((set >> m & 1) == 0)
			continue;
		size_t start = cell_leave_length(out);
		for (size_t i = 0; i < l->len; i++)
			if (l->rows[i].code[m] != ABSENT)
				sketch_tally_add(tally, l->rows[i].code[m]);
		bool ok = sketch_tally_encode(tally, out) && cell_put_length(out, start);
		if (m == M_TOTAL)
			*total_us = sketch_tally_quantile(tally, 0.5);
		sketch_tally_clear(tally);
		if (!ok)
			return false;
	}
	return !out->failed;
}

bool cell_list_merge(struct cell *into, const struct cell *counters, const struct cell_list *l)
{
	if (!cell_merge(into, counters))
		return false;
	for (size_t i = 0; i < l->len; i++)
		for (int m = 0; m < MEASURES; m++) {
			uint16_t code = l->rows[i].code[m];
			if (code != ABSENT && !sketch_add_bucket(&into->sketch[m], code - 1, 1))
				return false;
		}
	return true;
}
