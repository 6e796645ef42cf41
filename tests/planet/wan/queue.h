/* queue.h: packets under way, ordered by when they are due (then by arrival).
 *
 * A binary heap of pointers. The queue owns its packets: queue_push takes one
 * over, queue_pop gives it back, queue_free frees what is left. A packet is one
 * malloc, freed with free(). */
#ifndef WAN_QUEUE_H
#define WAN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet {
  int64_t due_ns;     /* when it leaves the WAN */
  int64_t arrived_ns; /* when the kernel saw it */
  uint64_t order;     /* set by queue_push: ties keep their order */
  uint8_t from, to;   /* places */
  bool syn;           /* opens or answers a TCP connection */
  bool on_last_line;  /* the destination's access line has been reserved */
  uint32_t wire;      /* bytes on a wire, framing of each segment included */
  uint32_t size;      /* of data: virtio_net_hdr, then the frame */
  uint8_t data[];
};

struct queue {
  struct packet **heap;
  size_t count, room;
  uint64_t next_order;
};

/* False if memory is out; the packet is then freed. */
bool queue_push(struct queue *q, struct packet *p);
/* The packet due first, still in the queue; NULL if empty. */
struct packet *queue_peek(const struct queue *q);
struct packet *queue_pop(struct queue *q);
void queue_free(struct queue *q);

#endif
