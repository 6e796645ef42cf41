/* A line on the terminal that tells how far a command is, for one that takes more than two seconds.
 * On standard error, and nothing at all where that is no terminal. */
#ifndef LATLAS_COLLECTOR_PROGRESS_H
#define LATLAS_COLLECTOR_PROGRESS_H

#include <stdbool.h>

#include "lib/attr.h"
#include "lib/clock.h"

struct progress { struct mono next; bool terminal, shown; };

void progress_begin(struct progress *p);
/* In place of the line before; once a second at most, so call it as often as is handy. */
void progress_show(struct progress *p, const char *fmt, ...) LAT_PRINTF(2, 3);
/* Take the line away: before something else is written, and at the end. */
void progress_hide(struct progress *p);

#endif
