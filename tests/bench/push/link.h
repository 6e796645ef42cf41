/* A connection to the server under load: TCP, and TLS over it unless it is plain. Never blocks. */
#ifndef LATLAS_TESTS_BENCH_LINK_H
#define LATLAS_TESTS_BENCH_LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#include "lib/err.h"

struct link_server {
	struct sockaddr_in addr;
	char host[64];  /* as in the URL: what the certificate must be for */
	char port[8];
	SSL_CTX *ctx;   /* NULL: plain HTTP */
	uint32_t from;  /* first source address of a range, host order; 0: the kernel's choice */
	uint32_t from_count;
};

/* "https://1.2.3.4:8443" (or http://); with https `ca` is the file of its authority. LAT_USAGE,
 * LAT_NOINPUT. */
int link_server_init(struct link_server *s, const char *url, const char *ca, struct err *err) LAT_MUST_CHECK;
/* "127.1.0.0/16": connections come from its addresses in turn. LAT_USAGE. */
int link_server_from(struct link_server *s, const char *range, struct err *err) LAT_MUST_CHECK;
void link_server_free(struct link_server *s);

enum link_state { LINK_NONE, LINK_CONNECTING, LINK_HANDSHAKE, LINK_UP };

struct link {
	int fd;
	SSL *ssl;
	enum link_state state;
};

/* What a step comes to, besides a number of bytes. */
#define LINK_AGAIN_READ (-1)  /* once there is something to read */
#define LINK_AGAIN_WRITE (-2) /* once there is room to write */
#define LINK_CLOSED (-3)      /* closed or reset by the other side, or refused */

/* Begin to connect; `nth` chooses the source address. false: no descriptor, or no way there. */
bool link_open(struct link *l, const struct link_server *s, uint64_t nth);
/* Go on until TCP (`tcp_only`), or TLS too, stands: 0, or one of LINK_*. */
int link_step(struct link *l, const struct link_server *s, bool tcp_only);
/* Bytes moved (0 from link_read: the end), or one of LINK_*. Before TLS stands they are raw. */
ssize_t link_read(struct link *l, void *data, size_t len);
ssize_t link_write(struct link *l, const void *data, size_t len);
/* `orderly`: say so first (close_notify), as a client that is done does. */
void link_close(struct link *l, bool orderly);

#endif
