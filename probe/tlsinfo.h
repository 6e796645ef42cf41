/* What one TLS handshake was, and when: libcurl forgets it with the connection, and its own
 * times have in them what it does before (a context is made for each connection) and after
 * (the name is checked), so it is noted while it happens, by OpenSSL's callbacks. */
#ifndef LATLAS_PROBE_TLSINFO_H
#define LATLAS_PROBE_TLSINFO_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"
#include "probe/inspect.h"

struct tlsinfo {
	unsigned holders;       /* whoever made it, and each SSL_CTX that it is attached to */
	bool begun;             /* the connection stands and a handshake was prepared */
	bool done;              /* the handshake is complete (the name is checked after it) */
	char version[8];        /* "1.2", "1.3"; "" before it is done */
	bool http2;             /* was agreed upon (ALPN, RFC 7301) */
	int alert;              /* received from the peer (RFC 8446, 6.2); -1: none */
	int64_t cert_not_after; /* seconds since 1970; -1: not known */
	struct mono hello;      /* the ClientHello was written (of QUIC: its datagram); ns 0: not yet */
	struct mono finished;   /* the handshake was complete */
	struct mono sent;       /* the first record of the application was written (of QUIC: the request's datagram) */
	struct { bool begun, request; } quic; /* a datagram was written; the request was put into the next one */
	bool want_cert;         /* ask for cert_not_after: a few microseconds */
	struct inspect *inspect; /* is told of the certificate, good or bad; NULL: nobody */
};

/* Empty notes, the caller's until tlsinfo_release(). They live on while an SSL_CTX writes them: later versions of
 * libcurl close a connection some time after they have told its end. NULL: out of memory. */
struct tlsinfo *tlsinfo_new(bool want_cert, struct inspect *inspect);
void tlsinfo_release(struct tlsinfo *info); /* or NULL */

/* Have the notes written by connections of `ctx`; judge by `store`. false: out of memory. */
bool tlsinfo_attach(struct tlsinfo *info, SSL_CTX *ctx, X509_STORE *store);

/* OpenSSL fetches its algorithms when they are first used, which would make the first
 * handshake of a run about a millisecond longer than the others. Say hello once to nobody,
 * before any timer runs. */
void tlsinfo_warm_up(void);

#endif
