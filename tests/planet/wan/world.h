/* world.h: the places, the links between them, and the text that changes them.
 *
 * One struct world holds all: up to MAX_PLACES places, and a link for each
 * unordered pair. A place at index i owns 10.(i+1).0.0/16 and
 * fd6c:6174:6c61:(i+1)::/64, and lives at the .0.1 and ::1 of these, so that a
 * packet's destination names its place without a search.
 *
 * Delay model, one way, from a to b:
 *
 *   depart  = when the last byte has left a's access line (a.rate), then the
 *             pair's line (link.rate); both are FIFO with a bounded queue
 *   due     = depart + (rtt + add) / 2 + jitter(t), plus b's dns delay if the
 *             packet is an answer from UDP port 53
 *   deliver = due, or when b's access line is free, whichever is later
 *
 * jitter(t) is a function of time, not a draw per packet: independent
 * exponential values with the link's mean (cut at four times it) stand at knots
 * JITTER_KNOT_NS apart, and are joined by straight lines. So packets sent close
 * together meet nearly the same delay, as they do in a real queue; the slope is
 * far below one, so nothing is reordered; and no rule 'never overtake' is
 * needed, which would bias dense traffic upwards (a draw per packet with that
 * rule turned 120 ms into 124 ms at 2 ms spacing). Two directions, and moments
 * further apart than two knots, are independent.
 *
 * A lower delay set by hand would let packets overtake those already under way;
 * a pair's due times are therefore kept from going backwards. Answers that a
 * dns delay holds back stand outside of that order. */
#ifndef WAN_WORLD_H
#define WAN_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"

enum { MAX_PLACES = 128, NAME_MAX_LEN = 32 };

#define JITTER_KNOT_NS (200 * NS_PER_MS)
#define QUEUE_LIMIT_NS (200 * NS_PER_MS) /* a line's queue drops beyond this */

struct place {
  char name[NAME_MAX_LEN];
  int ns_fd;            /* its network namespace */
  int sock;             /* packet socket on our end of its veth */
  int ifindex;          /* our end of its veth */
  int64_t rate_bps;     /* access line, each way; 0: no limit */
  uint32_t loss_ppm;    /* of every packet from and to it */
  int64_t dns_ns;       /* what answers from UDP port 53 to it wait longer */
  bool cut;             /* nothing passes */
  int64_t up_free_ns;   /* when its line towards the WAN is idle again */
  int64_t down_free_ns; /* and the one from it */
};

/* What happens on the way between two places, both directions. */
struct link {
  bool set; /* pairs that were never linked pass nothing */
  int64_t rtt_ns, add_ns, jitter_ns;
  uint32_t loss_ppm;
  int64_t rate_bps;
};

/* State and statistics of one direction. */
struct lane {
  int64_t free_ns;     /* the pair's line is idle again */
  int64_t last_due_ns; /* nothing is due before this */
  uint64_t packets, bytes, lost;
  int64_t delay_sum_ns, delay_min_ns, delay_max_ns; /* really applied */
  uint32_t *syn_us; /* ring: delay really applied to TCP SYNs, SYN_RING long */
  uint32_t syns;    /* how many there were */
};

enum { SYN_RING = 256 };

struct world {
  int count;
  uint64_t seed;
  struct place place[MAX_PLACES];
  struct link link[MAX_PLACES][MAX_PLACES]; /* [low][high] */
  struct lane lane[MAX_PLACES][MAX_PLACES]; /* [from][to] */
};

/* The link between two places, the order of which does not matter. */
struct link *world_link(struct world *w, int a, int b);

/* Index of a place by name, or -1. */
int world_find(const struct world *w, const char *name);

/* Obeys one line of text (it is cut into words in place):
 *   new NAME
 *   place NAME [rate KBIT] [loss PPM] [dns US] [cut 0|1]
 *   link A B [rtt US] [add US] [jitter US] [loss PPM] [rate KBIT]
 * Empty lines and what follows '#' are ignored. Returns true, or false with a
 * message in err. `new` is refused once the namespaces exist (frozen). */
bool world_obey(struct world *w, char *line, bool frozen, char *err, size_t err_size);

/* Reads a file of such lines. */
bool world_load(struct world *w, const char *path, char *err, size_t err_size);

/* One-way jitter of a lane at a moment. */
int64_t world_jitter(const struct world *w, int from, int to, int64_t mean_ns, int64_t t_ns);

/* Notes a delay really applied; syn: the packet opened or answered a
 * connection. */
void lane_note(struct lane *lane, int64_t delay_ns, size_t bytes, bool syn);

/* Median of the SYN delays kept, in us; -1 if there are none. */
int64_t lane_syn_median_us(const struct lane *lane);

/* Forgets all that lanes have counted. */
void world_reset(struct world *w);

#endif
