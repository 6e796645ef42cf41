/* wan.h: the whole WAN in one struct, passed down. No globals but the flag that
 * a signal sets. */
#ifndef WAN_WAN_H
#define WAN_WAN_H

#include "lateness.h"
#include "queue.h"
#include "world.h"

struct counters {
  uint64_t received;     /* frames read */
  uint64_t sent;         /* frames written */
  uint64_t lost;         /* segments lost by a loss setting */
  uint64_t line_full;    /* frames dropped from a full line, as a router does */
  uint64_t cut;          /* frames to or from a place that is cut */
  uint64_t stray;        /* frames for no place, or for one without a link */
  uint64_t socket_full;  /* frames the kernel dropped before we read them */
  uint64_t send_failed;  /* frames the kernel did not take */
};

struct wan {
  struct world world;
  struct queue queue;
  struct lateness late;
  struct counters n;
  uint64_t random; /* state of the loss generator */
  int epoll, control;
  const char *priority; /* what the scheduler granted: "fifo", "slice" or "none" */
  bool quit;
};

#endif
