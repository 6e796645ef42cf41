/* The probes as an operator looks at them: each with what is odd about it. */
#ifndef LATLAS_COLLECTOR_FLEET_H
#define LATLAS_COLLECTOR_FLEET_H

#include <stdbool.h>

#include "lib/buf.h"
#include "schema/registry.h"
#include "schema/store.h"

#define FLEET_SILENT_US (INT64_C(1800) * 1000000)  /* six rounds of five minutes */
#define FLEET_CLONED_US (INT64_C(7) * 86400 * 1000000) /* how long two machines of one name are told */
#define FLEET_PLAN_US (INT64_C(3600) * 1000000)    /* how old a plan may be that a probe doesn't know yet */
#define FLEET_PLACE_US (INT64_C(7) * 86400 * 1000000) /* how far back round trips are held against places */

enum fleet_token { FLEET_TOKEN_OK, FLEET_TOKEN_ROTATED, FLEET_TOKEN_REVOKED, FLEET_TOKEN_NONE };

struct fleet_probe {
	const struct probe_row *row;
	struct registry_fleet_row more; /* zeroed where it isn't known */
	enum fleet_token token;
	bool silent;   /* it has a token, and nothing came for as long as asked */
	bool cloned;   /* two machines have spoken under its name lately */
	bool clock;    /* its clock is an hour off or more */
	bool old_plan; /* it measures by a plan that was replaced an hour before */
	bool refused;  /* it can't use the newest plan */
	bool rejected; /* batches of its were refused for good, and lie on its disk */
	bool impossible; /* it can't be where it says: see fleet_places() */
};

struct fleet {
	VEC(struct fleet_probe) probes; /* by name, those that are revoked last */
	size_t speakers, silent;        /* those with a token, and how many of them are silent */
	struct arena arena;             /* the strings' owner */
	probe_rows rows;
};

/* As of `now_us`, silent after `silent_us`. A probe that was enrolled (or let back in) less than that before
 * and not seen since is not silent yet; one that was seen more than an hour after `now_us` is. Errors as the
 * registry's; fleet_free() in any case. */
int fleet_load(struct fleet *f, struct registry *r, int64_t now_us, int64_t silent_us, struct err *err) LAT_MUST_CHECK;
/* Which of them aren't where they say (schema/store_sanity.h), by what they measured to the newest
 * plan's nodes and candidates in the last FLEET_PLACE_US, whole hours; none where no plan is
 * published. One that is revoked isn't flagged. `s` is open on the same database. */
int fleet_places(struct fleet *f, struct registry *r, struct store *s, int64_t now_us, struct err *err) LAT_MUST_CHECK;
void fleet_free(struct fleet *f);

const char *fleet_token_name(enum fleet_token t);
/* What is odd: FLEET_FLAGS of them, in the order in which they are told. */
#define FLEET_FLAGS 7
struct fleet_flag { const char *name, *key; bool set; }; /* in the table; in JSON */
void fleet_flag_list(const struct fleet_probe *p, struct fleet_flag out[FLEET_FLAGS]);
/* "silent,old-plan", or "-". Appended. */
void fleet_flags(const struct fleet_probe *p, struct buf *out);

#endif
