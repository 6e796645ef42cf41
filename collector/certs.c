#include "collector/certs.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/vec.h"
#include "schema/vantage.h"

struct certs_node { char name[NAME_MAX_LEN + 1]; int64_t t_us, not_after; }; /* name "": through DNS */

struct certs_target {
	char name[NAME_MAX_LEN + 1];
	int64_t newest_us; /* of its audits, with a certificate or without */
	VEC(struct certs_node) nodes;
};

struct certs_probe { char name[NAME_MAX_LEN + 1]; VEC(struct certs_target) targets; };

struct certs {
	pthread_mutex_t lock;
	VEC(struct certs_probe) probes;
};

struct certs *certs_new(void)
{
	struct certs *c = calloc(1, sizeof *c);
	if (c != NULL)
		pthread_mutex_init(&c->lock, NULL);
	return c;
}

void certs_free(struct certs *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->probes.len; i++) {
		for (size_t k = 0; k < c->probes.at[i].targets.len; k++)
			vec_free(&c->probes.at[i].targets.at[k].nodes);
		vec_free(&c->probes.at[i].targets);
	}
	vec_free(&c->probes);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* The element of `list` with that name, made if need be; NULL: out of memory. */
#define FIND(list, wanted, out) \
	do { \
		(out) = NULL; \
		for (size_t i_ = 0; (out) == NULL && i_ < (list)->len; i_++) \
			if (strcmp((list)->at[i_].name, (wanted)) == 0) \
				(out) = &(list)->at[i_]; \
		if ((out) == NULL && ((out) = vec_add(list)) != NULL) \
			snprintf((out)->name, sizeof (out)->name, "%s", (wanted)); \
	} while (0)

/* The nodes of the plan's past go when the target was audited long after them. */
static void forget_missed(struct certs_target *t)
{
	size_t left = 0;
	for (size_t i = 0; i < t->nodes.len; i++)
		if (t->newest_us - t->nodes.at[i].t_us <= CERTS_MISSED_US)
			t->nodes.at[left++] = t->nodes.at[i];
	t->nodes.len = left;
}

static bool add(struct certs *c, const char *probe, const struct audit *a)
{
	struct certs_probe *p;
	struct certs_target *t;
	struct certs_node *n;
	FIND(&c->probes, probe, p);
	if (p == NULL)
		return false;
	FIND(&p->targets, a->target, t);
	if (t == NULL)
		return false;
	if (p->targets.len > CERTS_MAX_TARGETS) { /* no plan has so many */
		p->targets.len--;
		return true;
	}
	if (a->t_us > t->newest_us)
		t->newest_us = a->t_us;
	forget_missed(t);
	if (a->cert_not_after == US_NONE || t->newest_us - a->t_us > CERTS_MISSED_US)
		return true;
	FIND(&t->nodes, a->node == NULL ? "" : a->node, n);
	if (n == NULL)
		return false;
	if (t->nodes.len > CERTS_MAX_TARGETS) {
		t->nodes.len--;
	} else if (a->t_us >= n->t_us) {
		n->t_us = a->t_us;
		n->not_after = a->cert_not_after;
	}
	return true;
}

bool certs_add(struct certs *c, const struct batch *b, int64_t now_us)
{
	bool ok = true;
	if (b->audits.len == 0)
		return true;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; ok && i < b->audits.len; i++)
		if (b->audits.at[i].t_us <= now_us + US_PER_HOUR) /* its clock would hide all that follows */
			ok = add(c, b->probe, &b->audits.at[i]);
	pthread_mutex_unlock(&c->lock);
	return ok;
}

static int on_audit(void *ctx, const char *probe, const struct audit *a, struct err *err)
{
	struct certs *c = ctx;
	if (vantage_imported(probe))
		return 0;
	pthread_mutex_lock(&c->lock);
	bool ok = add(c, probe, a);
	pthread_mutex_unlock(&c->lock);
	return ok ? 0 : err_nomem(err);
}

int certs_load(struct certs *c, struct store *s, int64_t now_us, struct err *err)
{
	return store_scan_audits(s, now_us - CERTS_LOAD_US, now_us + 1, on_audit, c, err);
}

void certs_print(struct certs *c, int64_t now_us, int64_t audit_every_us, struct buf *out)
{
	static const char name[] = "probe_ssl_earliest_cert_expiry";
	int64_t missed_us = 2 * audit_every_us > CERTS_MISSED_US ? 2 * audit_every_us : CERTS_MISSED_US;
	bool begun = false;
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->probes.len; i++)
		for (size_t k = 0; k < c->probes.at[i].targets.len; k++) {
			const struct certs_target *t = &c->probes.at[i].targets.at[k];
			int64_t earliest = INT64_MAX;
			for (size_t n = 0; n < t->nodes.len; n++)
				if (t->nodes.at[n].not_after < earliest)
					earliest = t->nodes.at[n].not_after;
			if (earliest == INT64_MAX || now_us - t->newest_us > missed_us)
				continue;
			if (!begun)
				buf_addf(out, "# HELP %s When the first certificate of a target expires, by the newest"
				              " audits of a probe.\n# TYPE %s gauge\n", name, name);
			begun = true;
			/* Names are [A-Za-z0-9._-]: nothing to escape in a label. */
			buf_addf(out, "%s{probe=\"%s\",target=\"%s\"} %" PRId64 "\n", name, c->probes.at[i].name,
			         t->name, earliest);
		}
	pthread_mutex_unlock(&c->lock);
}
