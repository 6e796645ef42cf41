#include "collector/request_impl.h"

#include <stdio.h>

#include "collector/listen.h"

static enum metrics_result result_of(unsigned status)
{
	switch (status) {
	case MHD_HTTP_UNAUTHORIZED: return RESULT_UNAUTHORIZED;
	case MHD_HTTP_FORBIDDEN: return RESULT_FORBIDDEN;
	case MHD_HTTP_CONFLICT: return RESULT_CONFLICT;
	case MHD_HTTP_TOO_MANY_REQUESTS: return RESULT_LIMITED;
	case MHD_HTTP_SERVICE_UNAVAILABLE: return RESULT_UNAVAILABLE;
	default: return RESULT_INVALID;
	}
}

enum MHD_Result request_refuse(struct request *q, struct answer a, const char *text)
{
	char from[LISTEN_TEXT];
	listen_host_text(request_peer(q->mhd), from);
	if (q->is_push)
		metrics_count(&q->c->metrics, result_of(a.status));
	/* 429 is told by whoever knows whether it is the first. */
	if (q->probe[0] != '\0' && q->is_push && a.status < 500 && a.status != MHD_HTTP_TOO_MANY_REQUESTS)
		log_warn(&q->c->log, "%s (%s): %u: %s", q->probe, from, a.status, text);
	else
		log_debug(&q->c->log, "%s: %u: %s", from, a.status, text);
	if (q->unread) {
		/* What follows on this connection can't be told from a request. */
		a.close = true;
		conns_linger(q->c->conns, q->conn);
	}
	a.close = a.close || atomic_load(&q->c->draining);
	return answer_error(q->mhd, &a, "%s", text);
}

enum MHD_Result request_refuse_status(struct request *q, unsigned status, const char *text)
{
	return request_refuse(q, (struct answer){.status = status}, text);
}

enum MHD_Result request_refuse_busy(struct request *q, int retry_after_s, const char *text)
{
	return request_refuse(q,
	                      (struct answer){.status = MHD_HTTP_SERVICE_UNAVAILABLE, .retry_after_s = retry_after_s},
	                      text);
}

enum MHD_Result request_refuse_limited(struct request *q, int retry_after_s, bool first, const char *what)
{
	char text[160];
	snprintf(text, sizeof text, "too many %s", what);
	if (first) {
		char from[LISTEN_TEXT];
		listen_host_text(request_peer(q->mhd), from);
		log_warn(&q->c->log, "%s%s%s: %s; told to wait %d s", q->probe, q->probe[0] != '\0' ? ", " : "", from,
		         text, retry_after_s);
	}
	return request_refuse(q,
	                      (struct answer){.status = MHD_HTTP_TOO_MANY_REQUESTS, .retry_after_s = retry_after_s},
	                      text);
}

enum MHD_Result request_refuse_stranger(struct request *q, struct answer a, const char *text)
{
	bool first;
	int wait = limits_failed(q->c->limits, request_peer(q->mhd), mono_now(), &first);
	if (wait > 0)
		return request_refuse_limited(q, wait, first, "requests without a valid token from this address");
	return request_refuse(q, a, text);
}
