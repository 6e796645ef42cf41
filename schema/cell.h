/* A cell: one probe x one series x one stretch of time (an hour, or a shorter block):
 * attempts, failures by type, and a sketch for each measure. Cells add up. */
#ifndef LATLAS_SCHEMA_CELL_H
#define LATLAS_SCHEMA_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/sketch.h"
#include "schema/measure.h"
#include "schema/sample.h"

struct cell {
	uint64_t attempts;             /* samples that count, failures and lagged successes among them */
	uint64_t failures[NEL_TYPES];  /* by type; [NEL_OK] stays 0 */
	uint64_t first_attempts;       /* of those the first of their target in a round: what ttfb and total count */
	uint64_t first_failures;
	uint64_t outages;              /* samples of rounds in which every target failed: the vantage's
	                                  own, in none of the above */
	uint64_t flagged;              /* samples of which no value is in a sketch: the loop lagged or the
	                                  clock was implausible. Lagged successes are among attempts, too */
	int64_t timeout_us;            /* the longest that applied: what a failure counts as */
	struct sketch sketch[MEASURES]; /* of the successes in time: their n may be below attempts - failures */
};

enum cell_verdict { CELL_FOLD, CELL_OUTAGE, CELL_FLAGGED, CELL_LATE };

void cell_free(struct cell *c);
void cell_clear(struct cell *c); /* empty, memory kept */

/* Add one sample under the batch's header (timeout, outage). false: out of memory, and the
 * cell is of no use any more (the same for cell_merge). */
bool cell_add(struct cell *c, const struct sample *s, enum cell_verdict verdict,
              int64_t timeout_us) LAT_MUST_CHECK;
/* The counters of cell_add alone. true: it succeeded in time, so its values enter sketches. */
bool cell_count(struct cell *c, const struct sample *s, enum cell_verdict verdict, int64_t timeout_us);
bool cell_merge(struct cell *into, const struct cell *from) LAT_MUST_CHECK;
bool cell_equal(const struct cell *a, const struct cell *b);
uint64_t cell_failures(const struct cell *c); /* all types */
/* All that it was made of, each once: a lagged success is in two counters. Where some were flagged it
 * looks at the sketches, so those must be there. */
uint64_t cell_samples(const struct cell *c);

/* How the samples of a batch enter cells: of an implausible clock, flagged, as nobody knows its hour;
 * a lagged failure, flagged, as our lateness may have made it; of a round in which every sample
 * failed (round_ok is 0), the vantage's outage (flagged if it lagged). A lagged success is late: that
 * it succeeded is not in doubt, only how long it took, so it is an attempt, and flagged, and has no
 * value. All else is folded, also where the header doesn't tell round_ok. */
enum cell_verdict cell_verdict_of(const struct batch *b, const struct sample *s, bool clock_implausible);

/* A cell of so few samples with values is stored as a list of them, which is quicker to write than their
 * sketches are, and takes a tenth more room. */
#define CELL_LIST_MOST 16

/* Storage form: counters and sketches in one blob, empty sketches absent. (cell_list.h writes the other form,
 * the counters and a list.) */
bool cell_encode(const struct cell *c, struct buf *out) LAT_MUST_CHECK;
/* Decode either form: the counters and the sketches of the measures in `wanted` (bit m for measure
 * m; ~0u for all), the others stay empty. Old content replaced. LAT_DATAERR, LAT_SOFTWARE. */
int cell_decode(struct cell *c, const void *data, size_t len, uint32_t wanted,
                struct err *err) LAT_MUST_CHECK;

#endif
