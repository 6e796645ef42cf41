/* The parts of a cell's storage form (cell.c describes it), for those that write it from something else than
 * sketches, and read it into something else. */
#ifndef LATLAS_SCHEMA_CELL_FORM_H
#define LATLAS_SCHEMA_CELL_FORM_H

#include "schema/cell.h"

enum cell_form { CELL_FORM_SKETCHES = 1, CELL_FORM_LIST }; /* the version that a cell begins with */

/* All before the sketches: version, counters, and the set of measures that follow (bit m). */
bool cell_put_head(const struct cell *c, uint32_t set, struct buf *out) LAT_MUST_CHECK;
/* A whole cell that is a list, of samples that cell_sample_put() wrote. */
bool cell_put_list(const struct cell *c, size_t samples, const void *data, size_t len,
                   struct buf *out) LAT_MUST_CHECK;
/* Before what has a length: leaves a byte for it, which mostly suffices, and returns where it begins. */
size_t cell_leave_length(struct buf *out);
/* Behind it: the length goes to its place. What needs more than the byte is moved up, which costs less
 * than a second buffer. */
bool cell_put_length(struct buf *out, size_t start) LAT_MUST_CHECK;

struct cell_head {
	enum cell_form form;
	uint32_t set;      /* of sketches: which there are */
	size_t samples;    /* of a list: how many, 1 to CELL_LIST_MOST */
	size_t len;        /* bytes before the sketches or samples */
};
/* The counters of a cleared cell, and what follows. LAT_DATAERR. */
int cell_get_head(struct cell *c, const void *data, size_t len, struct cell_head *head,
                  struct err *err) LAT_MUST_CHECK;
/* Are these bytes so many samples, and nothing else? LAT_DATAERR. */
int cell_check_list(const void *data, size_t len, size_t samples, struct err *err) LAT_MUST_CHECK;

#endif
