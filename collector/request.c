#include "collector/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "collector/answer.h"
#include "collector/gunzip.h"
#include "collector/listen.h"
#include "collector/token.h"
#include "lib/num.h"
#include "schema/wire.h"

#define RECEIVING_MAX ((size_t)64 << 20) /* bytes of all bodies that are coming in at a time */
#define RETRY_BUSY_S 5                   /* the queue is full: seconds until it is not */
#define RETRY_STOP_S 10                  /* it is stopping, perhaps to start again */
#define RETRY_FAILED_S 30                /* the disk is full or locked: somebody has to look */

enum state { READING, WAITING, WRITTEN };

struct request {
	struct collector *c;
	struct MHD_Connection *mhd;
	struct conn *conn;
	enum state state;
	char probe[ACCOUNTS_NAME]; /* whose token it is */
	bool is_push, is_ca, gzip, good;
	bool unread;               /* it has a body that was not read to its end */
	size_t announced;          /* its bytes, counted in c->receiving and the probe's share */
	int64_t received_us, skew_us;
	struct buf body;
	struct writer_job *job;
};

static const struct sockaddr *peer_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

static struct conn *conn_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static const char *header(struct MHD_Connection *mhd, const char *name)
{
	return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);
}

void request_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                        enum MHD_ConnectionNotificationCode code)
{
	struct collector *c = cls;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		bool room = limits_connect(c->limits, peer_of(mhd), mono_now());
		*socket_context = room ? conns_add(c->conns, fd, mono_now()) : NULL;
		/* The newest certificate, not the one with which the daemon was started. */
		if (*socket_context != NULL && c->identity != NULL)
			identity_show(c->identity,
			              MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
		if (*socket_context != NULL)
			return;
		/* Before its handshake, which is what would cost. The daemon sees its end, and closes it. */
		shutdown(fd, SHUT_RDWR);
		if (room)
			limits_disconnect(c->limits, peer_of(mhd));
	} else if (*socket_context != NULL) {
		limits_disconnect(c->limits, peer_of(mhd));
		conns_remove(c->conns, *socket_context);
		*socket_context = NULL;
	}
}

/* Memory of the body and of the batch, when it is done with. */
static void release_body(struct request *q)
{
	if (q->announced > 0) {
		atomic_fetch_sub(&q->c->receiving, q->announced);
		limits_received(q->c->limits, q->probe, q->announced);
	}
	q->announced = 0;
	buf_free(&q->body);
}

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
	release_body(q);
	release_job(q);
	conns_answered(c->conns, q->conn, q->good, mono_now());
	free(q);
	*state = NULL;
}

/* ---- answers ---------------------------------------------------------------- */

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

/* An error, told to the sender and, for a batch of somebody with a valid token, in the log. */
static enum MHD_Result refuse(struct request *q, struct answer a, const char *text)
{
	char from[LISTEN_TEXT];
	listen_host_text(peer_of(q->mhd), from);
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

static enum MHD_Result refuse_status(struct request *q, unsigned status, const char *text)
{
	return refuse(q, (struct answer){.status = status}, text);
}

static enum MHD_Result refuse_busy(struct request *q, int retry_after_s, const char *text)
{
	return refuse(q,
	              (struct answer){.status = MHD_HTTP_SERVICE_UNAVAILABLE, .retry_after_s = retry_after_s},
	              text);
}

static enum MHD_Result refuse_limited(struct request *q, int retry_after_s, bool first, const char *what)
{
	char text[160];
	snprintf(text, sizeof text, "too many %s", what);
	if (first) {
		char from[LISTEN_TEXT];
		listen_host_text(peer_of(q->mhd), from);
		log_warn(&q->c->log, "%s%s%s: %s; told to wait %d s", q->probe, q->probe[0] != '\0' ? ", " : "", from,
		         text, retry_after_s);
	}
	return refuse(q,
	              (struct answer){.status = MHD_HTTP_TOO_MANY_REQUESTS, .retry_after_s = retry_after_s},
	              text);
}

/* Of somebody who has shown no valid token (yet): that has an end, too, apart from what the probes
 * behind the address may. */
static enum MHD_Result refuse_stranger(struct request *q, struct answer a, const char *text)
{
	bool first;
	int wait = limits_failed(q->c->limits, peer_of(q->mhd), mono_now(), &first);
	if (wait > 0)
		return refuse_limited(q, wait, first, "requests without a valid token from this address");
	return refuse(q, a, text);
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
	const char *length = header(q->mhd, MHD_HTTP_HEADER_CONTENT_LENGTH);
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

/* Skew of the probe's clock by its own word. false: the header is there and isn't a time. */
static bool read_clock(struct request *q)
{
	const char *sent = header(q->mhd, "Latlas-Sent-Us");
	int64_t sent_us;
	q->received_us = wall_now().us;
	q->skew_us = STORE_NO_SKEW;
	if (sent == NULL)
		return true;
	if (num_parse_i64(sent, "Latlas-Sent-Us", 0, INT64_MAX, &sent_us, NULL) != 0)
		return false;
	q->skew_us = sent_us - q->received_us;
	return true;
}

/* Room for a body, of the probe's share first: one probe that is slow, or means harm, must not
 * shut the others out. If false, the request was answered, as *r says. */
static bool make_room(struct request *q, size_t length, enum MHD_Result *r)
{
	bool first;
	if (!limits_receive(q->c->limits, q->probe, length, mono_now(), &first)) {
		*r = refuse_limited(q, RETRY_BUSY_S, first, "batches of this probe are coming in");
		return false;
	}
	q->announced = length;
	if (atomic_fetch_add(&q->c->receiving, length) + length <= RECEIVING_MAX)
		return true;
	release_body(q);
	*r = refuse_busy(q, RETRY_BUSY_S, "too many batches are coming in");
	return false;
}

static enum MHD_Result begin_push(struct request *q, const struct lengths *n)
{
	char text[128];
	int64_t length;
	enum MHD_Result r;
	const char *encoding = header(q->mhd, MHD_HTTP_HEADER_CONTENT_ENCODING);
	if (n->content_length == 0)
		return refuse_status(q, MHD_HTTP_LENGTH_REQUIRED, "Content-Length is required");
	if (num_parse_i64(header(q->mhd, MHD_HTTP_HEADER_CONTENT_LENGTH), "Content-Length", 0, INT64_MAX,
	                  &length, NULL) != 0)
		return refuse_status(q, MHD_HTTP_BAD_REQUEST, "Content-Length is not a number");
	if (length > (int64_t)WIRE_MAX_BYTES) {
		snprintf(text, sizeof text, "the batch has %" PRId64 " bytes, the limit is %u", length,
		         WIRE_MAX_BYTES);
		return refuse_status(q, MHD_HTTP_CONTENT_TOO_LARGE, text);
	}
	q->gzip = encoding != NULL && strcasecmp(encoding, "gzip") == 0;
	if (encoding != NULL && !q->gzip && strcasecmp(encoding, "identity") != 0)
		return refuse_status(q, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		                     "Content-Encoding may be gzip, or absent");
	if (!read_clock(q))
		return refuse_status(q, MHD_HTTP_BAD_REQUEST,
		                     "Latlas-Sent-Us is not a number of microseconds");
	if (!make_room(q, (size_t)length, &r))
		return r;
	buf_init(&q->body, WIRE_MAX_BYTES);
	return MHD_YES;
}

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
		return refuse_status(q, MHD_HTTP_NOT_FOUND, "no plan has been published yet");
	if (request_etag_matches(header(q->mhd, MHD_HTTP_HEADER_IF_NONE_MATCH), rev)) {
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
		return refuse_status(q, MHD_HTTP_NOT_FOUND, "this collector has no CA of its own to hand out");
	if (request_etag_matches(header(q->mhd, MHD_HTTP_HEADER_IF_NONE_MATCH), digest)) {
		a.status = MHD_HTTP_NOT_MODIFIED;
		buf_free(&pem);
	}
	q->good = true;
	return answer_send(q->mhd, &a, &pem);
}

/* Whose token? If false, the request was answered, as *r says. A valid token is looked
 * for even where the address has failed too often: what a stranger did from it doesn't
 * shut its probes out. What has no token's form costs no look. */
static bool authenticate(struct request *q, enum MHD_Result *r)
{
	bool first;
	int wait;
	if (!accounts_find(q->c->accounts, header(q->mhd, MHD_HTTP_HEADER_AUTHORIZATION), wall_now().us,
	                   q->probe)) {
		*r = refuse_stranger(q, (struct answer){.status = MHD_HTTP_UNAUTHORIZED, .challenge = true},
		                     "no valid token: Authorization: Bearer TOKEN, as enroll printed it");
		return false;
	}
	/* The probe's own first: what it asks beyond it shall not be its neighbours' loss. */
	wait = limits_probe(q->c->limits, q->probe, mono_now(), &first);
	if (wait > 0) {
		*r = refuse_limited(q, wait, first, "requests of this probe");
		return false;
	}
	wait = limits_address(q->c->limits, peer_of(q->mhd), mono_now(), &first);
	if (wait > 0)
		*r = refuse_limited(q, wait, first, "requests from this address");
	return wait == 0;
}

static enum MHD_Result begin(struct request *q, const char *url, const char *method)
{
	struct lengths n = {0};
	enum MHD_Result r;
	q->is_push = strcmp(url, "/v1/batches") == 0;
	const char *wrong = ambiguous(q, &n);
	if (wrong != NULL)
		return refuse_stranger(q, (struct answer){.status = MHD_HTTP_BAD_REQUEST}, wrong);
	if (atomic_load(&q->c->draining))
		return refuse_busy(q, RETRY_STOP_S, "the collector is stopping");
	q->is_ca = strcmp(url, "/v1/ca") == 0;
	if (!q->is_push && !q->is_ca && strcmp(url, "/v1/plan") != 0)
		return refuse_stranger(q, (struct answer){.status = MHD_HTTP_NOT_FOUND},
		                       "there is /v1/batches, /v1/plan and /v1/ca");
	bool get = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	if (q->is_push ? strcmp(method, MHD_HTTP_METHOD_POST) != 0 : !get)
		return refuse_stranger(q, (struct answer){.status = MHD_HTTP_METHOD_NOT_ALLOWED,
		                                          .allow = q->is_push ? "POST" : "GET, HEAD"},
		                       q->is_push ? "a batch is sent by POST" : "this is read by GET");
	if (!authenticate(q, &r))
		return r;
	conns_trusted(q->c->conns, q->conn, mono_now());
	if (q->is_push)
		return begin_push(q, &n);
	if (q->unread)
		return refuse_status(q, MHD_HTTP_BAD_REQUEST, "a request by GET has no body");
	/* Answered at the next call: libmicrohttpd closes a connection whose request is answered
	 * at the first. */
	return MHD_YES;
}

/* ---- the body ------------------------------------------------------------------- */

static enum MHD_Result take_body(struct request *q, const char *data, size_t *size)
{
	/* libmicrohttpd ends the body at Content-Length, which is within the limit; counted
	 * all the same. Out of memory shows in q->body.failed. */
	buf_add(&q->body, data, *size);
	*size = 0;
	return MHD_YES;
}

/* Called by the writer, in its thread. */
static void written(struct writer_job *job)
{
	struct request *q = job->ctx;
	conns_waiting(q->c->conns, q->conn, false, mono_now());
	q->state = WRITTEN;
	MHD_resume_connection(q->mhd);
}

/* Targets and nodes are the plan's, whose names are of the same few characters as a probe's. What
 * else is in a batch a server may have said, and is taken as it came. NULL, or what is wrong. */
static const char *wrong_name(const struct batch *b, char text[256])
{
	const char *what = NULL, *name = NULL;
	long long at = 0;
	for (size_t i = 0; i < b->samples.len && what == NULL; i++) {
		const struct sample *s = &b->samples.at[i];
		at = s->seq;
		if (!sample_name_ok(s->target)) {
			what = "target of the sample with seq";
			name = s->target;
		} else if (s->node != NULL && !sample_name_ok(s->node)) {
			what = "node of the sample with seq";
			name = s->node;
		}
	}
	for (size_t i = 0; i < b->audits.len && what == NULL; i++) {
		const struct audit *a = &b->audits.at[i];
		at = (long long)i + 1;
		if (!sample_name_ok(a->target)) {
			what = "target of audit";
			name = a->target;
		} else if (a->node != NULL && !sample_name_ok(a->node)) {
			what = "node of audit";
			name = a->node;
		}
	}
	if (what == NULL)
		return NULL;
	snprintf(text, 256, "%s %lld: \"%.80s\" is not a name ([A-Za-z0-9._-], 1 to %d)", what, at, name,
	         NAME_MAX_LEN);
	return text;
}

/* Sound as JSON; does it say what it may say? */
static enum MHD_Result judge(struct request *q, bool *refused)
{
	const struct batch *b = &q->job->batch;
	char text[256];
	*refused = true;
	if (b->probe == NULL || strcmp(b->probe, q->probe) != 0) {
		snprintf(text, sizeof text, "the token is %s's, the batch is %.80s's", q->probe,
		         b->probe != NULL ? b->probe : "nobody");
		return refuse_status(q, MHD_HTTP_FORBIDDEN, text);
	}
	if (wrong_name(b, text) != NULL)
		return refuse_status(q, MHD_HTTP_BAD_REQUEST, text);
	*refused = false;
	return MHD_YES;
}

static bool clock_implausible(const struct request *q)
{
	if (q->skew_us != STORE_NO_SKEW &&
	    (q->skew_us > COLLECTOR_MAX_SKEW_US || q->skew_us < -COLLECTOR_MAX_SKEW_US))
		return true;
	/* Measured in the future: whatever the clock is now, it was off then. */
	return q->job->batch.started_us > q->received_us + COLLECTOR_MAX_SKEW_US;
}

/* Inflate if need be, digest, decode: q->job holds the batch. */
static enum MHD_Result decode(struct request *q, bool *refused)
{
	struct err err = {0};
	struct buf plain = {0};
	bool unsupported = false;
	*refused = true;
	if (q->gzip) {
		enum gunzip_result r = gunzip(q->body.data, q->body.len, WIRE_MAX_INFLATED, &plain);
		buf_free(&q->body);
		if (r != GUNZIP_OK)
			buf_free(&plain);
		if (r == GUNZIP_TOO_LARGE)
			return refuse_status(q, MHD_HTTP_CONTENT_TOO_LARGE,
			                     "the batch inflates to more than 4 MiB");
		if (r == GUNZIP_BROKEN)
			return refuse_status(q, MHD_HTTP_BAD_REQUEST,
			                     "the body is not gzip, or is cut short");
		if (r == GUNZIP_NOMEM)
			return refuse_busy(q, RETRY_BUSY_S, "out of memory");
		q->body = plain;
	}
	q->job = calloc(1, sizeof *q->job);
	if (q->job == NULL)
		return refuse_busy(q, RETRY_BUSY_S, "out of memory");
	int rc = token_hash(buf_str(&q->body), q->body.len, q->job->item.digest, &err);
	if (rc == 0)
		rc = wire_decode(&q->job->batch, buf_str(&q->body), q->body.len, &unsupported, &err);
	if (rc == LAT_DATAERR)
		return refuse(q, (struct answer){.status = MHD_HTTP_BAD_REQUEST, .unsupported = unsupported},
		              err.text);
	if (rc != 0)
		return refuse_busy(q, RETRY_BUSY_S, err.text);
	*refused = false;
	return MHD_YES;
}

static enum MHD_Result hand_over(struct request *q)
{
	struct writer_job *job = q->job;
	job->item.received_us = q->received_us;
	job->item.skew_us = q->skew_us;
	job->item.clock_implausible = clock_implausible(q);
	job->bytes = writer_batch_bytes(&job->batch);
	job->done = written;
	job->ctx = q;
	listen_unmap(peer_of(q->mhd), &job->peer);
	if (!writer_reserve(q->c->writer, job->bytes))
		return refuse_busy(q, RETRY_BUSY_S, "too many batches wait to be written");
	q->state = WAITING;
	conns_waiting(q->c->conns, q->conn, true, mono_now());
	/* Suspend first: the writer may be done before this call returns. */
	MHD_suspend_connection(q->mhd);
	writer_push(q->c->writer, job);
	return MHD_YES;
}

static enum MHD_Result end_body(struct request *q)
{
	bool refused;
	q->unread = false;
	if (q->body.failed)
		return refuse_busy(q, RETRY_BUSY_S, "out of memory");
	enum MHD_Result r = decode(q, &refused);
	release_body(q);
	if (!refused)
		r = judge(q, &refused);
	return refused ? r : hand_over(q);
}

/* ---- the answer -------------------------------------------------------------------- */

static enum MHD_Result answer_written(struct request *q)
{
	const struct writer_job *job = q->job;
	struct answer a = {.status = MHD_HTTP_OK, .close = atomic_load(&q->c->draining)};
	/* Never the sender's fault, whatever the code: a damaged database is no reason for a
	 * probe to give its batch up. */
	if (job->status != 0)
		return refuse_busy(q, RETRY_FAILED_S, "the batch could not be committed");
	if (job->item.result == STORE_CONFLICT)
		return refuse_status(q, MHD_HTTP_CONFLICT,
		                     "a batch with this UUID and other content is there already");
	bool duplicate = job->item.result == STORE_DUPLICATE;
	metrics_count(&q->c->metrics, duplicate ? RESULT_DUPLICATE : RESULT_ADDED);
	log_debug(&q->c->log, "%s: batch %s, %zu samples%s", q->probe, job->batch.uuid,
	          job->batch.samples.len, duplicate ? ", again" : "");
	q->good = true;
	return answer_accepted(q->mhd, &a, job->batch.samples.len, duplicate);
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
		q->conn = conn_of(mhd);
		conns_busy(q->c->conns, q->conn);
		return begin(q, url, method);
	}
	if (*size > 0)
		return take_body(q, data, size);
	if (!q->is_push)
		return q->is_ca ? send_ca(q) : send_plan(q);
	if (q->state == READING)
		return end_body(q);
	if (q->state == WAITING)
		return MHD_YES;
	return answer_written(q);
}
