#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "forward.h"

enum { REQUEST_MAX = 4096, CHUNK = 16384, ANSWER_TIMEOUT_MS = 10000 };

/* A socket's address holds 107 letters; by way of a descriptor any folder fits. */
static bool address(const char *dir, int *dir_fd, struct sockaddr_un *a) {
  *a = (struct sockaddr_un){.sun_family = AF_UNIX};
  *dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (*dir_fd < 0) return false;
  snprintf(a->sun_path, sizeof a->sun_path, "/proc/self/fd/%d/control", *dir_fd);
  return true;
}

int control_listen(const char *dir, char *err, size_t n) {
  struct sockaddr_un a;
  int dir_fd = -1, fd = -1;
  if (address(dir, &dir_fd, &a)) {
    unlink(a.sun_path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t old = umask(0077);
    if (fd >= 0 && (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 64) < 0)) {
      int e = errno;
      close(fd);
      fd = -1;
      errno = e;
    }
    umask(old);
  }
  if (fd < 0) snprintf(err, n, "%s/control: %s", dir, strerror(errno));
  if (dir_fd >= 0) close(dir_fd);
  return fd;
}

int control_connect(const char *dir, pid_t *pid, char *err, size_t n) {
  struct sockaddr_un a;
  int dir_fd, fd = -1;
  bool ok = false;
  if (address(dir, &dir_fd, &a)) {
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    ok = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
    close(dir_fd);
  }
  /* Who listens, in the numbers of our own pid namespace: no file can be stale. */
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (ok && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
    *pid = peer.pid;
    return fd;
  }
  if (fd >= 0) close(fd);
  snprintf(err, n, "no planet is up in %s (tests/planet/up makes one)", dir);
  return -1;
}

char *control_ask(int fd, const char *request) {
  if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) return NULL;
  char *text = NULL;
  size_t used = 0;
  for (;;) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char *more = realloc(text, used + CHUNK + 1);
    if (!more || poll(&p, 1, ANSWER_TIMEOUT_MS) <= 0) {
      free(more ? more : text);
      return NULL;
    }
    text = more;
    ssize_t n = recv(fd, text + used, CHUNK, 0);
    if (n <= 0) break;
    used += (size_t)n;
  }
  text[used] = 0;
  return text;
}

static void answer_lateness(struct wan *wan, FILE *out) {
  const struct counters *n = &wan->n;
  forward_collect_drops(wan);
  int64_t p99 = lateness_quantile_us(&wan->late, 0.99);
  uint64_t dropped = n->socket_full + n->send_failed;
  bool late = p99 > LATENESS_VOID_US, holes = dropped * 10000 > n->received;
  fprintf(out,
          "{\"void\":%s,\"why\":\"%s\",\"window_ms\":%lld,\"count\":%llu,\"p50_us\":%lld,\"p90_us\":%lld,"
          "\"p99_us\":%lld,\"p999_us\":%lld,\"max_us\":%lld,\"limit_us\":%d,\"priority\":\"%s\","
          "\"received\":%llu,\"sent\":%llu,\"lost\":%llu,\"line_full\":%llu,\"cut\":%llu,\"stray\":%llu,"
          "\"socket_full\":%llu,\"send_failed\":%llu,\"under_way\":%zu}\n",
          late || holes ? "true" : "false",
          late    ? "packets left late: the machine was busy"
          : holes ? "the kernel dropped packets that the WAN should have had"
                  : "",
          (long long)((now_ns() - wan->late.since_ns) / NS_PER_MS), (unsigned long long)wan->late.count,
          (long long)lateness_quantile_us(&wan->late, 0.5), (long long)lateness_quantile_us(&wan->late, 0.9),
          (long long)p99, (long long)lateness_quantile_us(&wan->late, 0.999), (long long)(wan->late.max_ns / NS_PER_US),
          LATENESS_VOID_US, wan->priority, (unsigned long long)n->received, (unsigned long long)n->sent,
          (unsigned long long)n->lost, (unsigned long long)n->line_full, (unsigned long long)n->cut,
          (unsigned long long)n->stray, (unsigned long long)n->socket_full, (unsigned long long)n->send_failed,
          wan->queue.count);
}

static void answer_pairs(struct wan *wan, FILE *out) {
  struct world *w = &wan->world;
  fputs("from\tto\tpackets\tbytes\tlost\tmean_us\tmin_us\tmax_us\tsyns\tsyn_median_us\n", out);
  for (int a = 0; a < w->count; a++)
    for (int b = 0; b < w->count; b++) {
      const struct lane *l = &w->lane[a][b];
      if (l->packets == 0 && l->lost == 0) continue;
      fprintf(out, "%s\t%s\t%llu\t%llu\t%llu\t%lld\t%lld\t%lld\t%u\t%lld\n", w->place[a].name, w->place[b].name,
              (unsigned long long)l->packets, (unsigned long long)l->bytes, (unsigned long long)l->lost,
              l->packets ? (long long)(l->delay_sum_ns / (int64_t)l->packets / NS_PER_US) : 0,
              (long long)(l->delay_min_ns / NS_PER_US), (long long)(l->delay_max_ns / NS_PER_US), l->syns,
              (long long)lane_syn_median_us(l));
    }
}

static void answer_pair(struct wan *wan, const char *args, FILE *out) {
  char from[NAME_MAX_LEN], to[NAME_MAX_LEN];
  struct world *w = &wan->world;
  int a = -1, b = -1;
  if (sscanf(args, "%31s %31s", from, to) == 2) a = world_find(w, from), b = world_find(w, to);
  if (a < 0 || b < 0 || a == b) {
    fputs("error pair: two places are wanted\n", out);
    return;
  }
  const struct link *l = world_link(w, a, b);
  const struct lane *there = &w->lane[a][b], *back = &w->lane[b][a];
  int64_t go = lane_syn_median_us(there), come = lane_syn_median_us(back);
  fprintf(out,
          "{\"from\":\"%s\",\"to\":\"%s\",\"set_rtt_us\":%lld,\"add_us\":%lld,\"jitter_us\":%lld,\"loss_ppm\":%u,"
          "\"syns\":%u,\"syn_median_us\":%lld,\"back_syn_median_us\":%lld,\"applied_rtt_us\":%lld}\n",
          w->place[a].name, w->place[b].name, (long long)(l->rtt_ns / NS_PER_US), (long long)(l->add_ns / NS_PER_US),
          (long long)(l->jitter_ns / NS_PER_US), l->loss_ppm, there->syns, (long long)go, (long long)come,
          go < 0 || come < 0 ? -1LL : (long long)(go + come));
}

static void obey(struct wan *wan, char *request, FILE *out) {
  char why[256];
  if (strcmp(request, "quit") == 0) {
    wan->quit = true;
  } else if (strcmp(request, "reset") == 0) {
    forward_collect_drops(wan);
    wan->n = (struct counters){0};
    lateness_reset(&wan->late, now_ns());
    world_reset(&wan->world);
  } else if (strcmp(request, "lateness") == 0) {
    answer_lateness(wan, out);
  } else if (strcmp(request, "places") == 0) {
    for (int i = 0; i < wan->world.count; i++)
      fprintf(out, "%s\t%d\n", wan->world.place[i].name, wan->world.place[i].ns_fd);
  } else if (strcmp(request, "pairs") == 0) {
    answer_pairs(wan, out);
  } else if (strncmp(request, "pair ", 5) == 0) {
    answer_pair(wan, request + 5, out);
  } else if (!world_obey(&wan->world, request, true, why, sizeof why)) {
    fprintf(out, "error %s\n", why);
  }
}

int control_accept(struct wan *wan) { return accept4(wan->control, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

void control_serve(struct wan *wan, int fd) {
  char request[REQUEST_MAX + 1];
  ssize_t n = recv(fd, request, REQUEST_MAX, MSG_DONTWAIT);
  char *text = NULL;
  size_t size = 0;
  FILE *out = n > 0 ? open_memstream(&text, &size) : NULL;
  if (out) {
    request[n] = 0;
    request[strcspn(request, "\r\n")] = 0;
    obey(wan, request, out);
    fclose(out);
    int room = 4 << 20;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    for (size_t at = 0; at < size; at += CHUNK) {
      size_t part = size - at < CHUNK ? size - at : CHUNK;
      struct pollfd w = {.fd = fd, .events = POLLOUT};
      if (poll(&w, 1, 20) != 1 || send(fd, text + at, part, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) break;
    }
    free(text);
  }
  close(fd);
}
