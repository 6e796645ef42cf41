/* Connections and their ages. libmicrohttpd's own timeout is about inactivity: a sender of
 * one byte a second lives for ever. Here every connection has a deadline, and a sweep
 * shuts down those past it. All under one lock, in which the notification of a
 * connection's end takes part too: a descriptor can't be closed and used anew by another
 * connection between the look and the shutdown. */
#ifndef LATLAS_COLLECTOR_CONNS_H
#define LATLAS_COLLECTOR_CONNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

struct conns;
struct conn;

/* `head_us`: until a request has shown a valid token; `request_us`: from then on, for that
 * request as a whole. `most`: so many at a time; a new one beyond it costs the oldest of
 * those that have never shown a token, so that a crowd of strangers who take their time can't
 * keep a probe out: at L strangers a second each of them has most/L seconds to show its token,
 * of which a probe needs a few round trips. NULL when out of memory. */
struct conns *conns_new(int64_t head_us, int64_t request_us, size_t most);
/* Other deadlines for what begins from now on. */
void conns_set_deadlines(struct conns *c, int64_t head_us, int64_t request_us);
void conns_free(struct conns *c); /* when no connection is left */

/* A connection began; it, or an older one, may be shut down to keep their number. NULL when out
 * of memory: nobody then looks after its deadline, and the caller should shut it down. */
struct conn *conns_add(struct conns *c, int fd, struct mono now);
/* It is about to be closed by its owner. */
void conns_remove(struct conns *c, struct conn *conn);

/* A request began on it: it isn't idle until conns_answered. */
void conns_busy(struct conns *c, struct conn *conn);
/* Its request has shown a valid token: it has the longer deadline from now. */
void conns_trusted(struct conns *c, struct conn *conn, struct mono now);
/* Its request is with the writer (true), whose time isn't the sender's, or back (false),
 * with time enough to read the answer. */
void conns_waiting(struct conns *c, struct conn *conn, bool waiting, struct mono now);
/* Its request was answered: the next one's time begins. `good`: the answer was not an
 * error; after an error the old deadline stays, so that bad requests don't buy time. */
void conns_answered(struct conns *c, struct conn *conn, bool good, struct mono now);
/* It will be answered before its request was read to the end: when it ends, keep reading
 * for a while what was on its way, or the kernel resets the connection and the sender
 * may never see the answer (nginx: lingering_close). */
void conns_linger(struct conns *c, struct conn *conn);

/* Shut down what is past its deadline; read from those that linger. Returns how many were
 * past it. To be called a few times a second. */
size_t conns_sweep(struct conns *c, struct mono now);
/* Shut down every connection that isn't waiting for the writer; `idle_only`: and has no
 * request under way. */
void conns_shutdown(struct conns *c, bool idle_only);
size_t conns_count(struct conns *c); /* those shut down but not removed yet among them */
/* How many were shut down for a newer one since the last call. */
size_t conns_evicted(struct conns *c);

#endif
