/* What the programs of the bench share: the list of URLs, and the clock. */
#ifndef LATLAS_BENCH_URLS_H
#define LATLAS_BENCH_URLS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"

#define URLS_MAX 1024

/* https://HOST:PORT/PATH, each with a port of its own, by which a connection is known. */
struct url {
	char text[128], host[80];
	const char *path;
	int port;
};

/* Reads one URL a line from standard input; exits 65 on anything else. Returns how many. */
static inline size_t urls_read(struct url *urls, const char *program)
{
	size_t n = 0;
	while (n < URLS_MAX && fgets(urls[n].text, sizeof urls[n].text, stdin) != NULL) {
		struct url *u = &urls[n++];
		u->text[strcspn(u->text, "\n")] = '\0';
		int path = 0;
		if (sscanf(u->text, "https://%79[a-z0-9.-]:%d%n", u->host, &u->port, &path) != 2 || u->text[path] != '/') {
			fprintf(stderr, "%s: line %zu: not https://HOST:PORT/PATH\n", program, n);
			exit(65);
		}
		u->path = u->text + path;
	}
	return n;
}

#endif
