#include "collector/conns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_US 2000000   /* a round trip and a half of the longest path, and some */
#define LINGER_MAX 128      /* connections that linger at a time; more are closed at once */
#define LINGER_BYTES 65536  /* read at a time */

struct conn {
	struct conn *prev, *next;
	int fd;
	struct mono deadline;
	bool busy, waiting, linger, shut;
};

struct conns {
	pthread_mutex_t lock;
	struct conn *first;
	size_t count;
	int64_t head_us, request_us;
	struct { int fd; struct mono until; } lingering[LINGER_MAX];
	size_t lingerers;
};

struct conns *conns_new(int64_t head_us, int64_t request_us)
{
	struct conns *c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	c->head_us = head_us;
	c->request_us = request_us;
	return c;
}

void conns_free(struct conns *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->lingerers; i++)
		close(c->lingering[i].fd);
	while (c->first != NULL) {
		struct conn *next = c->first->next;
		free(c->first);
		c->first = next;
	}
	pthread_mutex_destroy(&c->lock);
	free(c);
}

struct conn *conns_add(struct conns *c, int fd, struct mono now)
{
	struct conn *n = calloc(1, sizeof *n);
	if (n == NULL)
		return NULL;
	n->fd = fd;
	n->deadline = mono_add_us(now, c->head_us);
	pthread_mutex_lock(&c->lock);
	n->next = c->first;
	if (c->first != NULL)
		c->first->prev = n;
	c->first = n;
	c->count++;
	pthread_mutex_unlock(&c->lock);
	return n;
}

void conns_remove(struct conns *c, struct conn *conn)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		c->first = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	c->count--;
	if (conn->linger && !conn->shut && c->lingerers < LINGER_MAX) {
		/* The owner closes its descriptor; the copy keeps the connection from being reset. */
		int fd = fcntl(conn->fd, F_DUPFD_CLOEXEC, 0);
		if (fd >= 0) {
			shutdown(fd, SHUT_WR); /* the answer ends here */
			c->lingering[c->lingerers].fd = fd;
			c->lingering[c->lingerers++].until = mono_add_us(mono_now(), LINGER_US);
		}
	}
	pthread_mutex_unlock(&c->lock);
	free(conn);
}

void conns_busy(struct conns *c, struct conn *conn)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	conn->busy = true;
	pthread_mutex_unlock(&c->lock);
}

void conns_trusted(struct conns *c, struct conn *conn, struct mono now)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	conn->deadline = mono_add_us(now, c->request_us);
	pthread_mutex_unlock(&c->lock);
}

void conns_waiting(struct conns *c, struct conn *conn, bool waiting, struct mono now)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	conn->waiting = waiting;
	if (!waiting && mono_diff_us(now, conn->deadline) < c->head_us)
		conn->deadline = mono_add_us(now, c->head_us);
	pthread_mutex_unlock(&c->lock);
}

void conns_answered(struct conns *c, struct conn *conn, bool good, struct mono now)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	conn->busy = false;
	if (good)
		conn->deadline = mono_add_us(now, c->request_us);
	pthread_mutex_unlock(&c->lock);
}

void conns_linger(struct conns *c, struct conn *conn)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	conn->linger = true;
	pthread_mutex_unlock(&c->lock);
}

/* false: its sender has ended, or its time is over. */
static bool drain(int fd, struct mono until, struct mono now)
{
	char sink[LINGER_BYTES];
	ssize_t n = recv(fd, sink, sizeof sink, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return false;
	return mono_diff_us(now, until) > 0;
}

size_t conns_sweep(struct conns *c, struct mono now)
{
	size_t reaped = 0;
	pthread_mutex_lock(&c->lock);
	for (struct conn *n = c->first; n != NULL; n = n->next) {
		if (n->waiting || n->shut || mono_diff_us(now, n->deadline) > 0)
			continue;
		shutdown(n->fd, SHUT_RDWR);
		n->shut = true;
		reaped++;
	}
	for (size_t i = 0; i < c->lingerers;) {
		if (drain(c->lingering[i].fd, c->lingering[i].until, now)) {
			i++;
			continue;
		}
		close(c->lingering[i].fd);
		c->lingering[i] = c->lingering[--c->lingerers];
	}
	pthread_mutex_unlock(&c->lock);
	return reaped;
}

void conns_shutdown(struct conns *c, bool idle_only)
{
	pthread_mutex_lock(&c->lock);
	for (struct conn *n = c->first; n != NULL; n = n->next) {
		if (n->waiting || n->shut || (idle_only && n->busy))
			continue;
		shutdown(n->fd, SHUT_RDWR);
		n->shut = true;
	}
	pthread_mutex_unlock(&c->lock);
}

size_t conns_count(struct conns *c)
{
	pthread_mutex_lock(&c->lock);
	size_t n = c->count;
	pthread_mutex_unlock(&c->lock);
	return n;
}
