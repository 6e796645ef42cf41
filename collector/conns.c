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

/* In which of the lists a connection is: none of its requests has shown a token; one has; shut
 * down, not yet closed by its owner. */
enum place { STRANGER, KNOWN, SHUT, PLACES };

struct conn {
	struct conn *prev, *next;
	int fd;
	enum place place;
	struct mono deadline;
	bool busy, waiting, linger;
};

struct list {
	struct conn *newest, *oldest;
	size_t count;
};

struct conns {
	pthread_mutex_t lock;
	struct list lists[PLACES];
	int64_t head_us, request_us;
	size_t most, evicted;
	struct { int fd; struct mono until; } lingering[LINGER_MAX];
	size_t lingerers;
};

static void put(struct conns *c, struct conn *n, enum place place)
{
	struct list *l = &c->lists[place];
	n->place = place;
	n->prev = NULL;
	n->next = l->newest;
	if (l->newest != NULL)
		l->newest->prev = n;
	else
		l->oldest = n;
	l->newest = n;
	l->count++;
}

static void take_out(struct conns *c, struct conn *n)
{
	struct list *l = &c->lists[n->place];
	if (n->prev != NULL)
		n->prev->next = n->next;
	else
		l->newest = n->next;
	if (n->next != NULL)
		n->next->prev = n->prev;
	else
		l->oldest = n->prev;
	l->count--;
}

static void shut(struct conns *c, struct conn *n)
{
	shutdown(n->fd, SHUT_RDWR);
	take_out(c, n);
	put(c, n, SHUT);
}

struct conns *conns_new(int64_t head_us, int64_t request_us, size_t most)
{
	struct conns *c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	c->head_us = head_us;
	c->request_us = request_us;
	c->most = most;
	return c;
}

void conns_set_deadlines(struct conns *c, int64_t head_us, int64_t request_us)
{
	pthread_mutex_lock(&c->lock);
	c->head_us = head_us;
	c->request_us = request_us;
	pthread_mutex_unlock(&c->lock);
}

void conns_free(struct conns *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->lingerers; i++)
		close(c->lingering[i].fd);
	for (int place = 0; place < PLACES; place++) {
		while (c->lists[place].newest != NULL) {
			struct conn *n = c->lists[place].newest;
			take_out(c, n);
			free(n);
		}
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
	pthread_mutex_lock(&c->lock);
	n->deadline = mono_add_us(now, c->head_us);
	put(c, n, STRANGER);
	if (c->lists[STRANGER].count + c->lists[KNOWN].count > c->most) {
		shut(c, c->lists[STRANGER].oldest); /* there is one: at worst the new one itself */
		c->evicted++;
	}
	pthread_mutex_unlock(&c->lock);
	return n;
}

void conns_remove(struct conns *c, struct conn *conn)
{
	if (conn == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	take_out(c, conn);
	if (conn->linger && conn->place != SHUT && c->lingerers < LINGER_MAX) {
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
	if (conn->place == STRANGER) {
		take_out(c, conn);
		put(c, conn, KNOWN);
	}
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
	for (int place = STRANGER; place <= KNOWN; place++) {
		struct conn *next;
		for (struct conn *n = c->lists[place].newest; n != NULL; n = next) {
			next = n->next;
			if (n->waiting || mono_diff_us(now, n->deadline) > 0)
				continue;
			shut(c, n);
			reaped++;
		}
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
	for (int place = STRANGER; place <= KNOWN; place++) {
		struct conn *next;
		for (struct conn *n = c->lists[place].newest; n != NULL; n = next) {
			next = n->next;
			if (!n->waiting && !(idle_only && n->busy))
				shut(c, n);
		}
	}
	pthread_mutex_unlock(&c->lock);
}

size_t conns_count(struct conns *c)
{
	pthread_mutex_lock(&c->lock);
	size_t n = c->lists[STRANGER].count + c->lists[KNOWN].count + c->lists[SHUT].count;
	pthread_mutex_unlock(&c->lock);
	return n;
}

size_t conns_evicted(struct conns *c)
{
	pthread_mutex_lock(&c->lock);
	size_t n = c->evicted;
	c->evicted = 0;
	pthread_mutex_unlock(&c->lock);
	return n;
}
