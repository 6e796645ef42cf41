/* What a scripted server is told: knobs in a request's query, and the ways in which a
 * conversation can go wrong, over TLS and without it. */
#ifndef LATLAS_TESTS_SERVERS_SCRIPT_H
#define LATLAS_TESTS_SERVERS_SCRIPT_H

#include <openssl/ssl.h>

#include "tests/servers/serve.h"

struct conn { int fd; SSL *ssl; };

/* ---- bytes ---------------------------------------------------------------------------- */

static inline ssize_t get(struct conn *c, void *data, size_t len)
{
	return c->ssl != NULL ? SSL_read(c->ssl, data, (int)len) : read(c->fd, data, len);
}

static inline void put(struct conn *c, const void *data, size_t len)
{
	for (const char *p = data; len > 0;) {
		ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, p, (int)len) : write(c->fd, p, len);
		if (n <= 0)
			_exit(0);
		p += n;
		len -= (size_t)n;
	}
}

static inline void reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
	_exit(0);
}

/* How a conversation can go wrong; returns only for an unknown word. */
static inline void misbehave(struct conn *c, const char *how)
{
	static const char nonsense[] = "this is neither TLS nor HTTP, whatever you have hoped for\r\n\r\n";
	if (strcmp(how, "reset") == 0)
		reset(c->fd);
	if (strcmp(how, "close") == 0) {
		close(c->fd);
		_exit(0);
	}
	if (strcmp(how, "silent") == 0) {
		sleep(20);
		_exit(0);
	}
	if (strcmp(how, "garbage") == 0) {
		put(c, nonsense, sizeof nonsense - 1);
		serve_sleep_ms(300);
		_exit(0);
	}
}

/* ---- knobs -------------------------------------------------------------------------------- */

/* The value of a knob in the query, "" if it isn't there. */
static inline const char *knob(const char *query, const char *name, int nth, char *out, size_t size)
{
	size_t n = strlen(name);
	out[0] = '\0';
	for (const char *p = query; *p != '\0'; p += p[0] == '&') {
		size_t len = strcspn(p, "&");
		if (strncmp(p, name, n) == 0 && p[n] == '=' && nth-- == 0) {
			snprintf(out, size, "%.*s", (int)(len - n - 1), p + n + 1);
			break;
		}
		p += len;
	}
	return out;
}

static inline long number(const char *query, const char *name, long otherwise)
{
	char text[64];
	knob(query, name, 0, text, sizeof text);
	return text[0] == '\0' ? otherwise : strtol(text, NULL, 10);
}

#endif
