#include "world.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct link *world_link(struct world *w, int a, int b) {
  return a < b ? &w->link[a][b] : &w->link[b][a];
}

int world_find(const struct world *w, const char *name) {
  for (int i = 0; i < w->count; i++)
    if (strcmp(w->place[i].name, name) == 0) return i;
  return -1;
}

/* A whole number within [0, max]; anything else is refused. */
static bool number(const char *text, int64_t max, int64_t *out) {
  char *end = NULL;
  errno = 0;
  long long v = strtoll(text, &end, 10);
  if (errno || end == text || *end || v < 0 || v > max) return false;
  *out = v;
  return true;
}

static bool obey_new(struct world *w, const char *name, char *err, size_t n) {
  if (strlen(name) >= NAME_MAX_LEN) {
    snprintf(err, n, "place '%s': a name has at most %d letters", name, NAME_MAX_LEN - 1);
    return false;
  }
  if (world_find(w, name) >= 0) {
    snprintf(err, n, "place '%s' is there twice", name);
    return false;
  }
  if (w->count == MAX_PLACES) {
    snprintf(err, n, "more than %d places", MAX_PLACES);
    return false;
  }
  struct place *p = &w->place[w->count++];
  memset(p, 0, sizeof *p);
  memcpy(p->name, name, strlen(name) + 1);
  p->ns_fd = p->sock = -1;
  return true;
}

static bool set_place(struct place *p, const char *key, int64_t v) {
  if (strcmp(key, "rate") == 0) p->rate_bps = v * 1000;
  else if (strcmp(key, "loss") == 0 && v <= 1000000) p->loss_ppm = (uint32_t)v;
  else if (strcmp(key, "dns") == 0) p->dns_ns = v * NS_PER_US;
  else if (strcmp(key, "cut") == 0) p->cut = v != 0;
  else return false;
  return true;
}

static bool set_link(struct link *l, const char *key, int64_t v) {
  if (strcmp(key, "rtt") == 0) l->rtt_ns = v * NS_PER_US;
  else if (strcmp(key, "add") == 0) l->add_ns = v * NS_PER_US;
  else if (strcmp(key, "jitter") == 0 && v <= 10000) l->jitter_ns = v * NS_PER_US;
  else if (strcmp(key, "loss") == 0 && v <= 1000000) l->loss_ppm = (uint32_t)v;
  else if (strcmp(key, "rate") == 0) l->rate_bps = v * 1000;
  else return false;
  l->set = true;
  return true;
}

bool world_obey(struct world *w, char *line, bool frozen, char *err, size_t n) {
  char *word[16];
  int words = 0;
  line[strcspn(line, "#\r\n")] = 0;
  for (char *save = NULL, *t = strtok_r(line, " \t", &save); t; t = strtok_r(NULL, " \t", &save)) {
    if (words == 16) {
      snprintf(err, n, "more than 16 words");
      return false;
    }
    word[words++] = t;
  }
  if (words == 0) return true;
  if (strcmp(word[0], "new") == 0 && words == 2 && !frozen) return obey_new(w, word[1], err, n);

  bool is_link = strcmp(word[0], "link") == 0;
  int names = is_link ? 2 : 1;
  if ((!is_link && strcmp(word[0], "place") != 0) || words < 1 + names || (words - names) % 2 == 0) {
    snprintf(err, n, "not understood: %s", word[0]);
    return false;
  }
  int at[2] = {0, 0};
  for (int i = 0; i < names; i++) {
    at[i] = world_find(w, word[1 + i]);
    if (at[i] < 0) {
      snprintf(err, n, "no place '%s'", word[1 + i]);
      return false;
    }
  }
  if (is_link && at[0] == at[1]) {
    snprintf(err, n, "a place has no link to itself: %s", word[1]);
    return false;
  }
  for (int i = 1 + names; i < words; i += 2) {
    int64_t v;
    bool ok = number(word[i + 1], 100000000, &v) &&
              (is_link ? set_link(world_link(w, at[0], at[1]), word[i], v)
                       : set_place(&w->place[at[0]], word[i], v));
    if (!ok) {
      snprintf(err, n, "%s: no such setting or out of range: %s %s", word[0], word[i], word[i + 1]);
      return false;
    }
  }
  return true;
}

bool world_load(struct world *w, const char *path, char *err, size_t n) {
  FILE *f = fopen(path, "re");
  if (!f) {
    snprintf(err, n, "%s: %s", path, strerror(errno));
    return false;
  }
  char line[512], why[256];
  for (int number_of = 1; fgets(line, sizeof line, f); number_of++) {
    if (!world_obey(w, line, false, why, sizeof why)) {
      snprintf(err, n, "%s:%d: %s", path, number_of, why);
      fclose(f);
      return false;
    }
  }
  fclose(f);
  return true;
}

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014), as a hash of its argument. */
static uint64_t mix(uint64_t x) {
  x += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static double knot(uint64_t lane_key, int64_t k, double mean) {
  double u = (double)(mix(lane_key ^ (uint64_t)k * UINT64_C(0x2545f4914f6cdd1d)) >> 11) * 0x1p-53;
  double v = -log(1.0 - u) * mean;
  return v < 4 * mean ? v : 4 * mean;
}

int64_t world_jitter(const struct world *w, int from, int to, int64_t mean_ns, int64_t t_ns) {
  if (mean_ns <= 0) return 0;
  uint64_t key = mix(w->seed ^ ((uint64_t)from << 32 | (uint64_t)to));
  int64_t t = t_ns + (int64_t)(key % (uint64_t)JITTER_KNOT_NS); /* knots of lanes don't coincide */
  int64_t k = t / JITTER_KNOT_NS;
  double f = (double)(t % JITTER_KNOT_NS) / (double)JITTER_KNOT_NS;
  return (int64_t)((1 - f) * knot(key, k, (double)mean_ns) + f * knot(key, k + 1, (double)mean_ns));
}

void lane_note(struct lane *lane, int64_t delay_ns, size_t bytes, bool syn) {
  if (lane->packets == 0 || delay_ns < lane->delay_min_ns) lane->delay_min_ns = delay_ns;
  if (lane->packets == 0 || delay_ns > lane->delay_max_ns) lane->delay_max_ns = delay_ns;
  lane->packets++;
  lane->bytes += bytes;
  lane->delay_sum_ns += delay_ns;
  if (!syn) return;
  if (!lane->syn_us) lane->syn_us = calloc(SYN_RING, sizeof *lane->syn_us);
  if (!lane->syn_us) return;
  lane->syn_us[lane->syns++ % SYN_RING] = (uint32_t)((delay_ns + 500) / NS_PER_US);
}

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

int64_t lane_syn_median_us(const struct lane *lane) {
  uint32_t copy[SYN_RING];
  size_t n = lane->syns < SYN_RING ? lane->syns : SYN_RING;
  if (n == 0) return -1;
  memcpy(copy, lane->syn_us, n * sizeof *copy);
  qsort(copy, n, sizeof *copy, by_value);
  return ((int64_t)copy[(n - 1) / 2] + copy[n / 2]) / 2;
}

void world_reset(struct world *w) {
  for (int a = 0; a < w->count; a++)
    for (int b = 0; b < w->count; b++) {
      struct lane *l = &w->lane[a][b];
      l->packets = l->bytes = l->lost = 0;
      l->delay_sum_ns = l->delay_min_ns = l->delay_max_ns = 0;
      l->syns = 0;
    }
}
