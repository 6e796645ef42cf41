/* The configuration, read again while it is used (SIGHUP). Belongs to the main thread: what other
 * threads go by is set in the parts that own it (limits, connections, writer), each under its own
 * lock, and the settings of the start, which those threads may look at, stay as they are. */
#ifndef LATLAS_COLLECTOR_RELOAD_H
#define LATLAS_COLLECTOR_RELOAD_H

#include <stdbool.h>

#include "collector/collector.h"

/* Read the file of c->settings again. Where nothing is wrong with it, limits, deadlines and retention
 * go by it from now on, and *now (zeroed, or filled by the call before) is replaced by it: the paths
 * of plan, geography and certificates are the caller's to heed. One warning names the keys that
 * differ from the start's and need a restart. Otherwise each problem is a warning and nothing has
 * changed: false. */
bool reload_settings(struct collector *c, struct settings *now);

/* By these settings, how long a connection has until it has shown a valid token, handshake included. */
int64_t reload_head_us(const struct settings *s);

#endif
