/* How late the probe itself was while it measured.
 *
 * A time stamp is taken when the loop gets round to an event, not when the event came.
 * What may lie between the two is counted here, so that a sample taken by a busy or a
 * starved probe can be told from a slow server:
 *   - a timer that fired late;
 *   - a process that stood still while it only waited for an answer, so that the pause isn't counted as
 *     the server's. One that was stopped (SIGSTOP, a frozen cgroup, a suspended machine) finds its sleep
 *     interrupted (epoll_wait(2) is not restarted after SIGCONT: signal(7)): all of that sleep may
 *     have been the pause. A virtual machine that was paused, or whose processor was taken away, isn't
 *     told: while a sample is in flight the loop sleeps LAG_TICK_MS at most, and what a sleep lasts
 *     longer is counted;
 *   - the time that this thread stood runnable and waited for a processor, from
 *     /proc/thread-self/schedstat (second field, nanoseconds; Documentation/scheduler/
 *     sched-stats in the kernel's source), where the kernel has it;
 *   - the time the loop spent on other samples while this one's event may have waited, from its
 *     beginning on. A sample's own work (its handshake's arithmetic) is part of its phases, not lag,
 *     up to LAG_OWN_US at a time: nothing takes longer but a process that stood still.
 * Each sample in flight holds a span; `worst_us` is the largest of any one turn of the loop. */
#ifndef LATLAS_PROBE_LAG_H
#define LATLAS_PROBE_LAG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"

/* Beyond this the phases of a sample may be wrong: about a tenth of the smallest that matter to a
 * visitor, and far above what an idle machine shows. */
#define LAG_BOUND_US 20000
/* A signature takes some milliseconds on the smallest machine. */
#define LAG_OWN_US 20000
/* How long a sleep may last while a sample is in flight, in milliseconds: a pause of a virtual machine
 * is beyond the bound when it is longer than both together. A tick costs some 40 us, mostly the kernel's,
 * a sample over TLS a millisecond and more. */
#define LAG_TICK_MS 50
/* A failure is a failure, however late we were, unless our lateness may have made it: beyond this
 * part of its timeout. (A sample that waits for its timeout meets a late turn far more often than
 * one that succeeds; by the bound above failures would go and successes stay.) */
#define LAG_TIMEOUT_PART 10

struct lag_span {
	int64_t worst_us;
	int64_t own_us;        /* this turn: spent on this very sample, or before it began */
	bool fresh;            /* began in this turn: how late that was is nothing to it */
	struct lag_span *next;
};

struct lag {
	int schedstat;         /* file descriptor, -1: the kernel has none */
	int64_t waited_ns;     /* schedstat's figure at the last look */
	struct mono slept;     /* the last sleep began */
	struct mono woke;      /* this turn began */
	int64_t late_us;       /* this turn: how late its beginning was */
	struct lag_span *spans;
	struct lag_span *current; /* whose work is being done */
	struct mono own_from;  /* since when */
};

void lag_init(struct lag *l);
void lag_free(struct lag *l);

/* Zeroes it. What the handler that calls this does from then on is the sample's own work. */
void lag_begin(struct lag *l, struct lag_span *span);
void lag_end(struct lag *l, struct lag_span *span);   /* worst_us stays readable */

/* Is a sample to be flagged whose worst turn was so late? `timeout_us` is what applied to all of it. */
bool lag_spoils(int64_t worst_us, bool failed, int64_t timeout_us);

/* The loop's own calls. It is about to sleep, for as many milliseconds at most as is returned (-1: as
 * long as it likes). */
int lag_sleep(struct lag *l, struct mono now);
/* Nothing came within that time: was it in time, so that it may go on sleeping? (Then the kernel isn't
 * asked for what was waited, which costs as much as the tick: a 200th of a long sleep may be late unseen,
 * and is counted with the event that ends it.) */
bool lag_tick(struct lag *l, struct mono now);
/* It woke at `now`, `timer_late_us` after the timer it waited for (0 if none was due), or by a signal
 * (`interrupted`). */
void lag_wake(struct lag *l, struct mono now, int64_t timer_late_us, bool interrupted);
/* Called by a handler: what it does from now on is that sample's own work. */
void lag_own(struct lag *l, struct lag_span *span);
/* A handler ran. */
void lag_handled(struct lag *l);

#endif
