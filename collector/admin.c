#include "collector/admin.h"

#include <string.h>

#include "collector/answer.h"
#include "collector/gauges.h"
#include "lib/arena.h"

#define TEXT "text/plain; charset=utf-8"
#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

static enum MHD_Result health(struct admin *a, struct MHD_Connection *mhd)
{
	struct answer answer = {.status = MHD_HTTP_OK, .type = TEXT};
	struct buf body = {0};
	if (gauges_healthy(a->c, &body))
		buf_adds(&body, "ok\n");
	else
		answer.status = MHD_HTTP_SERVICE_UNAVAILABLE;
	return answer_send(mhd, &answer, &body);
}

static enum MHD_Result metrics(struct admin *a, struct MHD_Connection *mhd)
{
	struct err err = {0};
	struct arena arena = {0};
	probe_rows rows = {0};
	struct buf body = {0};
	struct answer answer = {.status = MHD_HTTP_OK, .type = PROMETHEUS};
	int64_t now_us = wall_now().us;
	if (registry_probes(a->registry, &arena, &rows, &err) != 0) {
		log_warn(&a->c->log, "metrics: %s", err.text);
		vec_clear(&rows); /* the collector's own counters are still good */
	}
	metrics_print(&a->c->metrics, &rows, &body);
	gauges_print(a->c, &body);
	certs_print(a->c->certs, now_us, plans_audit_every_us(a->c->plans), &body);
	latest_print(a->c->latest, now_us, &body);
	vec_free(&rows);
	arena_free(&arena);
	return answer_send(mhd, &answer, &body);
}

enum MHD_Result admin_handle(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                             const char *version, const char *data, size_t *size, void **state)
{
	struct admin *a = cls;
	(void)version;
	(void)data;
	(void)size;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_error(mhd,
		                    &(struct answer){.status = MHD_HTTP_METHOD_NOT_ALLOWED,
		                                     .allow = "GET, HEAD",
		                                     .close = true},
		                    "only GET");
	if (strcmp(url, "/healthz") == 0)
		return health(a, mhd);
	if (strcmp(url, "/metrics") == 0)
		return metrics(a, mhd);
	return answer_error(mhd, &(struct answer){.status = MHD_HTTP_NOT_FOUND},
	                    "there is /healthz and /metrics");
}
