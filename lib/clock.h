/* Clocks. Durations come from the monotonic clock, dates from the wall clock;
 * the two are different types, so that mixing them does not compile. */
#ifndef LATLAS_LIB_CLOCK_H
#define LATLAS_LIB_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attr.h"
#include "lib/err.h"

struct mono { int64_t ns; }; /* CLOCK_MONOTONIC, nanoseconds since some moment */
struct wall { int64_t us; }; /* CLOCK_REALTIME, microseconds since 1970-01-01 UTC */

#define US_PER_MS 1000LL
#define US_PER_S 1000000LL
#define US_PER_HOUR 3600000000LL
#define US_PER_DAY 86400000000LL

struct mono mono_now(void);
struct wall wall_now(void);

/* to - from, in microseconds, rounded down. */
int64_t mono_diff_us(struct mono from, struct mono to);
struct mono mono_add_us(struct mono t, int64_t us);

/* "7d", "36h", "30m", "10s", "250ms"; one whole number and one unit, no sign, at most
 * 100 years. On success *us > 0 (or 0 for "0s"); else LAT_USAGE. */
int duration_parse(const char *text, int64_t *us, struct err *err) LAT_MUST_CHECK;

/* A moment: RFC 3339 ("2026-11-22T19:35:00Z", offsets and fractions allowed,
 * also a date alone, meaning midnight UTC; what is finer than a microsecond is cut) or a
 * duration, meaning that long before `now`. LAT_USAGE if it is neither. */
int wall_parse(const char *text, struct wall now, struct wall *out, struct err *err) LAT_MUST_CHECK;

/* RFC 3339 in UTC with seconds, rounded down, e.g. "2026-11-22T19:35:00Z". Returns `out`. */
#define WALL_TEXT 32
const char *wall_format(struct wall t, char out[WALL_TEXT]);

/* A duration for people: "10 s", "6 h", "7 d", "1.5 h": the largest unit that says it
 * exactly with at most one decimal and below 1000; else the largest, rounded. Units: d, h,
 * min, s, ms, us. Returns `out`. */
#define DURATION_TEXT 32
const char *duration_format(int64_t us, char out[DURATION_TEXT]);

#endif
