/* One cold HTTP request by address, timed in its phases, by libcurl's multi interface
 * inside our loop.
 *
 * Cold: a connection of its own, no TLS session, no reuse, no proxy, no netrc, no redirect
 * followed; the address is given, so nothing is resolved and no two families race. One connection:
 * where the server would have the request again on another (in HTTP/2: REFUSED_STREAM,
 * HTTP_1_1_REQUIRED), which libcurl would do up to six times, that is its answer: http.protocol.error.
 *
 * When the phases begin and end. What the probe itself computes between two of them is in
 * none:
 *   tcp   the socket was opened, just before connect(2)    the loop woke: it is connected
 *   tls   the ClientHello was written                      the handshake was complete
 *   wait  the first record of the request was written      the loop woke: the first line came
 *         (in clear text: just before the request is)
 *   body  the same                                         the loop woke: the end came
 * Over QUIC (HTTP/3) the handshake is TLS's (RFC 9001, 4): there is no tcp, tls is the whole of the connecting,
 * and tls and wait begin when their first datagram is written. (Where libcurl's QUIC is not OpenSSL's, nobody tells
 * that moment: then when the ClientHello is made, and just before the request is.)
 * The loop's waking is the nearest there is to the arrival; decrypting and parsing come after
 * it. libcurl's own times (which are cumulative, and hold all that it does) are the limit:
 * where one of them is the shorter, it is taken. They also say which phases took place. A phase that was not completed is
 * US_NONE. */
#ifndef LATLAS_PROBE_FETCH_H
#define LATLAS_PROBE_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "probe/address.h"
#include "probe/edgename.h"
#include "probe/guard.h"
#include "probe/inspect.h"
#include "probe/loop.h"
#include "schema/plan.h"

struct fetcher; /* what all requests of a run share */
struct fetch;   /* one request at a time; to be used again and again */

struct fetcher_options {
	const char *ca_file;       /* NULL or "": the system's authorities */
	const struct guard *guard; /* must outlive the fetcher */
	int64_t max_bytes;         /* of all bodies together; 0: no limit */
	bool want_cert;            /* fill fetch_result.cert_not_after */
	bool warm_tls;             /* https will be asked for: see tlsinfo_warm_up() */
};

struct fetch_request { /* strings must live until the result */
	const struct plan_url *url;
	struct address addr;        /* to connect to; the port is the URL's */
	const char *http, *tls;     /* pinned version; NULL: whatever is negotiated */
	const struct strings *headers;
	const char *edge_header;    /* NULL: none */
	int64_t body_limit_kib;     /* 0: none; a body that reaches it is cut, which is no failure */
	int64_t timeout_ms;
	struct inspect *inspect;    /* begun; is shown the response, which is asked for compressed and
	                             * decoded; NULL: nobody, and it is neither */
};

#define FETCH_EARLIEST_S 1767225600 /* 2026-01-01: this program is younger than that */
#define FETCH_LOCATION 1024
struct fetch_result {
	enum nel_type error;      /* of the transport; the status is the caller's to judge */
	int64_t tcp_us, tls_us, wait_us, body_us;
	int64_t min_rtt_us, retrans;
	int64_t syn_rtt_us;       /* of the TCP handshake, by the kernel */
	int64_t status;           /* US_NONE before there is one */
	int64_t bytes;            /* of the body, body_limit_kib at most; US_NONE before there is a response */
	const char *http;         /* "1.0" "1.1" "2" "3"; NULL */
	char tls[8];              /* "1.2" "1.3"; "" */
	char edge[EDGENAME_TEXT]; /* who answered, as the headers say; "" */
	const char *cache;        /* "HIT", "MISS"; NULL: the response doesn't say */
	int64_t age_s;            /* of the copy, as the response says; US_NONE */
	char location[FETCH_LOCATION]; /* "" */
	int64_t cert_not_after;   /* seconds since 1970; -1 */
	bool over_budget;         /* the run's max_bytes was met: no result at all */
	const char *detail;       /* libcurl's text on an error, "" */
	struct inspect *inspect;  /* the request's */
};

typedef void fetch_fn(void *ctx, const struct fetch_result *result);

/* curl_global_init() and its counterpart, once a process. */
int fetch_library_init(struct err *err) LAT_MUST_CHECK;
void fetch_library_cleanup(void);
/* Can this HTTP version ("1.1", "2", "3"; NULL: what TLS negotiates) be asked for at all? Libcurl says so: in Debian
 * 13 it speaks HTTP/3, in Debian 12 it doesn't. */
bool fetch_supports(const char *http);

int fetcher_new(struct fetcher **out, struct loop *loop, const struct fetcher_options *options,
                struct err *err) LAT_MUST_CHECK;
void fetcher_free(struct fetcher *f); /* after all of its fetches */
int64_t fetcher_bytes(const struct fetcher *f); /* of all bodies so far */

struct fetch *fetch_new(struct fetcher *fetcher); /* NULL: out of memory */
void fetch_free(struct fetch *f);                 /* an open request ends without a word */

/* `done` is called once, from the loop, never from within this call. `span` (may be NULL)
 * gets the work booked as its own. LAT_SOFTWARE: out of memory, nothing was begun. */
int fetch_start(struct fetch *f, const struct fetch_request *request, struct lag_span *span,
                fetch_fn *done, void *ctx, struct err *err) LAT_MUST_CHECK;

#endif
