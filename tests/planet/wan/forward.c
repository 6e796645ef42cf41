#include "forward.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control.h"
#include "frame.h"
#include "netns.h"

enum { READ_BURST = 64, EVENTS = 64, PPM = 1000000 };

/* linux/sched/types.h, which clashes with glibc's sched.h. */
struct scheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

void forward_priority(struct wan *wan) {
  struct sched_param fifo = {.sched_priority = 50};
  prctl(PR_SET_TIMERSLACK, 1);
  wan->priority = "fifo";
  if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &fifo) == 0) return;
  /* Anybody may ask for a shorter slice (Linux 6.12): whoever wants less at a time is let in
   * sooner. 0.1 ms is the least. What runs in the places steps back by its nice value (enter.c). */
  struct scheduling slice = {.size = sizeof slice, .policy = SCHED_OTHER, .runtime = 100 * 1000};
  wan->priority = syscall(SYS_sched_setattr, 0, &slice, 0) == 0 ? "slice" : "none";
}

/* xorshift64* (Vigna, 2016): loss only, so its quality suffices by far. */
static bool chance(struct wan *wan, uint32_t ppm) {
  if (ppm == 0) return false;
  uint64_t x = wan->random;
  x ^= x >> 12, x ^= x << 25, x ^= x >> 27;
  wan->random = x;
  return (x * UINT64_C(0x2545f4914f6cdd1d)) >> 40 < (((uint64_t)ppm << 24) / PPM);
}

static int64_t line_time(int64_t rate_bps, uint32_t wire) {
  return rate_bps ? (int64_t)wire * 8 * NS_PER_S / rate_bps : 0;
}

/* A FIFO line: when the last byte of a frame that comes at at_ns has left it,
 * or -1 if its queue is full. */
static int64_t pass_line(int64_t *free_ns, int64_t rate_bps, int64_t at_ns, uint32_t wire) {
  if (rate_bps == 0) return at_ns;
  int64_t start = at_ns > *free_ns ? at_ns : *free_ns;
  if (start - at_ns > QUEUE_LIMIT_NS) return -1;
  return *free_ns = start + line_time(rate_bps, wire);
}

/* Sends one (part of a) frame on its way: the delay model of world.h. */
static void depart(struct wan *wan, const struct frame *f, unsigned segments, const uint8_t *data, size_t size,
                   int64_t arrived_ns) {
  struct world *w = &wan->world;
  struct place *from = &w->place[f->from], *to = &w->place[f->to];
  struct link *link = world_link(w, f->from, f->to);
  struct lane *lane = &w->lane[f->from][f->to];
  unsigned payload = (unsigned)(size - sizeof(struct virtio_net_hdr)) - f->headers;
  uint32_t wire = frame_wire(f, segments, payload);

  int64_t t = pass_line(&from->up_free_ns, from->rate_bps, arrived_ns, wire);
  if (t >= 0) t = pass_line(&lane->free_ns, link->rate_bps, t, wire);
  if (t < 0) {
    wan->n.line_full++;
    return;
  }
  int64_t due = t + (link->rtt_ns + link->add_ns) / 2 + world_jitter(w, f->from, f->to, link->jitter_ns, t);
  if (f->dns_answer && to->dns_ns) {
    due += to->dns_ns;
  } else {
    if (due < lane->last_due_ns) due = lane->last_due_ns;
    lane->last_due_ns = due;
  }

  struct packet *p = malloc(sizeof *p + size);
  if (!p) {
    wan->n.socket_full++;
    return;
  }
  *p = (struct packet){.due_ns = due,
                       .arrived_ns = arrived_ns,
                       .from = (uint8_t)f->from,
                       .to = (uint8_t)f->to,
                       .syn = f->syn,
                       .wire = wire,
                       .size = (uint32_t)size};
  memcpy(p->data, data, size);
  netns_mac(f->to, p->data + sizeof(struct virtio_net_hdr));
  if (!queue_push(&wan->queue, p)) wan->n.socket_full++;
}

/* Loss acts on each segment: a super-packet goes on in the runs between those
 * that are lost. */
static void depart_lossy(struct wan *wan, const struct frame *f, uint32_t ppm, const uint8_t *data, size_t size,
                         int64_t arrived_ns) {
  static uint8_t part[FRAME_MAX];
  unsigned run = 0; /* segments in a row that survived */
  uint64_t lost = 0;
  for (unsigned i = 0; i <= f->segments; i++) {
    bool gone = i < f->segments && chance(wan, ppm);
    lost += gone;
    if (i < f->segments && !gone) {
      run++;
      continue;
    }
    if (run == f->segments) {
      depart(wan, f, f->segments, data, size, arrived_ns);
    } else if (run) {
      size_t n = frame_slice(data, size, f, i - run, run, part);
      if (n) depart(wan, f, run, part, n, arrived_ns);
      else lost += run; /* not TCP: it is lost as a whole */
    }
    run = 0;
  }
  wan->n.lost += lost;
  wan->world.lane[f->from][f->to].lost += lost;
}

static void take(struct wan *wan, int source, const uint8_t *data, size_t size, int64_t arrived_ns) {
  struct world *w = &wan->world;
  struct frame f;
  wan->n.received++;
  if (!frame_parse(data, size, &f) || f.from != source || f.to < 0 || f.to >= w->count || f.to == source ||
      !world_link(w, f.from, f.to)->set) {
    wan->n.stray++;
    return;
  }
  if (w->place[f.from].cut || w->place[f.to].cut) {
    wan->n.cut++;
    return;
  }
  /* Three independent chances; at rates that matter their sum is near enough. */
  uint64_t ppm = (uint64_t)world_link(w, f.from, f.to)->loss_ppm + w->place[f.from].loss_ppm + w->place[f.to].loss_ppm;
  if (ppm) depart_lossy(wan, &f, ppm > PPM ? PPM : (uint32_t)ppm, data, size, arrived_ns);
  else depart(wan, &f, f.segments, data, size, arrived_ns);
}

/* When the kernel saw a frame. Its stamp is wall-clock time, so it is taken as
 * an age; one that makes no sense counts as now. */
static int64_t arrival(struct msghdr *m, int64_t real_minus_mono, int64_t now) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec ts;
    memcpy(&ts, CMSG_DATA(c), sizeof ts);
    int64_t at = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec - real_minus_mono;
    if (at <= now && now - at < NS_PER_S) return at;
  }
  return now;
}

/* Reads what has come from a place, up to a burst. */
static void read_place(struct wan *wan, int i) {
  static uint8_t data[FRAME_MAX];
  char control[128];
  for (int k = 0; k < READ_BURST; k++) {
    struct iovec iov = {.iov_base = data, .iov_len = sizeof data};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(wan->world.place[i].sock, &m, MSG_DONTWAIT);
    if (n <= 0) return;
    int64_t now = now_ns();
    take(wan, i, data, (size_t)n, arrival(&m, clock_ns(CLOCK_REALTIME) - now, now));
  }
}

static void deliver(struct wan *wan, struct packet *p) {
  struct place *to = &wan->world.place[p->to];
  int64_t now = now_ns();
  if (to->cut || wan->world.place[p->from].cut) {
    wan->n.cut++;
    free(p);
    return;
  }
  lateness_note(&wan->late, now - p->due_ns);
  ssize_t n = send(to->sock, p->data, p->size, MSG_DONTWAIT);
  if (n == (ssize_t)p->size) {
    wan->n.sent++;
    lane_note(&wan->world.lane[p->from][p->to], now - p->arrived_ns, p->wire, p->syn);
  } else {
    wan->n.send_failed++;
  }
  int back = p->to;
  free(p);
  /* The place's stack has run inside of send and may have answered at once;
   * taking that now keeps small socket buffers from overflowing. */
  read_place(wan, back);
}

/* Everything that is due: over its last line, and out. */
static void deliver_due(struct wan *wan) {
  struct packet *p;
  while ((p = queue_peek(&wan->queue)) && p->due_ns <= now_ns()) {
    queue_pop(&wan->queue);
    struct place *to = &wan->world.place[p->to];
    if (!p->on_last_line && to->rate_bps) {
      /* Cut-through: a frame leaves when the line is free and keeps it busy
       * after; store-and-forward was done where it entered. */
      int64_t start = p->due_ns > to->down_free_ns ? p->due_ns : to->down_free_ns;
      if (start - p->due_ns > QUEUE_LIMIT_NS) {
        wan->n.line_full++;
        free(p);
        continue;
      }
      to->down_free_ns = start + line_time(to->rate_bps, p->wire);
      p->on_last_line = true;
      if (start > p->due_ns) {
        p->due_ns = start;
        if (!queue_push(&wan->queue, p)) wan->n.socket_full++;
        continue;
      }
    }
    deliver(wan, p);
  }
}

void forward_collect_drops(struct wan *wan) {
  for (int i = 0; i < wan->world.count; i++) {
    struct tpacket_stats s = {0};
    socklen_t size = sizeof s;
    if (getsockopt(wan->world.place[i].sock, SOL_PACKET, PACKET_STATISTICS, &s, &size) == 0)
      wan->n.socket_full += s.tp_drops;
  }
}

/* Tags: a place's index; MAX_PLACES, the control socket; beyond, a client of it. */
static bool watch(struct wan *wan, int fd, int tag) {
  struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)tag};
  return epoll_ctl(wan->epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

bool forward_run(struct wan *wan, volatile sig_atomic_t *stop, char *err, size_t n) {
  bool ok = (wan->epoll = epoll_create1(EPOLL_CLOEXEC)) >= 0 && watch(wan, wan->control, MAX_PLACES);
  for (int i = 0; ok && i < wan->world.count; i++) ok = watch(wan, wan->world.place[i].sock, i);
  if (!ok) {
    snprintf(err, n, "epoll: %s", strerror(errno));
    return false;
  }
  lateness_reset(&wan->late, now_ns());
  while (!*stop && !wan->quit) {
    struct epoll_event event[EVENTS];
    struct timespec wait = {.tv_sec = 1};
    const struct packet *next = queue_peek(&wan->queue);
    if (next) {
      int64_t left = next->due_ns - now_ns();
      if (left < 0) left = 0;
      if (left < NS_PER_S) wait = (struct timespec){.tv_nsec = left};
    }
    int count = epoll_pwait2(wan->epoll, event, EVENTS, &wait, NULL);
    deliver_due(wan); /* first what is due: reading can wait, for arrivals are stamped */
    for (int k = 0; k < count; k++) {
      int tag = (int)event[k].data.u32;
      if (tag < MAX_PLACES) {
        read_place(wan, tag);
      } else if (tag > MAX_PLACES) {
        control_serve(wan, tag - MAX_PLACES - 1);
      } else {
        int client = control_accept(wan);
        if (client >= 0 && !watch(wan, client, MAX_PLACES + 1 + client)) close(client);
      }
    }
  }
  close(wan->epoll);
  return true;
}
