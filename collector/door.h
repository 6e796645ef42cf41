/* The door: a thread that accepts connections and hands them to libmicrohttpd.
 *
 * libmicrohttpd's own way takes one connection each time a thread looks at all that it has, so that the
 * more of them just stand there, the fewer new ones get in; here all that wait are taken at once, and
 * a thread that looks meets all of them. */
#ifndef LATLAS_COLLECTOR_DOOR_H
#define LATLAS_COLLECTOR_DOOR_H

#include <microhttpd.h>

#include "collector/conns.h"
#include "lib/err.h"
#include "lib/log.h"

struct door;

/* Accept on `listen_fd` (not blocking; the door's from here on, also after an error) for `daemon`, which
 * has no listening socket and outlives the door, as do `conns`, in which the daemon counts its
 * connections, and `log`. LAT_SOFTWARE. */
int door_open(struct door **out, int listen_fd, struct MHD_Daemon *daemon, struct conns *conns,
              const struct log *log, struct err *err) LAT_MUST_CHECK;
/* Take no more, close the listening socket, free. NULL is fine. */
void door_close(struct door *d);

#endif
