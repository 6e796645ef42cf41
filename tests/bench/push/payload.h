/* What is pushed: the same samples as a probe's batch (JSON, schema/wire.h) or in InfluxDB's line
 * protocol, made once and then copied with another UUID, probe and time for each push, so that the
 * generator costs little beside what it loads. */
#ifndef LATLAS_TESTS_BENCH_PAYLOAD_H
#define LATLAS_TESTS_BENCH_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum payload_format { PAYLOAD_LATLAS, PAYLOAD_INFLUX };

struct payload;

/* `samples` of 20 targets, of which so many phases are unlike as in life; several variants, drawn with
 * `seed`. LAT_SOFTWARE: out of memory. */
int payload_new(struct payload **out, enum payload_format format, int samples, uint64_t seed,
                struct err *err) LAT_MUST_CHECK;
void payload_free(struct payload *p);

/* The body of push number `nth`, appended to `out`: measured by `probe` in the seconds before
 * `now_us`. Points of the line protocol have moments of their own, or they would replace each other. */
bool payload_write(struct payload *p, uint64_t nth, const char *probe, const char *uuid, int64_t now_us,
                   struct buf *out);

#endif
