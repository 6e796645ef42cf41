/* Answers: a status, a JSON object, and the few headers that go with a status. */
#ifndef LATLAS_COLLECTOR_ANSWER_H
#define LATLAS_COLLECTOR_ANSWER_H

#include <microhttpd.h>
#include <stdbool.h>

#include "lib/attr.h"
#include "lib/buf.h"

struct answer {
	unsigned status;
	const char *type;    /* NULL: application/json */
	const char *allow;   /* Allow, of 405 */
	const char *etag;    /* without quotes */
	const char *ca;      /* Latlas-Ca: SHA-256 of what GET /v1/ca answers, in hexadecimal digits */
	int retry_after_s;   /* Retry-After; 0: none */
	bool challenge;      /* WWW-Authenticate, of 401 */
	bool unsupported;    /* "supported":[1], of 400 */
	bool close;          /* Connection: close */
};

/* Send `body`, whose memory goes over to the answer (it is empty afterwards). */
enum MHD_Result answer_send(struct MHD_Connection *conn, const struct answer *a, struct buf *body);
/* Send {"error":"..."}. */
enum MHD_Result answer_error(struct MHD_Connection *conn, const struct answer *a, const char *fmt, ...)
	LAT_PRINTF(3, 4);
/* Send {"accepted":N,"duplicate":B}. */
enum MHD_Result answer_accepted(struct MHD_Connection *conn, const struct answer *a, size_t accepted,
                                bool duplicate);

#endif
