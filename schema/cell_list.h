/* The samples of a cell while they are being folded into it, each as cell_sample.h writes it: a dozen bytes
 * that are written once, where the fifteen sketches of a dozen samples are mostly room between their values. What
 * becomes a small cell is its storage form already. The counters are a struct cell's, whose sketches
 * stay empty. */
#ifndef LATLAS_SCHEMA_CELL_LIST_H
#define LATLAS_SCHEMA_CELL_LIST_H

#include "lib/sketch_tally.h"
#include "schema/cell.h"

/* A zeroed struct is empty. */
struct cell_list {
	unsigned char *data;
	size_t len, room; /* bytes */
	size_t samples;
};

void cell_list_free(struct cell_list *l);
void cell_list_clear(struct cell_list *l); /* empty, memory kept */

/* A sample that cell_count() let in. false: out of memory; nothing has changed. */
bool cell_list_add(struct cell_list *l, const struct sample *s) LAT_MUST_CHECK;

/* What turns lists into cells, one after the other. A zeroed struct is ready. */
struct cell_list_work {
	struct sketch_tally tally; /* empty between one cell and the next */
	struct cell_list_row *rows;
	size_t room;
};
void cell_list_work_free(struct cell_list_work *w);

/* The cell of these counters and samples: CELL_LIST_MOST samples at most as a list, more as cell_encode()
 * writes it. *total_us gets the median of M_TOTAL's sketch, NAN where it is empty. */
bool cell_list_encode(const struct cell *counters, const struct cell_list *l, struct cell_list_work *work,
                      struct buf *out, double *total_us) LAT_MUST_CHECK;
/* Add counters and samples to a cell. */
bool cell_list_merge(struct cell *into, const struct cell *counters, const struct cell_list *l) LAT_MUST_CHECK;

/* Are these bytes of a cell that is a list? Then it can be read as one: its counters and samples replace
 * those of `counters` and `l`. LAT_DATAERR, LAT_SOFTWARE. */
bool cell_list_is(const void *data, size_t len);
int cell_list_decode(struct cell *counters, struct cell_list *l, const void *data, size_t len,
                     struct err *err) LAT_MUST_CHECK;
/* Add the samples of `from`. false: out of memory; nothing has changed. */
bool cell_list_append(struct cell_list *into, const struct cell_list *from) LAT_MUST_CHECK;

#endif
