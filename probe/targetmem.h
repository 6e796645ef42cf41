/* What a probe remembers of its targets from round to round: when each was last measured (for
 * the plan's `every`), and which of its rare objects comes next.
 *
 * Losing it costs nothing but a round too many: what is not remembered is due. So is what seems
 * to have been measured in the future (the clock was set back), and a target whose definition
 * has changed. */
#ifndef LATLAS_PROBE_TARGETMEM_H
#define LATLAS_PROBE_TARGETMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/vec.h"
#include "schema/plan.h"

/* Rounds don't start to the second. A target may be early by this, or the round after the right
 * one would take it: with rounds of five minutes, 15 would become 20. */
#define TARGETMEM_EARLY_US (30 * US_PER_S)

struct targetmem_entry {
	char *target;
	char rev[17];
	int64_t measured_us; /* when its round began, wall clock */
	int64_t rare_next;   /* index; -1: none asked for yet */
};

struct targetmem { VEC(struct targetmem_entry) entries; };

bool targetmem_due(const struct targetmem *m, const struct plan_target *t, struct wall now);
/* Which of its `count` (> 0) rare objects is next: one after the other. Without a memory it
 * begins at `start` modulo `count`. */
size_t targetmem_rare(const struct targetmem *m, const struct plan_target *t, size_t count, uint64_t start);
/* It was measured in a round that began at `at`; `rare` is the index of the rare object asked
 * for, -1: none was. false: out of memory, nothing is remembered. */
bool targetmem_note(struct targetmem *m, const struct plan_target *t, struct wall at, int64_t rare);
/* Forget what the plan doesn't have (any more). */
void targetmem_keep(struct targetmem *m, const struct plan *plan);
/* For the file: an entry as it was. false: out of memory. */
bool targetmem_restore(struct targetmem *m, const struct targetmem_entry *entry);
void targetmem_free(struct targetmem *m);

#endif
