/* Pushes batches as probes do and counts what becomes of them. */
#ifndef LATLAS_TESTS_BENCH_PUSH_H
#define LATLAS_TESTS_BENCH_PUSH_H

#include <stdio.h>

#include "lib/err.h"
#include "lib/sketch.h"
#include "tests/bench/push/link.h"
#include "tests/bench/push/payload.h"

#define PUSH_STATUSES 600

struct push_probe { char name[65], token[65]; };

struct push_options {
	struct link_server server;
	const char *path;               /* of the request */
	const struct push_probe *probes; /* the nth push is one's in turn; of kept connections each is one's */
	size_t probe_count;             /* at least one */
	enum payload_format format;
	int samples;                    /* in a push */
	bool gzip;                      /* the body is packed, as a probe does */
	bool each_its_own;              /* as cron makes them: a connection for each push; else they are kept */
	int connections;                /* at a time */
	double rate;                    /* pushes begun in a second; 0: each connection as fast as it can */
	uint64_t burst;                 /* so many begin at the same moment, every `every_us` (0: not so) */
	int64_t every_us;
	uint64_t count;                 /* pushes in all; 0: no bound */
	int64_t duration_us;            /* none begins later */
	int64_t timeout_us;             /* without an answer for so long: made again over a new connection */
	FILE *acknowledged;             /* "UUID STATUS" for each 2xx, flushed line by line; NULL: no */
	uint64_t seed;
};

/* Latency: from the moment at which a push was to begin by --rate or --burst, whether or not a
 * connection was free then (else a server that stalls would not be seen to: the pushes that it
 * kept from being made would not count), to the last byte of its 2xx, all attempts and pauses
 * included. Without a schedule it is from its first byte or its connect on. */
struct push_result {
	uint64_t begun, acknowledged, duplicates, given_up, unfinished;
	uint64_t retries, broken;       /* after 429 and 5xx; after a connection that ended or was refused */
	uint64_t status[PUSH_STATUSES]; /* answers by status */
	uint64_t sent_bytes;            /* of bodies */
	double seconds;                 /* from the first begin to the last acknowledgement */
	struct sketch latency, handshake; /* us; a connect with its handshake */
};

int push_run(const struct push_options *o, struct push_result *r, struct err *err) LAT_MUST_CHECK;
void push_result_free(struct push_result *r);

#endif
