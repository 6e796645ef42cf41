#include "tests/bench/push/push.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/clock.h"
#include "schema/sample.h"

#define ANSWER_MAX 4096
#define EVENTS 256
#define GRACE_US (30 * US_PER_S)       /* for what is under way when the time is over */
#define BROKEN_PAUSE_US (200 * US_PER_MS)
#define RETRY_DEFAULT_S 1
#define GZIP_LEVEL 1                    /* the generator shares its processor with the server */

enum state { IDLE, CONNECTING, SENDING, READING, PAUSED };

struct slot {
	struct link link;
	enum state state;
	uint32_t events;       /* registered with epoll */
	size_t number;
	struct buf request;
	size_t sent;
	char answer[ANSWER_MAX + 1];
	size_t got;
	uint64_t nth;          /* push */
	char uuid[37];
	int64_t measured_us;   /* wall clock: the samples' age; the same in each attempt, as the batch is */
	struct mono intended, began, attempt; /* to begin; connection's; this attempt's */
	struct mono resume;
};

struct engine {
	const struct push_options *o;
	struct push_result *r;
	struct payload *payload;
	struct slot *slots;
	struct buf body;
	struct mono from, last;
	size_t active;         /* slots that are not idle */
	int epoll;
	bool failed;           /* out of memory */
};

/* ---- making a request ------------------------------------------------------------------- */

static bool pack(const struct buf *in, struct buf *out)
{
	z_stream z = {0};
	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t bound = deflateBound(&z, in->len);
	bool good = buf_reserve(out, bound);
	if (good) {
		z.next_in = (Bytef *)in->data;
		z.avail_in = (uInt)in->len;
		z.next_out = (Bytef *)out->data + out->len;
		z.avail_out = (uInt)bound;
		good = deflate(&z, Z_FINISH) == Z_STREAM_END;
		out->len += z.total_out;
	}
	deflateEnd(&z);
	return good;
}

static const struct push_probe *probe_of(const struct engine *e, const struct slot *s)
{
	return &e->o->probes[(e->o->each_its_own ? s->nth : s->number) % e->o->probe_count];
}

static bool make_request(struct engine *e, struct slot *s)
{
	const struct push_probe *p = probe_of(e, s);
	struct buf packed = {0};
	bool ours = e->o->format == PAYLOAD_LATLAS;
	buf_clear(&e->body);
	bool good = payload_write(e->payload, s->nth, p->name, s->uuid, s->measured_us, &e->body);
	if (good && e->o->gzip)
		good = pack(&e->body, &packed);
	const struct buf *body = e->o->gzip ? &packed : &e->body;
	buf_clear(&s->request);
	good = good && buf_addf(&s->request, "POST %s HTTP/1.1\r\nHost: %s:%s\r\nContent-Length: %zu\r\n", e->o->path,
	                        e->o->server.host, e->o->server.port, body->len);
	if (ours)
		good = good && buf_addf(&s->request,
		                        "Content-Type: application/x-ndjson\r\nAuthorization: Bearer %s\r\n"
		                        "Latlas-Sent-Us: %" PRId64 "\r\n",
		                        p->token, wall_now().us);
	good = good && (!e->o->gzip || buf_adds(&s->request, "Content-Encoding: gzip\r\n")) &&
	       buf_adds(&s->request, "\r\n") && buf_add(&s->request, body->data, body->len);
	e->r->sent_bytes += body->len;
	buf_free(&packed);
	return good;
}

/* ---- slots --------------------------------------------------------------------------------- */

static void watch(struct engine *e, struct slot *s, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};
	if (events == s->events)
		return;
	int op = s->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	if (epoll_ctl(e->epoll, op, s->link.fd, &ev) != 0)
		e->failed = true;
	s->events = events;
}

static void hang_up(struct slot *s, bool orderly)
{
	link_close(&s->link, orderly);
	s->events = 0;
}

static void pause_slot(struct slot *s, int64_t us)
{
	s->state = PAUSED;
	s->resume = mono_add_us(mono_now(), us);
}

/* The connection is of no use any more: once more over another, in a while. */
static void broken(struct engine *e, struct slot *s)
{
	e->r->broken++;
	hang_up(s, false);
	pause_slot(s, BROKEN_PAUSE_US);
}

static void attempt(struct engine *e, struct slot *s)
{
	s->attempt = mono_now();
	s->sent = s->got = 0;
	if (!make_request(e, s)) {
		e->failed = true;
		return;
	}
	s->state = SENDING;
	if (s->link.state == LINK_NONE) {
		s->began = s->attempt;
		s->state = CONNECTING;
		if (!link_open(&s->link, &e->o->server, s->nth)) {
			broken(e, s);
			return;
		}
	}
	watch(e, s, EPOLLOUT);
}

static void begin(struct engine *e, struct slot *s, struct mono intended)
{
	s->nth = e->r->begun++;
	s->intended = intended;
	s->measured_us = wall_now().us;
	batch_new_uuid(s->uuid);
	e->active++;
	attempt(e, s);
}

static void end(struct engine *e, struct slot *s)
{
	s->state = IDLE;
	e->active--;
	if (e->o->each_its_own)
		hang_up(s, true);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Value of a header, as a number; `otherwise` if it isn't there. */
static long header_number(const char *head, const char *name, long otherwise)
{
	const char *at = strcasestr(head, name);
	return at == NULL ? otherwise : strtol(at + strlen(name), NULL, 10);
}

/* Is the whole answer there? *status is then set. */
static bool complete(struct slot *s, long *status)
{
	s->answer[s->got] = '\0';
	char *body = strstr(s->answer, "\r\n\r\n");
	if (body == NULL || s->got < 12)
		return false;
	body += 4;
	*status = strtol(s->answer + 9, NULL, 10);
	long length = *status == 204 ? 0 : header_number(s->answer, "\r\nContent-Length:", 0);
	return s->answer + s->got >= body + length;
}

static void answered(struct engine *e, struct slot *s, long status)
{
	struct push_result *r = e->r;
	struct mono now = mono_now();
	bool closing = strcasestr(s->answer, "\r\nConnection: close") != NULL;
	r->status[status > 0 && status < PUSH_STATUSES ? status : 0]++;
	if (closing)
		hang_up(s, true);
	if (status == 429 || status >= 500) {
		r->retries++;
		if (e->o->each_its_own)
			hang_up(s, true);
		pause_slot(s, header_number(s->answer, "\r\nRetry-After:", RETRY_DEFAULT_S) * US_PER_S);
		return;
	}
	if (status >= 200 && status < 300) {
		r->acknowledged++;
		r->duplicates += strstr(s->answer, "\"duplicate\":true") != NULL;
		e->failed = !sketch_add(&r->latency, mono_diff_us(s->intended, now), 1) || e->failed;
		e->last = now;
		if (e->o->acknowledged != NULL) {
			fprintf(e->o->acknowledged, "%s %ld\n", s->uuid, status);
			fflush(e->o->acknowledged);
		}
	} else {
		r->given_up++;
	}
	end(e, s);
}

/* ---- one slot's turn ---------------------------------------------------------------------------- */

/* 0, or a LINK_* that says what to wait for. */
static int move(struct engine *e, struct slot *s)
{
	if (s->state == CONNECTING) {
		int rc = link_step(&s->link, &e->o->server, false);
		if (rc != 0)
			return rc;
		e->failed = !sketch_add(&e->r->handshake, mono_diff_us(s->began, mono_now()), 1) || e->failed;
		s->state = SENDING;
	}
	while (s->state == SENDING) {
		ssize_t n = link_write(&s->link, s->request.data + s->sent, s->request.len - s->sent);
		if (n < 0)
			return (int)n;
		s->sent += (size_t)n;
		if (s->sent == s->request.len)
			s->state = READING;
	}
	while (s->state == READING) {
		long status;
		ssize_t n = link_read(&s->link, s->answer + s->got, ANSWER_MAX - s->got);
		if (n <= 0)
			return n == 0 ? LINK_CLOSED : (int)n;
		s->got += (size_t)n;
		if (complete(s, &status))
			answered(e, s, status);
		else if (s->got == ANSWER_MAX)
			return LINK_CLOSED;
	}
	return 0;
}

static void turn(struct engine *e, struct slot *s)
{
	if (s->state == IDLE || s->state == PAUSED) { /* a kept connection that the server has closed */
		hang_up(s, false);
		return;
	}
	int rc = move(e, s);
	/* A server answers early, and closes, where it doesn't want the rest of a body. */
	if (rc == LINK_CLOSED && s->state == SENDING) {
		s->state = READING;
		rc = move(e, s);
	}
	if (rc == LINK_CLOSED)
		broken(e, s);
	else if (s->events != 0)
		watch(e, s, rc == LINK_AGAIN_WRITE ? EPOLLOUT : EPOLLIN);
}

/* ---- the schedule --------------------------------------------------------------------------------- */

static struct mono intended(const struct engine *e, uint64_t nth, struct mono now)
{
	if (e->o->burst > 0)
		return mono_add_us(e->from, (int64_t)(nth / e->o->burst) * e->o->every_us);
	if (e->o->rate > 0)
		return mono_add_us(e->from, (int64_t)((double)nth * 1e6 / e->o->rate));
	return now;
}

/* Begin what is due, go on with what paused; returns how long nothing is due, us. */
static int64_t due(struct engine *e, struct mono now, bool *over)
{
	int64_t wait = 100 * US_PER_MS;
	*over = (e->o->count > 0 && e->r->begun == e->o->count) ||
	        mono_diff_us(e->from, intended(e, e->r->begun, now)) > e->o->duration_us;
	for (int i = 0; i < e->o->connections; i++) {
		struct slot *s = &e->slots[i];
		if (s->state == PAUSED) {
			int64_t left = mono_diff_us(now, s->resume);
			if (left <= 0)
				attempt(e, s);
			else if (left < wait)
				wait = left;
		} else if (s->state == IDLE && !*over) {
			struct mono at = intended(e, e->r->begun, now);
			int64_t left = mono_diff_us(now, at);
			if (left > 0) {
				wait = left < wait ? left : wait;
				continue;
			}
			begin(e, s, at);
			*over = (e->o->count > 0 && e->r->begun == e->o->count) ||
			        mono_diff_us(e->from, intended(e, e->r->begun, now)) > e->o->duration_us;
		} else if (s->state != IDLE && mono_diff_us(s->attempt, now) > e->o->timeout_us) {
			broken(e, s);
		}
	}
	return wait;
}

static int loop(struct engine *e, struct err *err)
{
	struct epoll_event events[EVENTS];
	bool over = false;
	e->from = e->last = mono_now();
	while (!e->failed) {
		struct mono now = mono_now();
		int64_t wait = due(e, now, &over);
		if (over && e->active == 0)
			break;
		if (mono_diff_us(e->from, now) > e->o->duration_us + GRACE_US)
			break;
		int n = epoll_wait(e->epoll, events, EVENTS, (int)((wait + 999) / 1000));
		if (n < 0 && errno != EINTR)
			return err_set_errno(err, LAT_SOFTWARE, "epoll_wait");
		for (int i = 0; i < n && !e->failed; i++)
			turn(e, events[i].data.ptr);
	}
	e->r->unfinished = e->active;
	e->r->seconds = (double)mono_diff_us(e->from, e->last) / 1e6;
	return e->failed ? err_nomem(err) : 0;
}

int push_run(const struct push_options *o, struct push_result *r, struct err *err)
{
	struct engine e = {.o = o, .r = r, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	memset(r, 0, sizeof *r);
	e.slots = calloc((size_t)o->connections, sizeof *e.slots);
	int rc = e.slots == NULL || e.epoll < 0 ? err_nomem(err) : 0;
	if (rc == 0)
		rc = payload_new(&e.payload, o->format, o->samples, o->seed, err);
	for (int i = 0; rc == 0 && i < o->connections; i++) {
		e.slots[i].number = (size_t)i;
		e.slots[i].link.fd = -1;
	}
	if (rc == 0)
		rc = loop(&e, err);
	for (int i = 0; e.slots != NULL && i < o->connections; i++) {
		link_close(&e.slots[i].link, true);
		buf_free(&e.slots[i].request);
	}
	free(e.slots);
	buf_free(&e.body);
	payload_free(e.payload);
	if (e.epoll >= 0)
		close(e.epoll);
	return rc;
}

void push_result_free(struct push_result *r)
{
	sketch_free(&r->latency);
	sketch_free(&r->handshake);
}
