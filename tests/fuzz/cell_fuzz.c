/* libFuzzer target: arbitrary bytes as a stored cell. They are refused, or they are a cell that, written as
 * sketches, is read again as the same; a list is read as one, too, and says the same. What is wanted
 * of a cell is what all of it says. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema/cell_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static void check_list(const struct cell *c, const uint8_t *data, size_t size)
{
	struct cell counters = {0}, again = {0};
	struct cell_list l = {0};
	struct err err;

	must(cell_list_decode(&counters, &l, data, size, &err) == 0);
	must(l.samples >= 1 && l.samples <= CELL_LIST_MOST);
	must(cell_list_merge(&again, &counters, &l) && cell_equal(&again, c));
	cell_free(&counters);
	cell_free(&again);
	cell_list_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cell c = {0}, d = {0};
	struct err err = {0};
	struct buf b;

	buf_init(&b, 0);
	int rc = cell_decode(&c, data, size, ~0u, &err);
	must(rc == 0 || (rc == LAT_DATAERR && err.text[0] != '\0'));
	if (rc == 0) {
		must(cell_encode(&c, &b) && cell_decode(&d, b.data, b.len, ~0u, &err) == 0 && cell_equal(&c, &d));
		must(cell_decode(&d, data, size, 1u << M_TOTAL, &err) == 0);
		must(sketch_equal(&c.sketch[M_TOTAL], &d.sketch[M_TOTAL]) && d.sketch[M_TCP].n == 0);
		if (cell_list_is(data, size))
			check_list(&c, data, size);
	}
	buf_free(&b);
	cell_free(&c);
	cell_free(&d);
	return 0;
}
