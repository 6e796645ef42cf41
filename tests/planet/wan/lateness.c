#include "lateness.h"

#include <string.h>

void lateness_reset(struct lateness *l, int64_t now_ns) {
  memset(l, 0, sizeof *l);
  l->since_ns = now_ns;
}

void lateness_note(struct lateness *l, int64_t late_ns) {
  if (late_ns < 0) late_ns = 0;
  if (late_ns > l->max_ns) l->max_ns = late_ns;
  int64_t us = late_ns / 1000;
  l->bucket[us < LATENESS_BUCKETS ? us : LATENESS_BUCKETS]++;
  l->count++;
}

int64_t lateness_quantile_us(const struct lateness *l, double q) {
  if (l->count == 0) return 0;
  uint64_t rank = (uint64_t)(q * (double)(l->count - 1)), seen = 0;
  for (int us = 0; us < LATENESS_BUCKETS; us++) {
    seen += l->bucket[us];
    if (seen > rank) return us;
  }
  return l->max_ns / 1000;
}
