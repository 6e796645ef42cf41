/* Who may speak: the registry's tokens in memory, read by every request, replaced as a
 * whole when the registry says that they changed. */
#ifndef LATLAS_COLLECTOR_ACCOUNTS_H
#define LATLAS_COLLECTOR_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "schema/registry.h"

#define ACCOUNTS_NAME 65

struct accounts;

struct accounts *accounts_new(void); /* empty; NULL when out of memory */
void accounts_free(struct accounts *a);

/* Load every token if the registry's token version differs from the one loaded, or
 * always where nothing was loaded yet. On an error the old table stays. */
int accounts_refresh(struct accounts *a, struct registry *r, struct err *err) LAT_MUST_CHECK;

/* The probe that `authorization`, a whole header value ("Bearer 64 digits"), belongs to.
 * false: none, or its time is over at `now_us` (wall clock), or the header is NULL or of
 * another form. A token that was never shown before is remembered for accounts_note_used. */
bool accounts_find(struct accounts *a, const char *authorization, int64_t now_us, char probe[ACCOUNTS_NAME]);
/* Tell the registry which tokens were shown for the first time since the last call, which ends
 * those that they replace (registry_token_used); accounts_refresh then sees it. Costs nothing
 * where there is none. What could not be told is told by the next call. */
int accounts_note_used(struct accounts *a, struct registry *r, struct err *err) LAT_MUST_CHECK;
size_t accounts_count(struct accounts *a);

#endif
