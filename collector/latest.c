#include "collector/latest.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attr.h"
#include "lib/clock.h"
#include "lib/vec.h"

/* blackbox_exporter's words for our phases, in the order of latest_target.us. */
static const char *const phases[] = {"resolve", "connect", "tls", "processing", "transfer"};
#define PHASES 5
_Static_assert(LAT_COUNT(phases) == PHASES, "every phase has a name");

struct latest_target {
	char name[NAME_MAX_LEN + 1];
	int64_t t_us;
	bool success;
	int64_t us[PHASES]; /* US_NONE: did not take place */
};

struct latest_probe { char name[NAME_MAX_LEN + 1]; VEC(struct latest_target) targets; };

struct latest {
	pthread_mutex_t lock;
	VEC(struct latest_probe) probes;
};

struct latest *latest_new(void)
{
	struct latest *l = calloc(1, sizeof *l);
	if (l != NULL)
		pthread_mutex_init(&l->lock, NULL);
	return l;
}

void latest_free(struct latest *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->probes.len; i++)
		vec_free(&l->probes.at[i].targets);
	vec_free(&l->probes);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static struct latest_probe *probe_of(struct latest *l, const char *name)
{
	for (size_t i = 0; i < l->probes.len; i++)
		if (strcmp(l->probes.at[i].name, name) == 0)
			return &l->probes.at[i];
	struct latest_probe *p = vec_add(&l->probes);
	if (p != NULL)
		snprintf(p->name, sizeof p->name, "%s", name);
	return p;
}

/* NULL, *full: it has its fill; NULL: out of memory. */
static struct latest_target *target_of(struct latest_probe *p, const char *name, bool *full)
{
	*full = false;
	for (size_t i = 0; i < p->targets.len; i++)
		if (strcmp(p->targets.at[i].name, name) == 0)
			return &p->targets.at[i];
	*full = p->targets.len >= LATEST_MAX_TARGETS;
	struct latest_target *t = *full ? NULL : vec_add(&p->targets);
	if (t != NULL) {
		snprintf(t->name, sizeof t->name, "%s", name);
		t->t_us = INT64_MIN;
	}
	return t;
}

static bool add(struct latest_probe *p, const struct sample *s)
{
	bool full;
	struct latest_target *t = target_of(p, s->target, &full);
	if (t == NULL || s->t_us < t->t_us)
		return t != NULL || full;
	const int64_t us[PHASES] = {s->dns_us, s->tcp_us, s->tls_us, s->wait_us, s->body_us};
	t->t_us = s->t_us;
	t->success = s->error == NEL_OK;
	memcpy(t->us, us, sizeof us);
	return true;
}

bool latest_add(struct latest *l, const struct batch *b, int64_t now_us)
{
	bool ok = true;
	pthread_mutex_lock(&l->lock);
	struct latest_probe *p = b->samples.len > 0 ? probe_of(l, b->probe) : NULL;
	for (size_t i = 0; p != NULL && ok && i < b->samples.len; i++) {
		const struct sample *s = &b->samples.at[i];
		if (s->node == NULL && s->kind == KIND_COLD && s->t_us <= now_us + US_PER_HOUR) /* its clock would hide all that follows */
			ok = add(p, s);
	}
	pthread_mutex_unlock(&l->lock);
	return ok && (p != NULL || b->samples.len == 0);
}

static void print_target(const char *probe, const struct latest_target *t, bool durations, struct buf *out)
{
	/* Names are [A-Za-z0-9._-]: nothing to escape in a label. */
	if (!durations) {
		buf_addf(out, "probe_success{probe=\"%s\",target=\"%s\"} %d\n", probe, t->name, t->success);
		return;
	}
	for (size_t k = 0; k < PHASES; k++)
		if (t->us[k] != US_NONE)
			buf_addf(out, "probe_http_duration_seconds{probe=\"%s\",target=\"%s\",phase=\"%s\"} %.6f\n",
			         probe, t->name, phases[k], (double)t->us[k] / US_PER_S);
}

/* A metric's lines stand together: two rounds. */
static void print_all(const struct latest *l, int64_t now_us, bool durations, const char *head, struct buf *out)
{
	bool begun = false;
	for (size_t i = 0; i < l->probes.len; i++)
		for (size_t k = 0; k < l->probes.at[i].targets.len; k++) {
			const struct latest_target *t = &l->probes.at[i].targets.at[k];
			if (t->t_us < now_us - LATEST_US)
				continue;
			if (!begun)
				buf_adds(out, head);
			begun = true;
			print_target(l->probes.at[i].name, t, durations, out);
		}
}

void latest_print(struct latest *l, int64_t now_us, struct buf *out)
{
	pthread_mutex_lock(&l->lock);
	print_all(l, now_us, false,
	          "# HELP probe_success Whether the newest sample of a probe and target succeeded.\n"
	          "# TYPE probe_success gauge\n", out);
	print_all(l, now_us, true,
	          "# HELP probe_http_duration_seconds Phases of the newest sample of a probe and target.\n"
	          "# TYPE probe_http_duration_seconds gauge\n", out);
	pthread_mutex_unlock(&l->lock);
}
