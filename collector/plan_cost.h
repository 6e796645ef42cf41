/* What a plan costs: samples a day, and bytes of bodies a month. Counted as the probe makes
 * its round: each target through DNS once for each family, each node that isn't off by
 * address for each cdn target it serves, each candidate; all of it `samples` times, and a rare
 * object once for each family. Cron starts a round every five minutes, as documented; a target
 * with `every` is not in all of them. Behind it come the audits: each target and each node once
 * each audit_every, nodes that are off at most once a day. What a target asks of DNS alone
 * (dns_wildcard, dns_servers, ecs) is counted apart, once for each family. */
#ifndef LATLAS_COLLECTOR_PLAN_COST_H
#define LATLAS_COLLECTOR_PLAN_COST_H

#include <stdint.h>

#include "schema/plan.h"

#define PLAN_COST_ROUNDS_A_DAY 288 /* one every five minutes */
#define PLAN_COST_DAYS_A_MONTH 30
#define PLAN_COST_SERVERS 2 /* name servers of a zone where the plan names none: RFC 1034, 4.1 asks for two */

/* Bytes of a body of that target or candidate. */
typedef double plan_cost_bytes_fn(void *ctx, const char *name);

struct plan_cost {
	int64_t round;          /* samples in one round of one probe, with everything due */
	int64_t day;            /* samples a day, of all probes */
	int64_t audits_day;     /* of all probes */
	int64_t questions_day;  /* asked of DNS alone, of all probes */
	double own_gb_month;    /* 10^9 bytes that targets and nodes send, to audits too */
	double other_gb_month;  /* that candidates' hosts send */
};

void plan_cost(const struct plan *plan, int64_t probes, plan_cost_bytes_fn *bytes, void *ctx,
               struct plan_cost *out);

#endif
