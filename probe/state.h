/* What one round leaves for the next, beside the batches: one small JSON file in the spool's
 * folder. Losing it costs nothing but memory: it is read tolerantly, and a garbled file is as
 * good as none. */
#ifndef LATLAS_PROBE_STATE_H
#define LATLAS_PROBE_STATE_H

#include <stdint.h>

#include "lib/err.h"
#include "lib/vec.h"
#include "probe/auditmem.h"
#include "probe/targetmem.h"
#include "probe/ttlmem.h"

#define STATE_ETAG 128
#define STATE_MAX_BYTES (4u << 20)

struct state_try {
	char *file;   /* in the spool */
	int64_t count;/* times the collector has refused it */
};

struct state {
	char etag[STATE_ETAG];   /* of the plan that is kept; "" */
	int64_t retry_at_us;     /* the collector asked not to be sent to before; wall clock, 0 */
	int64_t dropped;         /* batches dropped since the last header told */
	int64_t rejected;        /* moved to rejected/ since then */
	char telling[37];        /* the batch that was to tell both when this was saved; "" (stow.h) */
	VEC(struct state_try) tries;
	struct ttlmem ttl;
	struct targetmem targets;
	struct auditmem audited;
};

/* Read FOLDER/state.json. Always succeeds, with a zeroed state at the worst, but for
 * LAT_SOFTWARE (memory). */
int state_load(struct state *s, const char *folder, struct err *err) LAT_MUST_CHECK;
int state_save(const struct state *s, const char *folder, struct err *err) LAT_MUST_CHECK;
void state_free(struct state *s);

/* One more refusal of `file`; returns how many there are now. */
int64_t state_add_try(struct state *s, const char *file);
/* The file is gone. */
void state_forget_tries(struct state *s, const char *file);

#endif
