/* lateness.h: how late packets left, as a histogram of whole microseconds.
 *
 * A packet's lateness is the time just before it is handed to the kernel, minus
 * the time it was due. 10 000 buckets of 1 us and one for all beyond; the
 * largest is kept exactly. A quantile q of n values is the value at rank
 * q (n - 1), rounded down, in whole microseconds (rounded down as well). */
#ifndef WAN_LATENESS_H
#define WAN_LATENESS_H

#include <stdint.h>

enum { LATENESS_BUCKETS = 10000, LATENESS_VOID_US = 1000 };

struct lateness {
  int64_t since_ns; /* when counting began */
  uint64_t count;
  int64_t max_ns;
  uint64_t bucket[LATENESS_BUCKETS + 1];
};

void lateness_reset(struct lateness *l, int64_t now_ns);
void lateness_note(struct lateness *l, int64_t late_ns);
int64_t lateness_quantile_us(const struct lateness *l, double q);

#endif
