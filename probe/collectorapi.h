/* Talking to the collector: two requests over TLS, one after the other on one connection.
 * This is not measured and may block; it happens before and after a round.
 *
 * The collector is judged by its own CA (collector_ca_file), never together with the CAs
 * that targets are judged by; where none is given, by the system's. There is no way to
 * turn the check off. */
#ifndef LATLAS_PROBE_COLLECTORAPI_H
#define LATLAS_PROBE_COLLECTORAPI_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "probe/state.h"

#define COLLECTORAPI_CONNECT_MS 10000
#define COLLECTORAPI_REQUEST_MS 30000

struct collectorapi;

struct collectorapi_reply {
	long status;              /* HTTP */
	int64_t retry_after_s;    /* 0: not said */
	char etag[STATE_ETAG];    /* "" */
	char ca[65];              /* Latlas-Ca: SHA-256 of its CA file, hexadecimal; "" */
	struct buf body;          /* at most PLAN_MAX_BYTES of a plan, else a few KiB */
};

/* `url`: https://HOST:PORT; `ca_file` may be NULL or "". Strings are copied. LAT_SOFTWARE. */
int collectorapi_new(struct collectorapi **out, const char *url, const char *ca_file, const char *token,
                     struct err *err) LAT_MUST_CHECK;
void collectorapi_free(struct collectorapi *c);

/* GET /v1/plan; `etag` may be "". 0 with whatever status came, or LAT_UNAVAILABLE if there
 * was no answer, or none below 400 that is whole. The reply is cleared first; collectorapi_reply_free() it in any case. */
int collectorapi_get_plan(struct collectorapi *c, const char *etag, struct collectorapi_reply *reply,
                          struct err *err) LAT_MUST_CHECK;
/* GET /v1/ca: the CA file, PEM. As above. */
int collectorapi_get_ca(struct collectorapi *c, struct collectorapi_reply *reply, struct err *err) LAT_MUST_CHECK;
/* POST /v1/batches, compressed if it is worth it. As above. */
int collectorapi_post(struct collectorapi *c, const struct buf *batch, struct collectorapi_reply *reply,
                      struct err *err) LAT_MUST_CHECK;
void collectorapi_reply_free(struct collectorapi_reply *reply);

/* What the collector said, to stand behind its status in a message: ": " and its body as one
 * short line, or nothing. */
const char *collectorapi_said(const struct collectorapi_reply *reply, char *out, size_t size);

#endif
