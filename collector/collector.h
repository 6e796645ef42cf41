/* The running collector: one struct, passed down to every request and thread. */
#ifndef LATLAS_COLLECTOR_COLLECTOR_H
#define LATLAS_COLLECTOR_COLLECTOR_H

#include <stdatomic.h>
#include <stdbool.h>

#include "collector/accounts.h"
#include "collector/certs.h"
#include "collector/conns.h"
#include "collector/geo.h"
#include "collector/identity.h"
#include "collector/latest.h"
#include "collector/limits.h"
#include "collector/metrics.h"
#include "collector/plans.h"
#include "collector/settings.h"
#include "collector/writer.h"
#include "lib/log.h"

/* A clock further off than this is no clock: its samples are kept raw, not folded. An
 * hour is the length of a cell. */
#define COLLECTOR_MAX_SKEW_US US_PER_HOUR

struct collector {
	struct log log;
	struct settings settings; /* of the start: never changed while other threads run, see reload.h */
	struct metrics metrics;
	struct accounts *accounts;
	struct plans *plans;
	struct conns *conns;
	struct limits *limits;
	struct geo *geo;
	struct certs *certs;
	struct latest *latest;
	struct identity *identity; /* NULL: plain HTTP */
	struct writer *writer;
	atomic_size_t receiving;  /* bytes of bodies announced and not yet handed on */
	int64_t started_us;       /* wall clock */
	/* Connections cut off past their deadline, or to make room for others. */
	atomic_uint_fast64_t slow, evicted;
	atomic_bool draining;     /* on the way out: every answer closes its connection */
};

#endif
