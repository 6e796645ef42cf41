#include "probe/tell.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/clock.h"

static void print_us(char *out, size_t size, int64_t us)
{
	if (us == US_NONE)
		snprintf(out, size, "-");
	else
		snprintf(out, size, "%" PRId64, us);
}

void tell_sample(const struct log *log, const struct job *job, const struct sample *x,
                 const struct fetch_result *fetched)
{
	if (log->level < LOG_LEVEL_DEBUG || x == NULL)
		return;
	const char *detail = fetched != NULL ? fetched->detail : "";
	char t[5][24];
	const int64_t us[5] = { x->dns_us, x->tcp_us, x->tls_us, x->wait_us, x->body_us };
	for (int i = 0; i < 5; i++)
		print_us(t[i], sizeof t[i], us[i]);
	log_debug(log, "%s%s%s %s: dns %s tcp %s tls %s wait %s body %s us, lag %" PRId64 " us%s%s%s%s",
	          job->target, job->node != NULL ? " on " : "", job->node != NULL ? job->node : "",
	          x->addr != NULL ? x->addr : "-", t[0], t[1], t[2], t[3], t[4], x->lag_us,
	          x->error != NEL_OK ? ": " : "", x->error != NEL_OK ? nel_type_name(x->error) : "",
	          detail[0] != '\0' ? ": " : "", detail);
}

void tell_question(const struct log *log, const struct sample *x)
{
	char us[24];
	print_us(us, sizeof us, x->dns_us);
	log_debug(log, "%s at %s%s%s: %s%s%s: dns %s us%s%s", x->target, x->resolver != NULL ? x->resolver : "-",
	          x->ecs != NULL ? " for " : "", x->ecs != NULL ? x->ecs : "", x->addr != NULL ? x->addr : "-",
	          x->edge != NULL ? " " : "", x->edge != NULL ? x->edge : "", us, x->error != NEL_OK ? ": " : "",
	          x->error != NEL_OK ? nel_type_name(x->error) : "");
}

void tell_round(const struct log *log, const struct round *r, size_t kept)
{
	char took[DURATION_TEXT];
	log_info(log, "%" PRId64 " of %zu succeeded in %s; the loop was late by %" PRId64 " us at most", r->ok, kept,
	         duration_format(r->duration_us, took), r->worst_lag_us);
}
