/* A database in MaxMind's format, opened so that nothing that happens to the file afterwards
 * can reach us. libmaxminddb maps the file it is given, and a mapped file that is cut short or
 * written anew in place ends the process by SIGBUS (mmap(2)) or changes under a lookup. So the
 * file is copied into an anonymous one (memfd_create(2)), which is sealed, and that is mapped.
 * It takes as much memory as the file is large. */
#ifndef LATLAS_COLLECTOR_GEOFILE_H
#define LATLAS_COLLECTOR_GEOFILE_H

#include <maxminddb.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define GEOFILE_MAX_BYTES ((int64_t)1 << 30)

enum geofile_kind { GEOFILE_PLACES, GEOFILE_NETWORKS, GEOFILE_KINDS };
const char *geofile_kind_name(enum geofile_kind kind); /* "City or Country", "ASN or ISP" */

struct geofile {
	MMDB_s db;
	int64_t built_s; /* when it was made, seconds since 1970; 0: not told */
	char *path;      /* as it was opened by */
};

/* LAT_NOINPUT: no such file. LAT_DATAERR: not a regular file, above GEOFILE_MAX_BYTES, no
 * database, one of another kind, or one that changed while it was read. LAT_IOERR: reading failed.
 * The text begins with the path. */
int geofile_open(struct geofile **out, const char *path, enum geofile_kind kind, struct err *err) LAT_MUST_CHECK;
/* The same of bytes in memory, which are copied; `name` is for errors. */
int geofile_open_bytes(struct geofile **out, const char *name, const void *data, size_t len,
                       enum geofile_kind kind, struct err *err) LAT_MUST_CHECK;
void geofile_close(struct geofile *f); /* NULL is fine */

#endif
