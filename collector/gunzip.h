/* Content-Encoding: gzip, undone with a ceiling, so that a bomb costs its sender more
 * than us. It is one member, or several one behind the other (RFC 1952, 2.2). */
#ifndef LATLAS_COLLECTOR_GUNZIP_H
#define LATLAS_COLLECTOR_GUNZIP_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

enum gunzip_result {
	GUNZIP_OK,
	GUNZIP_TOO_LARGE, /* more than `limit` bytes come out */
	GUNZIP_BROKEN,    /* not gzip, cut short, or bytes behind its end */
	GUNZIP_NOMEM
};

/* Append to `out` what `data` inflates to, at most `limit` bytes. */
enum gunzip_result gunzip(const void *data, size_t len, size_t limit, struct buf *out);

#endif
