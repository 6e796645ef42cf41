#include "collector/request_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector/gunzip.h"
#include "collector/listen.h"
#include "collector/token.h"
#include "lib/num.h"
#include "schema/wire.h"

#define RECEIVING_MAX ((size_t)64 << 20) /* bytes of all bodies that are coming in at a time */
#define RETRY_BUSY_S 5                   /* the queue is full: seconds until it is not */
#define RETRY_FAILED_S 30                /* the disk is full or locked: somebody has to look */

void request_release_body(struct request *q)
{
	if (q->announced > 0) {
		atomic_fetch_sub(&q->c->receiving, q->announced);
		limits_received(q->c->limits, q->probe, q->announced);
	}
	q->announced = 0;
	buf_free(&q->body);
}

/* Skew of the probe's clock by its own word. false: the header is there and isn't a time. */
static bool read_clock(struct request *q)
{
	const char *sent = request_header(q->mhd, "Latlas-Sent-Us");
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
		*r = request_refuse_limited(q, RETRY_BUSY_S, first, "batches of this probe are coming in");
		return false;
	}
	q->announced = length;
	if (atomic_fetch_add(&q->c->receiving, length) + length <= RECEIVING_MAX)
		return true;
	request_release_body(q);
	*r = request_refuse_busy(q, RETRY_BUSY_S, "too many batches are coming in");
	return false;
}

enum MHD_Result request_push_begin(struct request *q)
{
	char text[128];
	int64_t length;
	enum MHD_Result r;
	const char *given = request_header(q->mhd, MHD_HTTP_HEADER_CONTENT_LENGTH);
	const char *encoding = request_header(q->mhd, MHD_HTTP_HEADER_CONTENT_ENCODING);
	if (given == NULL)
		return request_refuse_status(q, MHD_HTTP_LENGTH_REQUIRED, "Content-Length is required");
	if (num_parse_i64(given, "Content-Length", 0, INT64_MAX, &length, NULL) != 0)
		return request_refuse_status(q, MHD_HTTP_BAD_REQUEST, "Content-Length is not a number");
	if (length > (int64_t)WIRE_MAX_BYTES) {
		snprintf(text, sizeof text, "the batch has %" PRId64 " bytes, the limit is %u", length,
		         WIRE_MAX_BYTES);
		return request_refuse_status(q, MHD_HTTP_CONTENT_TOO_LARGE, text);
	}
	q->gzip = encoding != NULL && strcasecmp(encoding, "gzip") == 0;
	if (encoding != NULL && !q->gzip && strcasecmp(encoding, "identity") != 0)
		return request_refuse_status(q, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		                             "Content-Encoding may be gzip, or absent");
	if (!read_clock(q))
		return request_refuse_status(q, MHD_HTTP_BAD_REQUEST,
		                             "Latlas-Sent-Us is not a number of microseconds");
	if (!make_room(q, (size_t)length, &r))
		return r;
	buf_init(&q->body, WIRE_MAX_BYTES);
	return MHD_YES;
}

/* ---- the body ------------------------------------------------------------------- */

enum MHD_Result request_push_body(struct request *q, const char *data, size_t *size)
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
	q->state = REQUEST_WRITTEN;
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
		return request_refuse_status(q, MHD_HTTP_FORBIDDEN, text);
	}
	if (wrong_name(b, text) != NULL)
		return request_refuse_status(q, MHD_HTTP_BAD_REQUEST, text);
	*refused = false;
	return MHD_YES;
}

static bool clock_implausible(const struct request *q)
{
	if (q->skew_us != STORE_NO_SKEW &&
	    (q->skew_us > COLLECTOR_MAX_SKEW_US || q->skew_us < -COLLECTOR_MAX_SKEW_US))
		return true;
	/* Measured in the future: whatever the clock is now, it was off then. It may have been set in the
	 * midst of the round, so each sample is looked at. */
	const struct batch *b = &q->job->batch;
	int64_t last_us = b->started_us;
	for (size_t i = 0; i < b->samples.len; i++)
		if (b->samples.at[i].t_us > last_us)
			last_us = b->samples.at[i].t_us;
	return last_us > q->received_us + COLLECTOR_MAX_SKEW_US;
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
			return request_refuse_status(q, MHD_HTTP_CONTENT_TOO_LARGE,
			                             "the batch inflates to more than 4 MiB");
		if (r == GUNZIP_BROKEN)
			return request_refuse_status(q, MHD_HTTP_BAD_REQUEST,
			                             "the body is not gzip, or is cut short");
		if (r == GUNZIP_NOMEM)
			return request_refuse_busy(q, RETRY_BUSY_S, "out of memory");
		q->body = plain;
	}
	q->job = calloc(1, sizeof *q->job);
	if (q->job == NULL)
		return request_refuse_busy(q, RETRY_BUSY_S, "out of memory");
	int rc = token_hash(buf_str(&q->body), q->body.len, q->job->item.digest, &err);
	if (rc == 0)
		rc = wire_decode(&q->job->batch, buf_str(&q->body), q->body.len, &unsupported, &err);
	if (rc == LAT_DATAERR)
		return request_refuse(q, (struct answer){.status = MHD_HTTP_BAD_REQUEST, .unsupported = unsupported},
		                      err.text);
	if (rc != 0)
		return request_refuse_busy(q, RETRY_BUSY_S, err.text);
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
	listen_unmap(request_peer(q->mhd), &job->peer);
	if (!writer_reserve(q->c->writer, job->bytes))
		return request_refuse_busy(q, RETRY_BUSY_S, "too many batches wait to be written");
	q->state = REQUEST_WAITING;
	conns_waiting(q->c->conns, q->conn, true, mono_now());
	/* Suspend first: the writer may be done before this call returns. */
	MHD_suspend_connection(q->mhd);
	writer_push(q->c->writer, job);
	return MHD_YES;
}

enum MHD_Result request_push_end(struct request *q)
{
	bool refused;
	q->unread = false;
	if (q->body.failed)
		return request_refuse_busy(q, RETRY_BUSY_S, "out of memory");
	enum MHD_Result r = decode(q, &refused);
	request_release_body(q);
	if (!refused)
		r = judge(q, &refused);
	return refused ? r : hand_over(q);
}

/* ---- the answer -------------------------------------------------------------------- */

enum MHD_Result request_push_answer(struct request *q)
{
	const struct writer_job *job = q->job;
	struct answer a = {.status = MHD_HTTP_OK, .close = atomic_load(&q->c->draining)};
	/* Never the sender's fault, whatever the code: a damaged database is no reason for a
	 * probe to give its batch up. */
	if (job->status != 0)
		return request_refuse_busy(q, RETRY_FAILED_S, "the batch could not be committed");
	if (job->item.result == STORE_CONFLICT)
		return request_refuse_status(q, MHD_HTTP_CONFLICT,
		                             "a batch with this UUID and other content is there already");
	bool duplicate = job->item.result == STORE_DUPLICATE;
	metrics_count(&q->c->metrics, duplicate ? RESULT_DUPLICATE : RESULT_ADDED);
	log_debug(&q->c->log, "%s: batch %s, %zu samples%s", q->probe, job->batch.uuid,
	          job->batch.samples.len, duplicate ? ", again" : "");
	q->good = true;
	return answer_accepted(q->mhd, &a, job->batch.samples.len, duplicate);
}
