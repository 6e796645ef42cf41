/* Addresses to listen on: "127.0.0.1:8443", "[::1]:8443", "[::]:8443" (which takes
 * IPv4 too). Literal addresses only, so that what is open is what is written. */
#ifndef LATLAS_COLLECTOR_LISTEN_H
#define LATLAS_COLLECTOR_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "lib/err.h"

struct listen_addr {
	struct sockaddr_storage sa;
	socklen_t len;
	bool loopback; /* 127.0.0.0/8 or ::1 */
};

/* LAT_CONFIG, with what is wrong about `text` but not where it stands. */
int listen_parse(const char *text, struct listen_addr *out, struct err *err) LAT_MUST_CHECK;
/* Can't both be listened on: one port (0 is any that is free, and never the same), and one address, or one that
 * stands for the other's as well. */
bool listen_clash(const struct listen_addr *a, const struct listen_addr *b);
/* A bound, listening, non-blocking socket. LAT_UNAVAILABLE, naming the address. */
int listen_open(const struct listen_addr *addr, int *fd, struct err *err) LAT_MUST_CHECK;

/* "127.0.0.1:8443" or "[::1]:8443"; an IPv4 address in IPv6's clothes is shown as what it
 * is. `host` alone without the port (for logs and geography): the same without ":8443". */
#define LISTEN_TEXT 64
const char *listen_text(const struct sockaddr *sa, char out[LISTEN_TEXT]);
const char *listen_host_text(const struct sockaddr *sa, char out[LISTEN_TEXT]);
/* Copy `sa` into `out`, ::ffff:a.b.c.d as the IPv4 address that it is. */
void listen_unmap(const struct sockaddr *sa, struct sockaddr_storage *out);

#endif
