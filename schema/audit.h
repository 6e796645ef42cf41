/* When two audits say the same, so that what did not change need not be kept again. */
#ifndef LATLAS_SCHEMA_AUDIT_H
#define LATLAS_SCHEMA_AUDIT_H

#include <stdbool.h>

#include "schema/sample.h"

/* Audits in a row that say the same are one stretch, unless they lie further apart than this: what
 * nobody looked at for so long is not known. Nodes that are off are audited once a day. */
#define AUDIT_GAP_US (INT64_C(2) * 86400 * 1000000)

/* Does a header say something of the answer at hand rather than of the content and its server?
 * In any case of letters:
 *   of the moment     age date expires retry-after (RFC 9110, 9111)
 *   of the cache      cache-status (RFC 9211) cf-cache-status x-cache x-cache-hits x-cache-status
 *                     x-proxy-cache x-served-by x-varnish
 *   of the request    cf-ray traceparent (W3C Trace Context) x-amz-cf-id x-amz-cf-pop x-amz-id-2
 *                     x-amz-request-id x-correlation-id x-fastly-request-id x-request-id x-trace-id
 *   of its timing     server-timing (W3C) x-runtime x-timer
 *   of the visitor    set-cookie (RFC 6265), x-ratelimit-remaining, x-ratelimit-reset
 *   tokens that turn  nel report-to (Network Error Logging) content-security-policy (nonces) */
bool audit_header_volatile(const char *name);

/* Do two audits of one target and node say the same: all but the time, the clock's skew, and
 * volatile headers? */
bool audit_same(const struct audit *a, const struct audit *b);

#endif
