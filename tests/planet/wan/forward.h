/* forward.h: the event loop that reads frames, holds them, and lets them go. */
#ifndef WAN_FORWARD_H
#define WAN_FORWARD_H

#include <signal.h>

#include "wan.h"

/* Asks for real-time priority, or what comes next best; sets wan->priority. */
void forward_priority(struct wan *wan);

/* Runs until *stop or wan->quit. The places' sockets and wan->control must be
 * open. Returns false with a message if it could not start. */
bool forward_run(struct wan *wan, volatile sig_atomic_t *stop, char *err, size_t err_size);

/* Adds the kernel's count of frames dropped before we could read them. */
void forward_collect_drops(struct wan *wan);

#endif
