#include "probe/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/vec.h"

#define MAX_EVENTS 64 /* taken from the kernel at a time */

struct watch {
	uint32_t events; /* 0: not watched */
	uint32_t birth;  /* tells an event of an old watch from one of a new watch of the same number */
	loop_fd_fn *fn;
	void *ctx;
};

struct loop {
	int epoll, timer;
	VEC(struct watch) watches; /* by descriptor */
	size_t watched;
	uint32_t births;
	struct loop_timer *timers;
	bool armed;
	struct mono armed_at;
	struct lag lag;
};

static uint64_t event_key(int fd, uint32_t birth)
{
	return (uint64_t)birth << 32 | (uint32_t)fd;
}

int loop_new(struct loop **out, struct err *err)
{
	struct loop *l = calloc(1, sizeof *l);
	*out = l;
	if (l == NULL)
		return err_nomem(err);
	lag_init(&l->lag);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = event_key(l->timer, 0) };
	if (l->epoll < 0 || l->timer < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->timer, &e) != 0) {
		int rc = err_set_errno(err, LAT_IOERR, "cannot make the event loop (epoll, timerfd)");
		loop_free(l);
		*out = NULL;
		return rc;
	}
	return 0;
}

void loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	if (l->epoll >= 0)
		close(l->epoll);
	if (l->timer >= 0)
		close(l->timer);
	lag_free(&l->lag);
	vec_free(&l->watches);
	free(l);
}

bool loop_watch(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *ctx)
{
	while (l->watches.len <= (size_t)fd)
		if (vec_add(&l->watches) == NULL)
			return false;
	struct watch *w = &l->watches.at[fd];
	if (events == 0) {
		if (w->events != 0) {
			epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
			l->watched--;
		}
		*w = (struct watch){0};
		return true;
	}
	int op = w->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	if (op == EPOLL_CTL_ADD)
		w->birth = ++l->births;
	struct epoll_event e = { .events = events, .data.u64 = event_key(fd, w->birth) };
	if (w->events != events && epoll_ctl(l->epoll, op, fd, &e) != 0)
		return false;
	if (op == EPOLL_CTL_ADD)
		l->watched++;
	w->events = events;
	w->fn = fn;
	w->ctx = ctx;
	return true;
}

void loop_timer_off(struct loop *l, struct loop_timer *t)
{
	if (!t->on)
		return;
	for (struct loop_timer **at = &l->timers; *at != NULL; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	t->on = false;
	t->next = NULL;
}

void loop_timer_set(struct loop *l, struct loop_timer *t, struct mono at, loop_timer_fn *fn, void *ctx)
{
	loop_timer_off(l, t);
	*t = (struct loop_timer){ .at = at, .fn = fn, .ctx = ctx, .on = true, .next = l->timers };
	l->timers = t;
}

/* A handful of timers: the list is short enough to be searched. */
static struct loop_timer *earliest(const struct loop *l)
{
	struct loop_timer *first = l->timers;
	for (struct loop_timer *t = l->timers; t != NULL; t = t->next)
		if (t->at.ns < first->at.ns)
			first = t;
	return first;
}

/* Sets the kernel's timer for the earliest of ours; returns how long to wait at most, for
 * epoll_wait(2). What is due already, as all that handlers set for "now" is, needs no timer:
 * that would cost three system calls, and as many again to set what stood there before. */
static int arm(struct loop *l, struct mono now)
{
	const struct loop_timer *t = earliest(l);
	if (t != NULL && t->at.ns <= now.ns)
		return 0;
	if (t == NULL ? !l->armed : l->armed && l->armed_at.ns == t->at.ns)
		return -1;
	struct itimerspec when = {0};
	if (t != NULL) {
		when.it_value.tv_sec = (time_t)(t->at.ns / 1000000000);
		when.it_value.tv_nsec = (long)(t->at.ns % 1000000000);
		l->armed_at = t->at;
	}
	l->armed = t != NULL;
	timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &when, NULL);
	return -1;
}

/* Timers set by a handler for "now" wait for the next turn, so that descriptors get theirs. */
static void fire(struct loop *l, struct mono now)
{
	for (;;) {
		struct loop_timer *t = earliest(l);
		if (t == NULL || t->at.ns > now.ns)
			return;
		loop_timer_off(l, t);
		t->fn(t->ctx);
		lag_handled(&l->lag);
	}
}

int loop_turn(struct loop *l, struct err *err)
{
	if (l->timers == NULL && l->watched == 0)
		return err_set(err, LAT_SOFTWARE, "the event loop has nothing to wait for");
	struct epoll_event events[MAX_EVENTS];
	struct mono sleeps = mono_now();
	int most_ms = arm(l, sleeps), tick_ms = lag_sleep(&l->lag, sleeps);
	if (most_ms < 0)
		most_ms = tick_ms;
	int n;
	struct mono now;
	do {
		n = epoll_wait(l->epoll, events, MAX_EVENTS, most_ms);
		now = mono_now();
	} while (n == 0 && most_ms == tick_ms && lag_tick(&l->lag, now));
	bool interrupted = n < 0 && errno == EINTR;
	if (n < 0 && !interrupted)
		return err_set_errno(err, LAT_IOERR, "epoll_wait");
	const struct loop_timer *due = earliest(l);
	lag_wake(&l->lag, now, due != NULL ? mono_diff_us(due->at, now) : 0, interrupted);
	for (int i = 0; i < n; i++) {
		int fd = (int)(uint32_t)events[i].data.u64;
		uint32_t birth = (uint32_t)(events[i].data.u64 >> 32);
		if (fd == l->timer) {
			uint64_t ticks;
			l->armed = read(fd, &ticks, sizeof ticks) < 0;
			continue;
		}
		struct watch w = l->watches.at[fd];
		if (w.events == 0 || w.birth != birth)
			continue;
		w.fn(w.ctx, fd, events[i].events);
		lag_handled(&l->lag);
	}
	fire(l, now);
	return 0;
}

struct mono loop_woke(const struct loop *l)
{
	return l->lag.woke;
}

struct lag *loop_lag(struct loop *l)
{
	return &l->lag;
}
