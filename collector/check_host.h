/* What a configuration names, against the machine it is on: permissions, room, addresses, and what
 * will end soon. */
#ifndef LATLAS_COLLECTOR_CHECK_HOST_H
#define LATLAS_COLLECTOR_CHECK_HOST_H

#include "collector/problems.h"
#include "collector/settings.h"
#include "lib/clock.h"

/* What keeps the collector from serving goes to `problems` (LAT_CONFIG), what a person should know
 * of to `warnings`. */
void check_host(const struct settings *s, struct wall now, struct problems *problems, struct problems *warnings);

#endif
