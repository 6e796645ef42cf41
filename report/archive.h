/* The database of a report, opened for reading: store and registry in one file. */
#ifndef LATLAS_REPORT_ARCHIVE_H
#define LATLAS_REPORT_ARCHIVE_H

#include "lib/err.h"
#include "schema/registry.h"
#include "schema/store.h"

struct archive {
	struct store *store;
	struct registry *registry;
	struct store_totals totals;
};

/* LAT_NOINPUT: no such file; LAT_DATAERR: not ours. archive_close() in any case. */
int archive_open(struct archive *a, const char *path, struct err *err) LAT_MUST_CHECK;
void archive_close(struct archive *a);

#endif
