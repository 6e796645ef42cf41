/* What no serving collector will fold soon: commands that write fold at their end. */
#ifndef LATLAS_COLLECTOR_FOLD_ALL_H
#define LATLAS_COLLECTOR_FOLD_ALL_H

#include "collector/progress.h"
#include "lib/err.h"
#include "schema/store.h"

/* Fold every batch that waits, in steps, and tell how many are left. Errors as store_fold; the steps
 * before one stay. */
int fold_all(struct store *store, struct progress *progress, struct err *err) LAT_MUST_CHECK;

#endif
