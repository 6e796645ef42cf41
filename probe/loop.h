/* The event loop: epoll for descriptors, one timerfd for all timers (epoll's own timeout
 * counts whole milliseconds). Callbacks with a context pointer; one thread. It keeps the
 * account of its own lateness (lag.h).
 *
 *     struct loop *loop;
 *     if (loop_new(&loop, &err) != 0) ...
 *     loop_watch(loop, fd, EPOLLIN, on_readable, me);
 *     while (busy(me) && loop_turn(loop, &err) == 0) ;
 *     loop_free(loop); */
#ifndef LATLAS_PROBE_LOOP_H
#define LATLAS_PROBE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "probe/lag.h"

struct loop;
typedef void loop_fd_fn(void *ctx, int fd, uint32_t events);
typedef void loop_timer_fn(void *ctx);

/* Owned by whoever sets it; must be off before it is freed. Zeroed: off. */
struct loop_timer {
	struct mono at;
	loop_timer_fn *fn;
	void *ctx;
	bool on;
	struct loop_timer *next;
};

/* LAT_SOFTWARE or LAT_IOERR (out of descriptors). */
int loop_new(struct loop **out, struct err *err) LAT_MUST_CHECK;
void loop_free(struct loop *l);

/* Watch `fd` for `events` (EPOLLIN, EPOLLOUT); 0 ends the watch, which must happen before
 * fd is closed. false: out of memory, or the kernel refused. */
bool loop_watch(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *ctx);

/* (Re)set a timer; it fires once. */
void loop_timer_set(struct loop *l, struct loop_timer *t, struct mono at, loop_timer_fn *fn, void *ctx);
void loop_timer_off(struct loop *l, struct loop_timer *t);

/* Wait for the next events or timers and handle them. Returns 0 also when a signal came
 * first, or a tick (lag.h). LAT_SOFTWARE if there is nothing to wait for; LAT_IOERR if the kernel failed. */
int loop_turn(struct loop *l, struct err *err) LAT_MUST_CHECK;

/* When this turn woke up: the nearest there is to when its events came. */
struct mono loop_woke(const struct loop *l);
struct lag *loop_lag(struct loop *l);

#endif
