/* clock.h: the WAN's one clock.
 *
 * Everything the WAN plans and measures is in nanoseconds of CLOCK_MONOTONIC,
 * in an int64_t whose name ends in _ns. Kernel packet timestamps are
 * CLOCK_REALTIME; forward.c turns them into ages before it uses them. */
#ifndef WAN_CLOCK_H
#define WAN_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

static inline int64_t clock_ns(clockid_t id) {
  struct timespec ts;
  clock_gettime(id, &ts);
  return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static inline int64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

#endif
