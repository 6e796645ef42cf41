/* The database as a file: copies of it while it is in use, and giving back what is free. */
#ifndef LATLAS_SCHEMA_STORE_FILE_H
#define LATLAS_SCHEMA_STORE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

/* Copy what is committed in the database `path` to the file `to` with permissions `mode`, while
 * others read and write it: into TO.tmp first, which is synced and renamed, so that `to` is there
 * whole or not at all (where `replace` is given and the folder's last sync fails, the new one is there,
 * and may be the old one again after a crash). A TO.tmp that is there is taken for an interrupted copy and removed.
 * Without `replace` a file that is there stays: LAT_IOERR, as for all that the file
 * system refuses; else the errors of store_open_sqlite. */
int store_file_copy(const char *path, const char *to, mode_t mode, bool replace, struct err *err) LAT_MUST_CHECK;

/* The same for a person who wants to keep it: `path` must be a database of ours (of this version),
 * and `to` neither that very file nor one with a log (TO-wal) beside it, which would be
 * played over the copy. Mode 0600. */
int store_file_backup(const char *path, const char *to, bool replace, struct err *err) LAT_MUST_CHECK;

/* Called before a database is brought from a version to the newest, which can take minutes: `copy` is where it
 * will be kept as it was. For the whole process, so to be set before its first thread; NULL: nobody is told. */
typedef void store_migration_fn(const char *path, int from, int to, const char *copy);
void store_on_migration(store_migration_fn *fn);

/* Give the pages that are free back to the file system, by writing the database anew (VACUUM). Until
 * it is done writers wait, and it takes as much room again. *before and *after: bytes of
 * the file. Errors as store_open_sqlite. */
int store_file_vacuum(const char *path, int64_t *before, int64_t *after, struct err *err) LAT_MUST_CHECK;

#endif
