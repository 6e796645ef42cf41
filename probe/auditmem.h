/* When each target and node was audited last: what the plan's audit_every is counted from.
 *
 * Kept in the state folder (state.h). Losing it costs one audit more: what is not remembered is
 * due. So is what was done in the future, which only a clock that was set back can tell. */
#ifndef LATLAS_PROBE_AUDITMEM_H
#define LATLAS_PROBE_AUDITMEM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/vec.h"

/* Rounds don't begin on the microsecond: one that comes this share of the interval early is
 * taken, or an hour by a round every five minutes would become an hour and five. */
#define AUDITMEM_EARLY 50 /* a fiftieth: 72 s of an hour */
/* What was not audited for so long is in no plan any more. Longer than any interval. */
#define AUDITMEM_FORGET_US (INT64_C(800) * 86400 * 1000000)

struct auditmem_entry {
	char *target, *node; /* node NULL: through DNS */
	int64_t at_us;       /* wall clock */
};

struct auditmem { VEC(struct auditmem_entry) entries; };

/* Is it due at `now_us`, if it is so each `every_us`? */
bool auditmem_due(const struct auditmem *m, const char *target, const char *node, int64_t now_us,
                  int64_t every_us);
/* It was done. Strings are copied. false: out of memory, and nothing is remembered. */
bool auditmem_note(struct auditmem *m, const char *target, const char *node, int64_t at_us);
/* Leave out what is older than AUDITMEM_FORGET_US. */
void auditmem_trim(struct auditmem *m, int64_t now_us);
void auditmem_free(struct auditmem *m);

#endif
