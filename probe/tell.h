/* What is said of samples under -v, by hand as in a round. */
#ifndef LATLAS_PROBE_TELL_H
#define LATLAS_PROBE_TELL_H

#include <stddef.h>

#include "lib/log.h"
#include "probe/round.h"

/* -v -v: a line for a sample, its phases in us. `sample` NULL (nothing was recorded): no line;
 * `fetched` NULL: nothing was fetched. */
void tell_sample(const struct log *log, const struct job *job, const struct sample *sample,
                 const struct fetch_result *fetched);
/* -v -v: a line for a sample that is a question to DNS alone. */
void tell_question(const struct log *log, const struct sample *sample);
/* -v: how a round that is over went; `kept` of its jobs became samples. */
void tell_round(const struct log *log, const struct round *round, size_t kept);

#endif
