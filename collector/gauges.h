/* What is measured when it is asked for, not counted as it happens: room on the disk, queues,
 * connections, and when our own certificates end. For GET /metrics, and what health goes by. */
#ifndef LATLAS_COLLECTOR_GAUGES_H
#define LATLAS_COLLECTOR_GAUGES_H

#include "collector/collector.h"
#include "lib/buf.h"

void gauges_print(struct collector *c, struct buf *out);

/* Can it go on? Otherwise, why not, for the operator, to `why` (appended). */
bool gauges_healthy(struct collector *c, struct buf *why);

#endif
