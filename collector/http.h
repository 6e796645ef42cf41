/* libmicrohttpd's daemons: the one for probes (TLS, a pool of threads) and the one for
 * the operator (health and metrics, plain, one thread). */
#ifndef LATLAS_COLLECTOR_HTTP_H
#define LATLAS_COLLECTOR_HTTP_H

#include <microhttpd.h>

#include "collector/collector.h"
#include "lib/buf.h"
#include "lib/err.h"

/* At a time: beyond it strangers make room, see conns.h. What a byte that arrives costs grows with
 * their number (poll(2)), so that what a crowd costs that sends some grows with its square. */
#define HTTP_CONNECTIONS 2048
#define HTTP_IDLE_S 30            /* seconds without a byte */
#define HTTP_POOL_BYTES 32768     /* memory of a connection: larger pools cost more than they give */

struct http;

/* How many connections there can be at a time: HTTP_CONNECTIONS, or fewer where the limit of file
 * descriptors, which this raises as far as it may, leaves room for fewer; that is logged. */
size_t http_connections(const struct log *log);

/* Listen and serve, as c->identity; where that is NULL, plain HTTP. The name under which it
 * listens ("https://127.0.0.1:8443") is http_name(). LAT_UNAVAILABLE. */
int http_start(struct http **out, struct collector *c, struct err *err) LAT_MUST_CHECK;
/* The operator's: handler of admin.h, `cls` its own. */
int http_start_admin(struct http **out, struct collector *c, MHD_AccessHandlerCallback handler, void *cls,
                     struct err *err) LAT_MUST_CHECK;
const char *http_name(const struct http *h);
/* Take no new connections. */
void http_quiesce(struct http *h);
/* End; no connection may be suspended. NULL is fine. */
void http_stop(struct http *h);

#endif
