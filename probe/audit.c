#include "probe/audit.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "lib/clock.h"
#include "probe/fetch.h"

/* ---- what is due ------------------------------------------------------------------- */

struct maker {
	struct agenda *agenda;
	const struct plan *plan;
	const struct addresses *resolvers;
	const struct auditmem *mem;
	int64_t now_us;
	size_t max;
};

static bool add(struct maker *m, const struct job *job, int64_t every_us)
{
	if (m->mem != NULL && !auditmem_due(m->mem, job->target, job->node, m->now_us, every_us))
		return true;
	if (m->agenda->jobs.len >= m->max) {
		m->agenda->left_out++;
		return true;
	}
	struct job *j = vec_add(&m->agenda->jobs);
	if (j != NULL)
		*j = *job;
	return j != NULL;
}

static struct job job_of(const struct maker *m, const struct plan_target *t)
{
	struct job j = {
		.target = t->name, .target_rev = t->rev, .role = t->role, .url = &t->url, .way = JOB_ADDRESS,
		.http = t->http, .tls = t->tls, .edge_header = t->edge_header, .headers = &t->headers,
		.expect_status = t->expect_status.at, .expect_count = t->expect_status.len,
		.body_limit_kib = t->body_limit_kib,
	};
	if (!address_parse(t->url.host, &j.addr)) {
		j.way = JOB_DNS;
		j.resolvers = m->resolvers->at;
		j.resolver_count = m->resolvers->len;
	}
	j.family = j.way == JOB_ADDRESS ? j.addr.family : m->plan->ipv4 ? 4 : 6;
	return j;
}

/* The first address of the plan's first family that the node has. */
static bool address_of(const struct maker *m, const struct plan_node *node, struct address *out)
{
	for (int family = 4; family <= 6; family += 2)
		for (size_t i = 0; i < node->address.len; i++)
			if ((family == 4 ? m->plan->ipv4 : m->plan->ipv6) &&
			    address_parse(node->address.at[i], out) && out->family == family)
				return true;
	return false;
}

static bool node(struct maker *m, const struct plan_node *node)
{
	struct address addr;
	bool ok = address_of(m, node, &addr);
	int64_t every = m->plan->audit_every_us;
	if (!ok)
		return true;
	if (node->status == NODE_OFF && every < AUDIT_OFF_EVERY_US)
		every = AUDIT_OFF_EVERY_US;
	for (size_t i = 0; ok && i < m->plan->targets.len; i++) {
		const struct plan_target *t = &m->plan->targets.at[i];
		if (t->role != ROLE_CDN || !plan_node_serves(node, t))
			continue;
		struct job j = job_of(m, t);
		j.way = JOB_ADDRESS;
		j.addr = addr;
		j.family = addr.family;
		j.node = node->name;
		ok = add(m, &j, every);
	}
	return ok;
}

int audit_agenda(struct agenda *a, const struct plan *plan, const struct addresses *resolvers,
                 const struct auditmem *mem, int64_t now_us, size_t max, struct err *err)
{
	struct maker m = { .agenda = a, .plan = plan, .resolvers = resolvers, .mem = mem, .now_us = now_us,
	                   .max = max };
	bool ok = true;
	for (size_t i = 0; ok && i < plan->targets.len; i++) {
		struct job j = job_of(&m, &plan->targets.at[i]);
		ok = add(&m, &j, plan->audit_every_us);
	}
	for (size_t i = 0; ok && i < plan->nodes.len; i++)
		ok = node(&m, &plan->nodes.at[i]);
	if (ok)
		return 0;
	agenda_free(a);
	return err_nomem(err);
}

/* ---- the run ------------------------------------------------------------------------ */

static void fill(struct audit_run *r, struct audit *out, const struct sample *s,
                 const struct fetch_result *fetched)
{
	*out = (struct audit){
		.target = s->target, .target_rev = s->target_rev, .node = s->node, .t_us = s->t_us,
		.addr = s->addr, .edge = s->edge, .status = s->status, .bytes = s->bytes,
		.error = s->error, .error_phase = s->error_phase,
		.cert_not_before = US_NONE, .cert_not_after = US_NONE, .clock_skew_us = US_NONE,
	};
	if (fetched == NULL || fetched->inspect == NULL)
		return;
	r->no_memory |= !inspect_fill(fetched->inspect, fetched->error == NEL_OK, out);
	/* The name is libcurl's to check, after OpenSSL found the chain to be good. */
	if (out->error == NEL_TLS_CERT_NAME_INVALID && out->chain != NULL && strcmp(out->chain, "ok") == 0)
		out->chain = X509_verify_cert_error_string(X509_V_ERR_HOSTNAME_MISMATCH);
}

static void on_audit(void *ctx, const struct job *job, const struct sample *s,
                     const struct fetch_result *fetched)
{
	struct audit_run *r = ctx;
	/* One that met the run's limit of bytes has had its turn, too: it would meet it again. */
	if (r->mem != NULL)
		r->no_memory |= !auditmem_note(r->mem, job->target, job->node, r->batch->started_us);
	if (s == NULL)
		return;
	struct audit *a = vec_add(&r->batch->audits);
	if (a == NULL)
		r->no_memory = true;
	else
		fill(r, a, s, fetched);
}

int audit_run(struct audit_run *r, struct err *err)
{
	struct batch samples = {0}; /* what a round makes, and nobody wants here */
	struct round round = {
		.shared = r->shared, .jobs = r->agenda->jobs.at, .job_count = r->agenda->jobs.len,
		.concurrency = r->concurrency, .deadline_us = r->deadline_us, .stop = r->stop,
		.on_sample = on_audit, .ctx = r, .batch = &samples,
	};
	r->shared->inspects = true;
	r->shared->ttl = NULL; /* what the audit asks for warms a cache, and is no measurement of it */
	int rc = round_run(&round, err);
	r->begun = round.begun;
	r->over_budget = round.over_budget;
	vec_free(&samples.samples);
	return rc == 0 && r->no_memory ? err_nomem(err) : rc;
}
