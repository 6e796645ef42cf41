/* The listeners of a scripted server: each is one argument with its knobs (httpd.c lists them),
 * their ports are printed in one line, and each connection is served by a child. */
#ifndef LATLAS_TESTS_SERVERS_LISTEN_H
#define LATLAS_TESTS_SERVERS_LISTEN_H

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>

#include "tests/servers/script.h"
#include "tests/servers/serve.h"

#define MAX_LISTENERS 32

struct listener {
	char ip[64];
	int fd, port;
	char cert[1024], key[1024];
	char first[16];
	long hello_ms, accept_ms; /* accept_ms: -1 never */
	int max_version;
	SSL_CTX *ctx;
	int filler[4];            /* our own connections that fill the backlog */
};

static inline void take_knob(struct listener *l, const char *text)
{
	const char *value = strchr(text, '=');
	size_t n = value == NULL ? 0 : (size_t)(value - text);
	if (n == 0)
		exit(64);
	value++;
	if (strncmp(text, "cert", n) == 0)
		snprintf(l->cert, sizeof l->cert, "%s", value);
	else if (strncmp(text, "key", n) == 0)
		snprintf(l->key, sizeof l->key, "%s", value);
	else if (strncmp(text, "max", n) == 0)
		l->max_version = strcmp(value, "1.2") == 0 ? TLS1_2_VERSION : TLS1_1_VERSION;
	else if (strncmp(text, "hello", n) == 0)
		l->hello_ms = strtol(value, NULL, 10);
	else if (strncmp(text, "first", n) == 0)
		snprintf(l->first, sizeof l->first, "%s", value);
	else if (strncmp(text, "accept", n) == 0)
		l->accept_ms = strcmp(value, "never") == 0 ? -1 : strtol(value, NULL, 10);
	else
		exit(64);
}

/* Fill the backlog with connections of our own, so that further SYNs are dropped. */
static inline void fill(struct listener *l)
{
	for (size_t i = 0; i < sizeof l->filler / sizeof l->filler[0]; i++) {
		struct sockaddr_storage to;
		socklen_t len = sizeof to;
		getsockname(l->fd, (struct sockaddr *)&to, &len);
		l->filler[i] = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(l->filler[i], (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS)
			perror("connect");
	}
	serve_sleep_ms(10);
}

static inline void open_listener(struct listener *l, char *spec)
{
	char *save = NULL, *part = strtok_r(spec, ",", &save);
	snprintf(l->ip, sizeof l->ip, "%s", part);
	while ((part = strtok_r(NULL, ",", &save)) != NULL)
		take_knob(l, part);
	l->fd = serve_bind(l->ip, SOCK_STREAM, &l->port);
	if (listen(l->fd, l->accept_ms != 0 ? 0 : 64) != 0)
		serve_die("listen");
	if (l->accept_ms != 0)
		fill(l);
	if (l->cert[0] == '\0')
		return;
	l->ctx = SSL_CTX_new(TLS_server_method());
	if (l->ctx == NULL || SSL_CTX_use_certificate_chain_file(l->ctx, l->cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(l->ctx, l->key, SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		exit(1);
	}
	SSL_CTX_set_min_proto_version(l->ctx, TLS1_VERSION);
	SSL_CTX_set_security_level(l->ctx, 0); /* TLS 1.1 needs SHA-1 */
	if (l->max_version != 0)
		SSL_CTX_set_max_proto_version(l->ctx, l->max_version);
}

/* Serve for ever: `serve` runs in a child of its own for each connection and does not return;
 * `prepare` (may be NULL) sees each listener before the first one. */
static inline void listen_serve(int count, char **specs, void (*prepare)(struct listener *),
                                void (*serve)(struct listener *, int fd))
{
	static struct listener listeners[MAX_LISTENERS];
	struct pollfd fds[MAX_LISTENERS];
	int n = 0;
	serve_begin();
	for (int i = 0; i < count && n < MAX_LISTENERS; i++)
		open_listener(&listeners[n++], specs[i]);
	for (int i = 0; i < n; i++) {
		if (prepare != NULL)
			prepare(&listeners[i]);
		printf("%d%c", listeners[i].port, i + 1 < n ? ' ' : '\n');
	}
	fflush(stdout);
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		long age = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
		for (int i = 0; i < n; i++) {
			long wait = listeners[i].accept_ms;
			bool open = wait == 0 || (wait > 0 && age >= wait);
			fds[i] = (struct pollfd){ .fd = open ? listeners[i].fd : -1, .events = POLLIN };
		}
		if (poll(fds, (nfds_t)n, 10) <= 0)
			continue;
		for (int i = 0; i < n; i++) {
			int fd = fds[i].fd >= 0 && fds[i].revents ? accept(listeners[i].fd, NULL, NULL) : -1;
			if (fd >= 0 && fork() == 0) {
				serve_child();
				serve(&listeners[i], fd);
			}
			if (fd >= 0)
				close(fd);
		}
	}
}

/* The start of every served connection: what `first` asks for, then TLS if the listener has a
 * certificate. Ends the process if there is nothing left to serve. */
static inline struct conn listen_greet(struct listener *l, int fd)
{
	struct conn c = { .fd = fd };
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
	if (l->first[0] != '\0') {
		char data[4096];
		if (recv(fd, data, sizeof data, 0) < 0)
			_exit(0);
		misbehave(&c, l->first);
	}
	if (l->ctx != NULL) {
		serve_sleep_ms(l->hello_ms);
		c.ssl = SSL_new(l->ctx);
		SSL_set_fd(c.ssl, fd);
		if (SSL_accept(c.ssl) != 1)
			_exit(0);
	}
	return c;
}

/* The end of one: in peace, for what the peer sent and we have not read would make it a reset. */
static inline void listen_part(struct conn *c)
{
	char rest[512];
	if (c->ssl != NULL)
		SSL_shutdown(c->ssl);
	shutdown(c->fd, SHUT_WR);
	while (recv(c->fd, rest, sizeof rest, 0) > 0)
		;
	_exit(0);
}

#endif
