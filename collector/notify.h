/* Telling systemd how it goes: sd_notify(3)'s protocol, a datagram of lines KEY=VALUE to the socket
 * that NOTIFY_SOCKET names (a path, or an abstract name that begins with '@'). Elsewhere than
 * under systemd every call does nothing. */
#ifndef LATLAS_COLLECTOR_NOTIFY_H
#define LATLAS_COLLECTOR_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"

struct notify {
	int64_t watchdog_us;  /* between two signs of life; 0: nobody waits for them */
	struct mono alive;    /* when the last was given */
};

/* Look at WATCHDOG_USEC and WATCHDOG_PID (sd_watchdog_enabled(3)). */
void notify_init(struct notify *n);
/* "READY=1", "STOPPING=1", "STATUS=...". false: it couldn't be told; nothing depends on it. */
bool notify_send(const char *state);
/* A sign of life, when half the time between two is over. */
void notify_alive(struct notify *n, struct mono now);

#endif
