#include "collector/door.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 64         /* accepted before the threads get a chance to take them */
#define BREATH_MIN_US 100  /* that chance */
#define SHORT_PAUSE_MS 50  /* without descriptors or memory: until some may be free again */
#define SAID_S 60          /* between complaints about that */

struct door {
	int listen_fd, wake; /* wake: an eventfd that door_close writes to */
	struct MHD_Daemon *daemon;
	struct conns *conns;
	const struct log *log;
	pthread_t thread;
	time_t said;
};

/* Out of something that others will give back: not a reason to stop, nor to spin. */
static bool is_shortage(int e)
{
	return e == EMFILE || e == ENFILE || e == ENOBUFS || e == ENOMEM;
}

static void complain(struct door *d, int e)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (d->said != 0 && now.tv_sec - d->said < SAID_S)
		return;
	d->said = now.tv_sec;
	log_warn(d->log, "cannot accept connections for a moment: %s", strerror(e));
}

/* Up to AT_ONCE of those that wait. */
static void accept_some(struct door *d)
{
	for (int n = 0; n < AT_ONCE; n++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof peer;
		int fd = accept4(d->listen_fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			/* It closes the descriptor itself where it refuses: too many of one address. */
			MHD_add_connection(d->daemon, fd, (struct sockaddr *)&peer, len);
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		if (is_shortage(errno)) {
			complain(d, errno);
			struct pollfd stop = {.fd = d->wake, .events = POLLIN};
			poll(&stop, 1, SHORT_PAUSE_MS);
			return;
		}
		/* Others concern one connection that is gone already (accept(2)). */
	}
}

/* Each new connection makes a thread look at all that it has, which costs about a microsecond for each
 * of them: wait as long, and those that come meanwhile share one look. */
static void breathe(struct door *d)
{
	long us = (long)conns_count(d->conns) + BREATH_MIN_US;
	const struct timespec breath = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
	nanosleep(&breath, NULL);
}

static void *run(void *arg)
{
	struct door *d = arg;
	struct pollfd fds[2] = {{.fd = d->listen_fd, .events = POLLIN}, {.fd = d->wake, .events = POLLIN}};
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			log_error(d->log, "door: poll: %s", strerror(errno));
		if (fds[1].revents != 0)
			return NULL;
		if (fds[0].revents != 0) {
			accept_some(d);
			breathe(d);
		}
	}
}

int door_open(struct door **out, int listen_fd, struct MHD_Daemon *daemon, struct conns *conns,
              const struct log *log, struct err *err)
{
	struct door *d = calloc(1, sizeof *d);
	if (d == NULL) {
		close(listen_fd);
		return err_nomem(err);
	}
	*d = (struct door){.listen_fd = listen_fd, .daemon = daemon, .conns = conns, .log = log,
	                   .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	int e = d->wake < 0 ? errno : pthread_create(&d->thread, NULL, run, d);
	if (e != 0) {
		if (d->wake >= 0)
			close(d->wake);
		close(listen_fd);
		free(d);
		errno = e;
		return err_set_errno(err, LAT_SOFTWARE, "cannot start accepting connections");
	}
	*out = d;
	return 0;
}

void door_close(struct door *d)
{
	if (d == NULL)
		return;
	const uint64_t one = 1;
	while (write(d->wake, &one, sizeof one) < 0 && errno == EINTR)
		;
	pthread_join(d->thread, NULL);
	close(d->wake);
	close(d->listen_fd);
	free(d);
}
