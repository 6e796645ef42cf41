/* GET /healthz and GET /metrics on admin_listen: for the operator's own monitoring, in
 * the clear, without a token; it belongs on loopback. */
#ifndef LATLAS_COLLECTOR_ADMIN_H
#define LATLAS_COLLECTOR_ADMIN_H

#include <microhttpd.h>

#include "collector/collector.h"
#include "schema/registry.h"

struct admin {
	struct collector *c;
	struct registry *registry; /* of the admin's own thread, read-only */
};

/* Callback for MHD_start_daemon; `cls` is the struct admin. */
enum MHD_Result admin_handle(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                             const char *version, const char *data, size_t *size, void **state);

#endif
