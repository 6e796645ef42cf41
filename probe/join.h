/* `latlas-probe join`: what `latlas-collector enroll` printed becomes a probe's
 * configuration. The block, on standard input:
 *
 *     latlas-join 1
 *     name = mumbai-1
 *     collector = https://collector.example.net:8443
 *     token = 64 hexadecimal digits
 *     -----BEGIN CERTIFICATE-----
 *     ... the collector's CA, PEM ...
 *     -----END CERTIFICATE-----
 *     end
 *
 * Lines before the first are skipped, and so are blank ones (a paste brings them along). The
 * "end" tells a whole paste from one that was cut. */
#ifndef LATLAS_PROBE_JOIN_H
#define LATLAS_PROBE_JOIN_H

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/log.h"
#include "probe/options.h"

#define JOIN_MAX_BYTES 65536

struct join_block { const char *name, *collector, *token, *ca; }; /* ca: PEM text */

/* Strings go into `arena`. LAT_DATAERR "standard input:LINE: key: why". */
int join_parse(struct join_block *out, struct arena *arena, const char *text, size_t len,
               struct err *err) LAT_MUST_CHECK;

/* Read the block from standard input, write DIR/probe.conf, DIR/token (0600) and
 * DIR/collector-ca.pem, ask the collector for the plan, say what was done.
 *
 * If DIR/probe.conf is already there for the same name and collector it is left as its owner
 * edited it, and only token and CA are renewed, where it says they are. Another identity is
 * not overwritten without --force: LAT_CONFIG. LAT_UNAVAILABLE: written, but the collector
 * does not answer; LAT_NO: written, but the collector refuses us. */
int join_run(const struct options *o, const struct log *log, struct err *err) LAT_MUST_CHECK;

#endif
