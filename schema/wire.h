/* The wire format: NDJSON, one header line and one line for each sample and audit.
 * The one encoder and the one decoder; the spool, POST /v1/batches, --stdout and
 * --json all hold exactly this (latlas-probe --json URL shows one).
 *
 * The decoder is strict about form (valid UTF-8, no duplicate keys, no depth over 8,
 * types as they must be, the count in the header right) and tolerant about content:
 * unknown keys are counted and skipped. */
#ifndef LATLAS_SCHEMA_WIRE_H
#define LATLAS_SCHEMA_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "schema/sample.h"

#define WIRE_VERSION 1
#define WIRE_MAX_BYTES (1u << 20)    /* as sent, compressed or not */
#define WIRE_MAX_INFLATED (4u << 20) /* after gunzip */
#define WIRE_MAX_SAMPLES 10000       /* a batch; seq is below it */
#define WIRE_MAX_AUDITS 10000        /* a batch */
#define WIRE_MAX_HEADERS 100         /* an audit */
#define WIRE_MAX_STRING 1024
#define WIRE_MAX_DEPTH 8
#define WIRE_MAX_US INT64_C(86400000000)           /* of a phase, a lag: a day */
#define WIRE_MAX_SCOPE 128                         /* bits of an address */
#define WIRE_MAX_CERT_S INT64_C(253402300799)      /* RFC 5280, 4.1.2.5: the last second of 9999 */
#define WIRE_MAX_SKEW_US INT64_C(7258118400000000) /* from 1970 to 2200 */
#define WIRE_DEFAULT_TIMEOUT_MS 10000 /* where a header doesn't tell */

/* Whole batch: header line, samples, audits; appended to `out`.
 *
 * What a server sent must not cost us the measurement: in strings, bytes that are not UTF-8
 * become U+FFFD, and what is longer than WIRE_MAX_STRING is cut; of an audit's headers
 * those beyond WIRE_MAX_HEADERS are left out, and a name that occurs again joins the
 * first by ", " (RFC 9110, section 5.3); a certificate's time, a clock's difference or a
 * scope that the decoder wouldn't take is left out, and a duration cut to WIRE_MAX_US. LAT_DATAERR for what
 * only a mistake of ours can cause (no probe, no target, too many samples or bytes). */
int wire_encode(const struct batch *b, struct buf *out, struct err *err) LAT_MUST_CHECK;
/* One sample's line, with its newline. */
int wire_encode_sample(const struct sample *s, struct buf *out, struct err *err) LAT_MUST_CHECK;

/* Decode `text` into `b` (zeroed by this call; batch_free() it also after an error).
 * Absent or null: timeout_ms is WIRE_DEFAULT_TIMEOUT_MS, an unknown `error` NEL_UNKNOWN,
 * an unknown `dns_cache` DNS_CACHE_UNKNOWN. The UUID is put into lower case.
 * LAT_DATAERR with "line N: key: what is wrong"; *unsupported (may be NULL) is set when
 * the major version is one we don't know. */
int wire_decode(struct batch *b, const char *text, size_t len, bool *unsupported,
                struct err *err) LAT_MUST_CHECK;

#endif
