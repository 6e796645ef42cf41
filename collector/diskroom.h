/* Room on the database's file system: a gauge, and the moment to call for help. */
#ifndef LATLAS_COLLECTOR_DISKROOM_H
#define LATLAS_COLLECTOR_DISKROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

/* Nearly full: less than a twentieth of the file system is free, and less than a gibibyte (a
 * twentieth of a large disk is days of room). */
#define DISKROOM_LOW_BYTES (INT64_C(1) << 30)
#define DISKROOM_LOW_PART 20

struct diskroom {
	int64_t free_bytes, size_bytes; /* for this user: statvfs(3)'s f_bavail */
	int64_t db_bytes;               /* the database with its -wal */
	bool nearly_full;
};

/* For the database at `path`, which need not be there. LAT_IOERR, LAT_SOFTWARE. */
int diskroom_look(const char *path, struct diskroom *out, struct err *err) LAT_MUST_CHECK;
/* The rule alone. */
bool diskroom_nearly_full(int64_t free_bytes, int64_t size_bytes);

#endif
