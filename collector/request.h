/* One HTTP request to the collector, from its headers to its answer: POST /v1/batches and
 * GET /v1/plan and /v1/ca. The order of things is the point: who speaks is settled before a byte of
 * the body is read; the body is counted while it comes, inflated with a ceiling, decoded
 * here in libmicrohttpd's thread, and handed to the writer with the connection
 * suspended; it is answered when it is on the disk. */
#ifndef LATLAS_COLLECTOR_REQUEST_H
#define LATLAS_COLLECTOR_REQUEST_H

#include <microhttpd.h>

#include "collector/collector.h"

/* Callbacks for MHD_start_daemon; `cls` is the struct collector. */
enum MHD_Result request_handle(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **state);
void request_completed(void *cls, struct MHD_Connection *mhd, void **state,
                       enum MHD_RequestTerminationCode why);
/* Births and ends of connections. */
void request_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                        enum MHD_ConnectionNotificationCode code);

/* Is `rev` named by an If-None-Match header's value? "*", or a list of entity tags, weak
 * or not (RFC 9110, 13.1.2); a bare revision without quotes is taken too. */
bool request_etag_matches(const char *if_none_match, const char *rev);

#endif
