/* A line on the terminal that tells how far a command is, for one that takes more than two seconds.
 * On standard error, and nothing at all where that is no terminal. */
#ifndef LATLAS_COLLECTOR_PROGRESS_H
#define LATLAS_COLLECTOR_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/attr.h"
#include "lib/clock.h"

struct progress { struct mono next; bool terminal, shown; };

void progress_begin(struct progress *p);
/* In place of the line before; once a second at most, so call it as often as is handy. */
void progress_show(struct progress *p, const char *fmt, ...) LAT_PRINTF(2, 3);
/* Take the line away: before something else is written, and at the end. */
void progress_hide(struct progress *p);

/* A line beside one long call that tells nothing itself: how long it takes ("WHAT: 12 s"), and how large
 * the file `path` has become (NULL, or while it isn't there: not told). From begin to end the progress
 * is the watch's alone; what it borrows must live as long. Without a terminal, or a thread to be had,
 * nothing happens. */
struct progress_watch {
	struct progress *progress;
	const char *what, *path;
	struct mono since;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool running, over;
};
void progress_watch_begin(struct progress_watch *w, struct progress *p, const char *what, const char *path);
void progress_watch_end(struct progress_watch *w); /* hides the line, too */

#endif
