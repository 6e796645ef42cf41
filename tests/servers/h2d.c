/* A scripted HTTP/2 server for tests, by libnghttp2 over TLS. Listeners and their knobs are
 * httpd.c's, and so are a request's wait, body, size, status, location, end, cut, cutreset,
 * halt and h; besides
 *     rst=wait|body    RST_STREAM (INTERNAL_ERROR) instead of the response, or of its second half
 *     rst=refused|http1  the same with REFUSED_STREAM or HTTP_1_1_REQUIRED, on which a client may ask again
 *     goaway=1         GOAWAY instead of a response, then the end of the connection
 *     short=1          a content-length twice as long as the body that comes
 * A connection is served by a process of its own, so a delay is a sleep. */
#include <nghttp2/nghttp2.h>
#include <stdint.h>

#include "tests/servers/listen.h"
#include "tests/servers/script.h"

struct stream {
	struct conn *conn;
	char query[4096];
	long size, sent;
	bool paused; /* the middle of the body has been passed */
};

/* ---- the response ------------------------------------------------------------------------- */

static void middle_of_body(struct stream *s, uint32_t *flags, bool *broken)
{
	char how[32];
	s->paused = true;
	serve_sleep_ms(number(s->query, "body", 0));
	if (number(s->query, "cutreset", 0) != 0) {
		serve_sleep_ms(20); /* what was sent must have been read, or the reset takes it back */
		reset(s->conn->fd);
	}
	if (number(s->query, "halt", 0) != 0)
		misbehave(s->conn, "silent");
	if (number(s->query, "cut", 0) != 0)
		listen_part(s->conn);
	if (number(s->query, "short", 0) != 0)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	*broken = strcmp(knob(s->query, "rst", 0, how, sizeof how), "body") == 0;
}

/* Half of the body goes out before the other half is asked for: each call is one frame. */
static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t max, uint32_t *flags,
                         nghttp2_data_source *source, void *user)
{
	(void)session;
	(void)id;
	(void)user;
	struct stream *s = source->ptr;
	long half = s->size / 2;
	bool broken = false;
	if (s->sent >= half && !s->paused)
		middle_of_body(s, flags, &broken);
	if (broken)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* which resets the stream */
	if (*flags & NGHTTP2_DATA_FLAG_EOF)
		return 0;
	long n = (s->sent < half ? half : s->size) - s->sent;
	if (n > (long)max)
		n = (long)max;
	memset(out, 'x', (size_t)n);
	s->sent += n;
	if (s->sent == s->size)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return n;
}

static nghttp2_nv pair(char *name, char *value)
{
	return (nghttp2_nv){ .name = (uint8_t *)name, .namelen = strlen(name), .value = (uint8_t *)value,
	                     .valuelen = strlen(value), .flags = NGHTTP2_NV_FLAG_NONE };
}

static int respond(nghttp2_session *session, int32_t id, struct stream *s)
{
	char status[32], length[32], location[1024], how[32], more[4][256];
	static char names[] = ":status\0content-length\0location";
	nghttp2_nv head[7];
	size_t n = 0;
	serve_sleep_ms(number(s->query, "wait", 0));
	if (strcmp(knob(s->query, "end", 0, how, sizeof how), "close") == 0)
		listen_part(s->conn);
	misbehave(s->conn, how);
	knob(s->query, "rst", 0, how, sizeof how);
	uint32_t code = strcmp(how, "wait") == 0      ? NGHTTP2_INTERNAL_ERROR
	                : strcmp(how, "refused") == 0 ? NGHTTP2_REFUSED_STREAM
	                : strcmp(how, "http1") == 0   ? NGHTTP2_HTTP_1_1_REQUIRED
	                                              : NGHTTP2_NO_ERROR;
	if (code != NGHTTP2_NO_ERROR)
		return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, code);
	if (number(s->query, "goaway", 0) != 0)
		return nghttp2_session_terminate_session(session, NGHTTP2_NO_ERROR);
	s->size = number(s->query, "size", 1000);
	snprintf(status, sizeof status, "%ld", number(s->query, "status", 200));
	snprintf(length, sizeof length, "%ld", s->size);
	head[n++] = pair(names, status);
	head[n++] = pair(names + 8, length);
	if (knob(s->query, "location", 0, location, sizeof location)[0] != '\0')
		head[n++] = pair(names + 23, location);
	for (int i = 0; i < 4 && knob(s->query, "h", i, more[i], sizeof more[i])[0] != '\0'; i++) {
		char *colon = strchr(more[i], ':');
		if (colon == NULL)
			continue;
		*colon = '\0';
		for (char *p = more[i]; p < colon; p++) /* RFC 9113, 8.2: lower case */
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		head[n++] = pair(more[i], colon + 1);
	}
	nghttp2_data_provider body = { .source.ptr = s, .read_callback = read_body };
	return nghttp2_submit_response(session, id, head, n, s->size > 0 ? &body : NULL);
}

/* ---- the session ---------------------------------------------------------------------------- */

static ssize_t on_send(nghttp2_session *session, const uint8_t *data, size_t len, int flags, void *user)
{
	(void)session;
	(void)flags;
	put(user, data, len);
	return (ssize_t)len;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct stream *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	s->conn = user;
	return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, s);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t len, uint8_t flags, void *user)
{
	(void)flags;
	(void)user;
	struct stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	const char *mark = memchr(value, '?', len);
	if (s != NULL && name_len == 5 && memcmp(name, ":path", 5) == 0 && mark != NULL)
		snprintf(s->query, sizeof s->query, "%.*s", (int)(len - (size_t)(mark + 1 - (const char *)value)),
		         mark + 1);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	(void)user;
	struct stream *s = frame->hd.type != NGHTTP2_HEADERS ? NULL :
	                   nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	return s == NULL ? 0 : respond(session, frame->hd.stream_id, s);
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	(void)code;
	(void)user;
	free(nghttp2_session_get_stream_user_data(session, id));
	return 0;
}

static void serve(struct listener *l, int fd)
{
	struct conn c = listen_greet(l, fd);
	nghttp2_session_callbacks *callbacks;
	nghttp2_session *session;
	uint8_t data[16384];
	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		_exit(1);
	nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	if (nghttp2_session_server_new(&session, callbacks, &c) != 0 ||
	    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0) != 0)
		_exit(1);
	while (nghttp2_session_send(session) == 0 &&
	       (nghttp2_session_want_read(session) || nghttp2_session_want_write(session))) {
		ssize_t n = get(&c, data, sizeof data);
		if (n <= 0 || nghttp2_session_mem_recv(session, data, (size_t)n) < 0)
			break;
	}
	nghttp2_session_del(session);
	nghttp2_session_callbacks_del(callbacks);
	listen_part(&c);
}

/* RFC 9113, 3.2: "h2" by ALPN, and nothing else. */
static int choose(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                  unsigned len, void *ctx)
{
	(void)ssl;
	(void)ctx;
	static const unsigned char h2[] = { 2, 'h', '2' };
	return SSL_select_next_proto((unsigned char **)out, out_len, h2, sizeof h2, in, len) ==
	       OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void prepare(struct listener *l)
{
	if (l->ctx != NULL)
		SSL_CTX_set_alpn_select_cb(l->ctx, choose, NULL);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: h2d ADDRESS,cert=FILE,key=FILE[,KNOB=VALUE]...\n");
		return 64;
	}
	listen_serve(argc - 1, argv + 1, prepare, serve);
}
