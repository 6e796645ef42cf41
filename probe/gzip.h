/* gzip (RFC 1952) of a batch for the wire. */
#ifndef LATLAS_PROBE_GZIP_H
#define LATLAS_PROBE_GZIP_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

#define GZIP_FROM 1024 /* bytes; what is smaller travels as it is */

/* Compress `len` bytes to the end of `out`; the same bytes give the same result. */
int gzip_pack(const void *data, size_t len, struct buf *out, struct err *err) LAT_MUST_CHECK;

#endif
