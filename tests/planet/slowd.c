/* planet-slowd PORT MS FILE: an HTTP server on 127.0.0.1 that answers each
 * request with FILE, MS milliseconds after it has read the request. It stands
 * behind an edge and makes it slow: the network stays as it is, the wait grows.
 *
 * One thread, poll(2), at most CLIENTS at a time, one request a connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 256, HEAD_MAX = 8192, PAGE_MAX = 16 << 20, IDLE_MS = 30000 };

struct client {
  int fd;
  char head[HEAD_MAX]; /* what was read of the request */
  size_t read, sent;
  int64_t due_ms; /* when to answer; 0 while reading */
  int64_t born_ms;
};

struct slowd {
  struct client client[CLIENTS];
  char *answer; /* headers and body */
  size_t size;
  int64_t delay_ms;
};

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static char *load(const char *path, size_t *size) {
  FILE *f = fopen(path, "rbe");
  char *all = malloc(PAGE_MAX + 512);
  if (!f || !all) {
    if (f) fclose(f);
    free(all);
    return NULL;
  }
  char *body = all + 512;
  size_t n = fread(body, 1, PAGE_MAX, f);
  fclose(f);
  int head = snprintf(all, 512, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", n);
  memmove(all + head, body, n);
  *size = (size_t)head + n;
  return all;
}

static void drop(struct client *c) {
  close(c->fd);
  c->fd = -1;
}

static void greet(struct slowd *s, int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  for (int i = 0; i < CLIENTS; i++) {
    struct client *c = &s->client[i];
    if (c->fd >= 0) continue;
    c->fd = fd;
    c->read = c->sent = 0;
    c->due_ms = 0;
    c->born_ms = now_ms();
    return;
  }
  close(fd);
}

static void serve(struct slowd *s, struct client *c) {
  if (c->due_ms == 0) {
    ssize_t n = read(c->fd, c->head + c->read, sizeof c->head - 1 - c->read);
    if (n <= 0) {
      drop(c);
      return;
    }
    c->read += (size_t)n;
    c->head[c->read] = 0;
    if (strstr(c->head, "\r\n\r\n")) c->due_ms = now_ms() + s->delay_ms;
    else if (c->read == sizeof c->head - 1) drop(c);
    return;
  }
  ssize_t n = send(c->fd, s->answer + c->sent, s->size - c->sent, MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN) drop(c);
  else if (n > 0 && (c->sent += (size_t)n) == s->size) drop(c);
}

static void run(struct slowd *s, int listener) {
  struct pollfd p[CLIENTS + 1];
  int who[CLIENTS + 1];
  for (;;) {
    int64_t now = now_ms(), next = now + 1000;
    nfds_t n = 0;
    p[n++] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (int i = 0; i < CLIENTS; i++) {
      struct client *c = &s->client[i];
      if (c->fd >= 0 && now - c->born_ms > IDLE_MS + s->delay_ms) drop(c);
      if (c->fd < 0) continue;
      if (c->due_ms > now) { /* waiting on purpose */
        if (c->due_ms < next) next = c->due_ms;
        continue;
      }
      who[n] = i;
      p[n++] = (struct pollfd){.fd = c->fd, .events = c->due_ms ? POLLOUT : POLLIN};
    }
    if (poll(p, n, (int)(next - now)) < 0 && errno != EINTR) return;
    for (nfds_t k = 1; k < n; k++)
      if (p[k].revents) serve(s, &s->client[who[k]]);
    if (p[0].revents) greet(s, listener);
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fputs("usage: planet-slowd PORT MS FILE\n", argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
    return argc == 2 && strcmp(argv[1], "--help") == 0 ? EX_OK : EX_USAGE;
  }
  static struct slowd s;
  signal(SIGPIPE, SIG_IGN);
  for (int i = 0; i < CLIENTS; i++) s.client[i].fd = -1;
  s.delay_ms = strtoll(argv[2], NULL, 10);
  s.answer = load(argv[3], &s.size);
  if (!s.answer) {
    fprintf(stderr, "planet-slowd: %s: %s\n", argv[3], strerror(errno));
    return EX_NOINPUT;
  }
  struct sockaddr_in a = {.sin_family = AF_INET,
                          .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)),
                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
      bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 64) < 0) {
    fprintf(stderr, "planet-slowd: port %s: %s\n", argv[1], strerror(errno));
    return EX_OSERR;
  }
  run(&s, fd);
  return EX_OSERR;
}
