/* Emptying the spool: every batch to the collector, oldest first, and what its answer
 * means for the file.
 *
 *   2xx                  acknowledged, if it says what was accepted: the file is removed
 *   2xx without that     not now: a page of something in between, such as a proxy's welcome
 *   401 408 425 429      not now: everything is kept, Retry-After is remembered
 *   404 405 407 421 426  not now: they speak of the way to the collector (a proxy that goes
 *   451                  astray, another server at its address), not of the batch
 *   3xx 5xx              not now
 *   other 4xx            refused: after SEND_TRIES rounds the file goes to rejected/
 *   no answer            not now
 *   a file that is no whole batch goes to rejected/ unsent
 *   a file that cannot be read, or not be moved to rejected/, stays, and is an error when the
 *   rest has been sent
 *
 * What is refused or garbled never holds up the rest. */
#ifndef LATLAS_PROBE_SEND_H
#define LATLAS_PROBE_SEND_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/log.h"
#include "probe/collectorapi.h"
#include "probe/spool.h"
#include "probe/state.h"

#define SEND_TRIES 3
#define SEND_RETRY_MAX_S 3600 /* a longer Retry-After is not believed */

enum send_fate { SEND_ACCEPTED, SEND_LATER, SEND_REFUSED };
/* What a status means. */
enum send_fate send_fate(long status);
/* Is it a collector's word that the batch is on its disk: 2xx and {"accepted":N}? */
bool send_is_acknowledged(const struct collectorapi_reply *reply);

struct send {
	struct spool *spool;
	struct state *state;
	struct collectorapi *api;
	const struct log *log;
	const volatile sig_atomic_t *stop; /* NULL: none */
	int64_t budget_us;                 /* begin no file after so long; 0: no limit. A backlog
	                                    * must not keep the lock into the next rounds */
	/* what came of it */
	size_t sent, refused, rejected, kept;
};

/* All that is tried is tried before an error comes back. 0 also if files were refused or rejected; LAT_UNAVAILABLE if any is kept because the
 * collector is away or said "later"; LAT_IOERR. */
int send_all(struct send *s, struct err *err) LAT_MUST_CHECK;

#endif
