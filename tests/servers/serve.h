/* What the scripted servers share: a socket on a port that the kernel picks, told on stdout,
 * and no server left over when the test that started it ends, however it ends. */
#ifndef LATLAS_TESTS_SERVERS_SERVE_H
#define LATLAS_TESTS_SERVERS_SERVE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline void serve_die(const char *what)
{
	perror(what);
	exit(1);
}

static inline void serve_begin(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* children are not waited for */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* In a child that serves one request: bounded, whatever the peer does. */
static inline void serve_child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(30);
}

static inline void serve_sleep_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	if (ms > 0)
		nanosleep(&t, NULL);
}

/* A socket bound to `ip` (IPv4 or IPv6) and *port; 0: any, and *port is set. -1: somebody else's. */
static inline int serve_try_bind(const char *ip, int type, int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((unsigned short)*port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons((unsigned short)*port) };
	int v6 = strchr(ip, ':') != NULL, on = 1;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, ip, v6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1) {
		fprintf(stderr, "%s: not an address\n", ip);
		exit(64);
	}
	int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		serve_die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	socklen_t len = v6 ? sizeof in6 : sizeof in;
	struct sockaddr *sa = v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in;
	if (bind(fd, sa, len) != 0) {
		if (errno != EADDRINUSE)
			serve_die(ip);
		close(fd);
		return -1;
	}
	getsockname(fd, sa, &len);
	*port = ntohs(v6 ? in6.sin6_port : in.sin_port);
	return fd;
}

static inline int serve_bind(const char *ip, int type, int *port)
{
	int fd = serve_try_bind(ip, type, port);
	if (fd < 0)
		serve_die(ip);
	return fd;
}

/* A datagram and a stream socket on one port. Of what the kernel picks for the one, the other's may be
 * taken: then it picks again. */
static inline void serve_bind_both(const char *ip, int *port, int *datagram, int *stream)
{
	bool any = *port == 0;
	for (int tries = 0; tries < 100; tries++) {
		*datagram = serve_bind(ip, SOCK_DGRAM, port);
		*stream = serve_try_bind(ip, SOCK_STREAM, port);
		if (*stream >= 0)
			return;
		close(*datagram);
		if (!any)
			break;
		*port = 0;
	}
	serve_die(ip);
}

#endif
