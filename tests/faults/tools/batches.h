/* The batches that the fault tests push: made from a number alone, so that what was in flight when
 * somebody died is made again, byte for byte. Twenty samples each unless told otherwise, of five series
 * (two targets by name, a baseline, two nodes by address), one in ten a failure, one in 25 lagged
 * (failures and successes alike), and now and then a round that failed as a whole. */
#ifndef LATLAS_TESTS_FAULTS_BATCHES_H
#define LATLAS_TESTS_FAULTS_BATCHES_H

#include <stdint.h>
#include <stdio.h>

#include "schema/sample.h"

struct batches {
	char (*probes)[80];
	char (*tokens)[80];
	size_t count;       /* of probes: batch n is of probe n % count, its round n / count */
	int64_t base_us;    /* when round 0 started */
	int64_t step_us;    /* between rounds */
	uint32_t space;     /* part of the UUID and of the seed: pushers that run beside each other */
	int samples;
};

/* Read lines "NAME TOKEN". false: it can't be read, or is empty. */
bool batches_probes(struct batches *g, const char *path);
void batches_free(struct batches *g); /* what batches_probes() read */
/* Make batch `n`; batch_free() it. */
void batches_make(const struct batches *g, uint64_t n, struct batch *out);
/* "UUID-IN-HEX|samples|sum of starts|of each phase|of min_rtt|failures": what the store must say. */
void batches_expect(const struct batches *g, uint64_t n, FILE *out);

#endif
