/* A round's batch into the spool: room is made for it, and what was lost for that is told in its header. */
#ifndef LATLAS_PROBE_STOW_H
#define LATLAS_PROBE_STOW_H

#include "lib/err.h"
#include "lib/log.h"
#include "probe/spool.h"
#include "probe/state.h"
#include "schema/sample.h"

/* Spool `b`, in as many parts as it takes. Its `dropped` and `rejected` are the state's, which begin anew
 * once the part that tells them is on the disk, whatever becomes of the others. `aside` gets what could not
 * be dropped (code 0: nothing): the batch is added in spite of it. LAT_IOERR, LAT_SOFTWARE. */
int stow_batch(struct spool *spool, struct state *state, struct batch *b, const struct log *log, struct err *aside,
               struct err *err) LAT_MUST_CHECK;

/* After state_load(): if a crash came between the batch that told and the state that says so, it is in the
 * spool (it is sent later than the state is saved), and what it told isn't told again. */
void stow_settle(const struct spool *spool, struct state *state);

#endif
