/* One request while it runs (fetch.c), and what becomes of it (fetch_result.c). For these two alone. */
#ifndef LATLAS_PROBE_FETCH_IMPL_H
#define LATLAS_PROBE_FETCH_IMPL_H

#include <curl/curl.h>
#include <openssl/x509.h>
#include <string.h>

#include "probe/fetch.h"
#include "probe/tcpinfo.h"
#include "probe/tlsinfo.h"

struct fetcher {
	struct loop *loop;
	CURLM *multi;
	X509_STORE *store;
	struct fetcher_options options;
	struct loop_timer timer;
	int64_t bytes;
	struct fetch *fetches; /* all that there are */
};

struct fetch {
	struct fetcher *fetcher;
	struct fetch *next;
	CURL *easy;
	bool active;
	struct fetch_request request;
	struct curl_slist *connect_to, *headers;
	struct lag_span *span;
	fetch_fn *done;
	void *ctx;
	/* noted while it runs */
	struct mono opened, connected, asked, first, last; /* ns 0: not yet */
	int socket_errno;
	const char *refused;           /* by the guard, at the last moment */
	bool again;                    /* libcurl was about to begin anew */
	curl_socket_t fd;              /* of the connection, while it is this request's */
	struct tcpinfo tcp, syn;       /* at its end, and at the handshake's */
	struct tlsinfo *tls;
	int64_t bytes;
	bool cut, over_budget;
	char text[CURL_ERROR_SIZE];
	struct fetch_result result;
};

/* Over QUIC (HTTP/3): TLS's handshake is the connection's. */
static inline bool fetch_is_quic(const struct fetch_request *q)
{
	return q->http != NULL && strcmp(q->http, "3") == 0;
}

/* Fills f->result from what was noted and what libcurl says of f->easy; call it once the transfer is over. */
void fetch_fill_result(struct fetch *f, CURLcode code);

#endif
