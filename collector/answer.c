#include "collector/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "schema/json.h"
#include "schema/wire.h"

static bool add_headers(struct MHD_Response *r, const struct answer *a)
{
	char text[80]; /* a digest between quotes is the longest */
	bool ok = true;
	if (a->status != MHD_HTTP_NOT_MODIFIED)
		ok = MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
		                             a->type != NULL ? a->type : "application/json") == MHD_YES;
	if (a->allow != NULL)
		ok = ok && MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, a->allow) == MHD_YES;
	if (a->etag != NULL) {
		snprintf(text, sizeof text, "\"%s\"", a->etag);
		ok = ok && MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, text) == MHD_YES;
	}
	if (a->ca != NULL)
		ok = ok && MHD_add_response_header(r, "Latlas-Ca", a->ca) == MHD_YES;
	if (a->retry_after_s > 0) {
		snprintf(text, sizeof text, "%d", a->retry_after_s);
		ok = ok && MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, text) == MHD_YES;
	}
	if (a->challenge)
		ok = ok && MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer") == MHD_YES;
	if (a->close)
		ok = ok && MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES;
	return ok && MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES;
}

enum MHD_Result answer_send(struct MHD_Connection *conn, const struct answer *a, struct buf *body)
{
	if (body->failed) {
		buf_free(body);
		return MHD_NO; /* out of memory: the connection is closed, the sender tries again */
	}
	struct MHD_Response *r =
		MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_FREE);
	if (r == NULL) {
		buf_free(body);
		return MHD_NO;
	}
	*body = (struct buf){0}; /* libmicrohttpd frees it */
	enum MHD_Result sent = add_headers(r, a) ? MHD_queue_response(conn, a->status, r) : MHD_NO;
	MHD_destroy_response(r);
	return sent;
}

static bool error_body(struct buf *body, const char *text, bool supported)
{
	struct json_out *j = json_out_new(body, false);
	if (j == NULL)
		return false;
	json_object(j);
	json_key(j, "error");
	json_string(j, text);
	if (supported) {
		json_key(j, "supported");
		json_array(j);
		json_int(j, WIRE_VERSION);
		json_array_end(j);
	}
	json_object_end(j);
	bool ok = json_out_done(j, NULL) == 0;
	buf_addc(body, '\n');
	return ok;
}

enum MHD_Result answer_error(struct MHD_Connection *conn, const struct answer *a, const char *fmt, ...)
{
	char text[1100];
	struct buf body = {0};
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	text_clean(text);
	text[text_cut(text, strlen(text))] = '\0';
	if (!error_body(&body, text, a->unsupported)) {
		/* The text quotes something that isn't UTF-8: the status alone must do. */
		buf_free(&body);
		if (!error_body(&body, "the request is not as it must be", a->unsupported))
			body.failed = true;
	}
	return answer_send(conn, a, &body);
}

enum MHD_Result answer_accepted(struct MHD_Connection *conn, const struct answer *a, size_t accepted,
                                bool duplicate)
{
	struct buf body = {0};
	struct json_out *j = json_out_new(&body, false);
	if (j == NULL)
		return MHD_NO;
	json_object(j);
	json_key(j, "accepted");
	json_int(j, (int64_t)accepted);
	json_key(j, "duplicate");
	json_bool(j, duplicate);
	json_object_end(j);
	if (json_out_done(j, NULL) != 0)
		body.failed = true;
	buf_addc(&body, '\n');
	return answer_send(conn, a, &body);
}
