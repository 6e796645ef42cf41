#include "collector/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "collector/request_impl.h"

#define RETRY_STOP_S 10      /* it is stopping, perhaps to start again */
#define RETRY_CONNECTED_S 30 /* a probe's connections are too many: what begins them should end them */

/* ---- connections -------------------------------------------------------------------- */

static struct visitor *visitor_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* NULL: it may not stay, or there is no memory for it. */
static struct visitor *welcome(struct collector *c, const struct sockaddr *peer, int fd)
{
	if (!limits_connect(c->limits, peer, mono_now()))
		return NULL;
	struct visitor *v = calloc(1, sizeof *v);
	if (v != NULL)
		v->conn = conns_add(c->conns, fd, mono_now());
	if (v != NULL && v->conn != NULL)
		return v;
	free(v);
	limits_disconnect(c->limits, peer);
	return NULL;
}

static void leave(struct collector *c, struct visitor *v, const struct sockaddr *peer)
{
	limits_disconnect(c->limits, peer);
	if (v->probe[0] != '\0')
		limits_disconnect_probe(c->limits, v->probe);
	conns_remove(c->conns, v->conn);
	free(v);
}

/* It has shown this probe's token, and is counted among the probe's connections. false: they are too many. */
static bool belongs_to(struct collector *c, struct visitor *v, const char *probe, bool *first)
{
	if (v == NULL || strcmp(v->probe, probe) == 0)
		return true;
	if (v->probe[0] != '\0')
		limits_disconnect_probe(c->limits, v->probe);
	v->probe[0] = '\0';
	if (!limits_connect_probe(c->limits, probe, mono_now(), first))
		return false;
	memcpy(v->probe, probe, sizeof v->probe);
	return true;
}

void request_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                        enum MHD_ConnectionNotificationCode code)
{
	struct collector *c = cls;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		*socket_context = welcome(c, request_peer(mhd), fd);
		/* The newest certificate, not the one with which the daemon was started. */
		if (*socket_context != NULL && c->identity != NULL)
			identity_show(c->identity,
			              MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
		if (*socket_context != NULL)
			return;
		/* Before its handshake, which is what would cost. The daemon sees its end, and closes it. */
		shutdown(fd, SHUT_RDWR);
	} else if (*socket_context != NULL) {
		leave(c, *socket_context, request_peer(mhd));
		*socket_context = NULL;
	}
}

/* ---- the end of a request -------------------------------------------------------------- */

static void release_job(struct request *q)
{
	if (q->job != NULL) {
		batch_free(&q->job->batch);
		free(q->job);
		q->job = NULL;
	}
}

void request_completed(void *cls, struct MHD_Connection *mhd, void **state,
                       enum MHD_RequestTerminationCode why)
{
	struct collector *c = cls;
	struct request *q = *state;
	(void)mhd;
	(void)why;
	if (q == NULL)
		return;
	request_release_body(q);
	release_job(q);
	conns_answered(c->conns, q->conn, q->good, mono_now());
	free(q);
	*state = NULL;
}

/* ---- the head ----------------------------------------------------------------- */

struct lengths { int content_length, transfer_encoding, authorization; };

static enum MHD_Result count_header(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct lengths *n = cls;
	(void)kind;
	(void)value;
	n->content_length += strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
	n->transfer_encoding += strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	n->authorization += strcasecmp(key, MHD_HTTP_HEADER_AUTHORIZATION) == 0;
	return MHD_YES;
}

/* Is it clear where the request ends, and who speaks? libmicrohttpd takes two lengths,
 * and a length beside a Transfer-Encoding: that is how requests are smuggled (RFC 9112,
 * 6.3), and no honest client sends it. NULL if all is well. */
static const char *ambiguous(struct request *q, struct lengths *n)
{
	MHD_get_connection_values(q->mhd, MHD_HEADER_KIND, count_header, n);
	const char *length = request_header(q->mhd, MHD_HTTP_HEADER_CONTENT_LENGTH);
	q->unread = n->transfer_encoding > 0 || n->content_length > 1 ||
	            (n->content_length == 1 && strcmp(length, "0") != 0);
	if (n->content_length > 1)
		return "Content-Length is given twice";
	if (n->content_length > 0 && n->transfer_encoding > 0)
		return "both Content-Length and Transfer-Encoding are given";
	if (n->authorization > 1)
		return "Authorization is given twice";
	return NULL;
}

/* ---- what is read by GET ------------------------------------------------------- */

bool request_etag_matches(const char *list, const char *rev)
{
	size_t len = strlen(rev);
	while (list != NULL && *list != '\0') {
		list += strspn(list, " \t,");
		size_t n = strcspn(list, " \t,");
		const char *tag = list;
		list += n;
		if (n > 2 && strncmp(tag, "W/", 2) == 0) {
			tag += 2;
			n -= 2;
		}
		if (n >= 2 && tag[0] == '"' && tag[n - 1] == '"') {
			tag++;
			n -= 2;
		}
		if ((n == len && memcmp(tag, rev, len) == 0) || (n == 1 && tag[0] == '*'))
			return true;
	}
	return false;
}

static enum MHD_Result send_plan(struct request *q)
{
	struct buf json = {0};
	char rev[17];
	char digest[IDENTITY_DIGEST];
	struct answer a = {.status = MHD_HTTP_OK, .etag = rev, .close = atomic_load(&q->c->draining)};
	if (q->c->identity != NULL && identity_ca(q->c->identity, NULL, digest))
		a.ca = digest;
	if (!plans_get(q->c->plans, &json, rev))
		return request_refuse_status(q, MHD_HTTP_NOT_FOUND, "no plan has been published yet");
	if (request_etag_matches(request_header(q->mhd, MHD_HTTP_HEADER_IF_NONE_MATCH), rev)) {
		a.status = MHD_HTTP_NOT_MODIFIED;
		buf_free(&json);
	}
	q->good = true;
	return answer_send(q->mhd, &a, &json);
}

/* The CA file of today: how a probe that trusts one CA gets to know the next. */
static enum MHD_Result send_ca(struct request *q)
{
	struct buf pem = {0};
	char digest[IDENTITY_DIGEST];
	struct answer a = {.status = MHD_HTTP_OK, .type = "application/x-pem-file", .etag = digest,
	                   .close = atomic_load(&q->c->draining)};
	if (q->c->identity == NULL || !identity_ca(q->c->identity, &pem, digest))
		return request_refuse_status(q, MHD_HTTP_NOT_FOUND, "this collector has no CA of its own to hand out");
	if (request_etag_matches(request_header(q->mhd, MHD_HTTP_HEADER_IF_NONE_MATCH), digest)) {
		a.status = MHD_HTTP_NOT_MODIFIED;
		buf_free(&pem);
	}
	q->good = true;
	return answer_send(q->mhd, &a, &pem);
}

/* ---- who asks, and for what ------------------------------------------------------ */

/* Whose token? If false, the request was answered, as *r says. A valid token is looked
 * for even where the address has failed too often: what a stranger did from it doesn't
 * shut its probes out. What has no token's form costs no look. */
static bool authenticate(struct request *q, enum MHD_Result *r)
{
	bool first;
	int wait;
	if (!accounts_find(q->c->accounts, request_header(q->mhd, MHD_HTTP_HEADER_AUTHORIZATION), wall_now().us,
	                   q->probe)) {
		*r = request_refuse_stranger(q, (struct answer){.status = MHD_HTTP_UNAUTHORIZED, .challenge = true},
		                             "no valid token: Authorization: Bearer TOKEN, as enroll printed it");
		return false;
	}
	if (!belongs_to(q->c, q->visitor, q->probe, &first)) {
		*r = request_refuse_limited(q, RETRY_CONNECTED_S, first, "connections of this probe");
		return false;
	}
	/* The probe's own first: what it asks beyond it shall not be its neighbours' loss. */
	wait = limits_probe(q->c->limits, q->probe, mono_now(), &first);
	if (wait > 0) {
		*r = request_refuse_limited(q, wait, first, "requests of this probe");
		return false;
	}
	wait = limits_address(q->c->limits, request_peer(q->mhd), mono_now(), &first);
	if (wait > 0)
		*r = request_refuse_limited(q, wait, first, "requests from this address");
	return wait == 0;
}

static enum MHD_Result begin(struct request *q, const char *url, const char *method)
{
	struct lengths n = {0};
	enum MHD_Result r;
	q->is_push = strcmp(url, "/v1/batches") == 0;
	const char *wrong = ambiguous(q, &n);
	if (wrong != NULL)
		return request_refuse_stranger(q, (struct answer){.status = MHD_HTTP_BAD_REQUEST}, wrong);
	if (atomic_load(&q->c->draining))
		return request_refuse_busy(q, RETRY_STOP_S, "the collector is stopping");
	q->is_ca = strcmp(url, "/v1/ca") == 0;
	if (!q->is_push && !q->is_ca && strcmp(url, "/v1/plan") != 0)
		return request_refuse_stranger(q, (struct answer){.status = MHD_HTTP_NOT_FOUND},
		                               "there is /v1/batches, /v1/plan and /v1/ca");
	bool get = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	if (q->is_push ? strcmp(method, MHD_HTTP_METHOD_POST) != 0 : !get)
		return request_refuse_stranger(q, (struct answer){.status = MHD_HTTP_METHOD_NOT_ALLOWED,
		                                                  .allow = q->is_push ? "POST" : "GET, HEAD"},
		                               q->is_push ? "a batch is sent by POST" : "this is read by GET");
	if (!authenticate(q, &r))
		return r;
	conns_trusted(q->c->conns, q->conn, mono_now());
	if (q->is_push)
		return request_push_begin(q);
	if (q->unread)
		return request_refuse_status(q, MHD_HTTP_BAD_REQUEST, "a request by GET has no body");
	/* Answered at the next call: libmicrohttpd closes a connection whose request is answered
	 * at the first. */
	return MHD_YES;
}

enum MHD_Result request_handle(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **state)
{
	struct request *q = *state;
	(void)version;
	if (q == NULL) {
		q = calloc(1, sizeof *q);
		if (q == NULL)
			return MHD_NO;
		*state = q;
		q->c = cls;
		q->mhd = mhd;
		q->visitor = visitor_of(mhd);
		q->conn = q->visitor != NULL ? q->visitor->conn : NULL;
		conns_busy(q->c->conns, q->conn);
		return begin(q, url, method);
	}
	if (*size > 0)
		return request_push_body(q, data, size);
	if (!q->is_push)
		return q->is_ca ? send_ca(q) : send_plan(q);
	if (q->state == REQUEST_READING)
		return request_push_end(q);
	if (q->state == REQUEST_WAITING)
		return MHD_YES;
	return request_push_answer(q);
}
