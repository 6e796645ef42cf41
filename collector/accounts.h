/* Who may speak: the registry's tokens in memory, read by every request, replaced as a
 * whole when the registry says that they changed. */
#ifndef LATLAS_COLLECTOR_ACCOUNTS_H
#define LATLAS_COLLECTOR_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

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
 * false: none, or the header is NULL or of another form. */
bool accounts_find(struct accounts *a, const char *authorization, char probe[ACCOUNTS_NAME]);
size_t accounts_count(struct accounts *a);

#endif
