#include "probe/lag.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define LAG_TICK_LATE_US 250 /* a 200th of a tick */

/* "RUN_NS WAITED_NS SLICES"; -1 if it cannot be read. */
static int64_t read_waited(int fd)
{
	char text[96];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	char *second;
	(void)strtoull(text, &second, 10);
	return (int64_t)strtoull(second, NULL, 10);
}

void lag_init(struct lag *l)
{
	*l = (struct lag){ .schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC) };
	l->waited_ns = read_waited(l->schedstat);
	l->woke = mono_now();
}

void lag_free(struct lag *l)
{
	if (l->schedstat >= 0)
		close(l->schedstat);
	l->schedstat = -1;
}

void lag_begin(struct lag *l, struct lag_span *span)
{
	/* What was waited while nothing was measured is nobody's. */
	if (l->spans == NULL)
		l->waited_ns = read_waited(l->schedstat);
	*span = (struct lag_span){ .fresh = true, .own_us = mono_diff_us(l->woke, mono_now()), .next = l->spans };
	l->spans = span;
	lag_own(l, span);
}

void lag_end(struct lag *l, struct lag_span *span)
{
	for (struct lag_span **at = &l->spans; *at != NULL; at = &(*at)->next)
		if (*at == span) {
			*at = span->next;
			break;
		}
	if (l->current == span)
		l->current = NULL;
	/* What this turn had cost it so far. */
	if (!span->fresh && l->late_us > span->worst_us)
		span->worst_us = l->late_us;
}

void lag_own(struct lag *l, struct lag_span *span)
{
	if (l->current != span)
		l->own_from = mono_now();
	l->current = span;
}

bool lag_tick(struct lag *l, struct mono now)
{
	if (mono_diff_us(l->slept, now) > LAG_TICK_MS * US_PER_MS + LAG_TICK_LATE_US)
		return false;
	l->slept = now;
	return true;
}

bool lag_spoils(int64_t worst_us, bool failed, int64_t timeout_us)
{
	return worst_us > LAG_BOUND_US && (!failed || worst_us > timeout_us / LAG_TIMEOUT_PART);
}

void lag_wake(struct lag *l, struct mono now, int64_t timer_late_us, bool interrupted)
{
	l->woke = now;
	l->late_us = timer_late_us > 0 ? timer_late_us : 0;
	l->current = NULL;
	if (l->spans == NULL)
		return;
	int64_t waited = read_waited(l->schedstat);
	if (waited >= 0 && l->waited_ns >= 0 && (waited - l->waited_ns) / 1000 > l->late_us)
		l->late_us = (waited - l->waited_ns) / 1000;
	l->waited_ns = waited;
	int64_t overslept_us = mono_diff_us(l->slept, now) - (interrupted ? 0 : LAG_TICK_MS * US_PER_MS);
	if (overslept_us > l->late_us)
		l->late_us = overslept_us;
	for (struct lag_span *s = l->spans; s != NULL; s = s->next) {
		s->own_us = 0;
		s->fresh = false;
	}
}

void lag_handled(struct lag *l)
{
	if (l->current == NULL)
		return;
	int64_t us = mono_diff_us(l->own_from, mono_now());
	l->current->own_us += us < LAG_OWN_US ? us : LAG_OWN_US;
	l->current = NULL;
}

int lag_sleep(struct lag *l, struct mono now)
{
	l->slept = now;
	int64_t busy = mono_diff_us(l->woke, now);
	for (struct lag_span *s = l->spans; s != NULL; s = s->next) {
		int64_t late = (s->fresh ? 0 : l->late_us) + busy - s->own_us;
		if (late > s->worst_us)
			s->worst_us = late;
	}
	return l->spans != NULL ? LAG_TICK_MS : -1;
}
