#include "tests/bench/push/slow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/clock.h"

#define EVENTS 512

/* A record of TLS 1.0's version that announces 508 bytes of ClientHello (RFC 8446, 5.1 and 4.1.2);
 * what follows never ends within anyone's patience. */
static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
static const char head[] = "POST /v1/batches HTTP/1.1\r\nHost: collector\r\nX-Slow: ";

struct slow {
	struct link link;
	bool stands;
	size_t said;
	struct mono began, next;
};

struct crowd {
	const struct slow_options *o;
	struct slow_result *r;
	struct slow *all;
	uint64_t up;
	int epoll;
	bool failed;
};

int slow_kind_of(const char *name)
{
	static const char *const names[SLOW_KINDS] = {"silent", "hello", "head"};
	for (int i = 0; i < SLOW_KINDS; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -1;
}

static void watch(struct crowd *c, struct slow *s, int op, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};
	if (epoll_ctl(c->epoll, op, s->link.fd, &ev) != 0)
		c->failed = true;
}

static void open_one(struct crowd *c, struct slow *s)
{
	*s = (struct slow){.began = mono_now()};
	if (!link_open(&s->link, &c->o->server, c->r->opened++)) {
		c->r->refused++;
		return;
	}
	watch(c, s, EPOLL_CTL_ADD, EPOLLOUT);
}

static void ended(struct crowd *c, struct slow *s)
{
	if (s->stands) {
		c->r->closed++;
		c->up--;
		c->failed = !sketch_add(&c->r->life, mono_diff_us(s->began, mono_now()), 1) || c->failed;
	} else {
		c->r->refused++;
	}
	s->stands = false;
	link_close(&s->link, false);
}

static void turn(struct crowd *c, struct slow *s)
{
	char sink[512];
	if (s->link.state == LINK_NONE)
		return;
	if (!s->stands) {
		int rc = link_step(&s->link, &c->o->server, c->o->kind != SLOW_HEAD);
		if (rc == LINK_CLOSED)
			ended(c, s);
		else if (rc != 0)
			watch(c, s, EPOLL_CTL_MOD, rc == LINK_AGAIN_WRITE ? EPOLLOUT : EPOLLIN);
		if (rc != 0)
			return;
		s->stands = true;
		s->next = mono_now();
		if (++c->up > c->r->most)
			c->r->most = c->up;
		watch(c, s, EPOLL_CTL_MOD, EPOLLIN);
		return;
	}
	ssize_t n = link_read(&s->link, sink, sizeof sink);
	if (n == 0 || n == LINK_CLOSED)
		ended(c, s);
}

/* A byte more, of those that are due one. */
static void drip(struct crowd *c, struct slow *s, struct mono now)
{
	if (!s->stands || c->o->kind == SLOW_SILENT || mono_diff_us(now, s->next) > 0)
		return;
	bool tls = c->o->kind == SLOW_HEAD;
	const char *text = tls ? head : hello;
	size_t len = tls ? sizeof head - 1 : sizeof hello - 1;
	char byte = s->said < len ? text[s->said] : tls ? 'x' : '\0';
	ssize_t n = link_write(&s->link, &byte, 1);
	if (n == LINK_CLOSED) {
		ended(c, s);
		return;
	}
	s->said += n == 1;
	s->next = mono_add_us(now, c->o->drip_us);
}

static int loop(struct crowd *c, struct err *err)
{
	struct epoll_event events[EVENTS];
	struct mono from = mono_now(), now = from;
	int next = 0; /* slot to look at for a connect */
	uint64_t allowed = 0;
	while (!c->failed && mono_diff_us(from, now) < c->o->duration_us) {
		allowed = (uint64_t)((double)mono_diff_us(from, now) * c->o->rate / 1e6) + 1;
		for (int looked = 0; looked < c->o->connections && c->r->opened < allowed; looked++) {
			struct slow *s = &c->all[next];
			next = (next + 1) % c->o->connections;
			if (s->link.state == LINK_NONE && (c->o->reopen || s->began.ns == 0))
				open_one(c, s);
		}
		int n = epoll_wait(c->epoll, events, EVENTS, 10);
		if (n < 0 && errno != EINTR)
			return err_set_errno(err, LAT_SOFTWARE, "epoll_wait");
		for (int i = 0; i < n; i++)
			turn(c, events[i].data.ptr);
		now = mono_now();
		for (int i = 0; i < c->o->connections; i++)
			drip(c, &c->all[i], now);
	}
	c->r->alive = c->up;
	return c->failed ? err_nomem(err) : 0;
}

int slow_run(const struct slow_options *o, struct slow_result *r, struct err *err)
{
	struct crowd c = {.o = o, .r = r, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	memset(r, 0, sizeof *r);
	c.all = calloc((size_t)o->connections, sizeof *c.all);
	int rc = c.all == NULL || c.epoll < 0 ? err_nomem(err) : 0;
	if (rc == 0)
		rc = loop(&c, err);
	for (int i = 0; c.all != NULL && i < o->connections; i++)
		link_close(&c.all[i].link, false);
	free(c.all);
	if (c.epoll >= 0)
		close(c.epoll);
	return rc;
}

void slow_result_free(struct slow_result *r)
{
	sketch_free(&r->life);
}
