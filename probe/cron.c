#include "probe/cron.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/text.h"
#include "probe/cafile.h"
#include "probe/collectorapi.h"
#include "probe/lock.h"
#include "probe/parcel.h"
#include "probe/planfile.h"
#include "probe/probe_conf.h"
#include "probe/send.h"
#include "probe/spool.h"
#include "probe/state.h"
#include "probe/stow.h"
#include "probe/survey.h"
#include "probe/trust.h"

#define SEND_BUDGET_US (60 * US_PER_S) /* of a round; --send-only takes all it needs */

struct cron {
	const struct options *o;
	const struct log *log;
	const volatile sig_atomic_t *stop;
	struct probe_conf conf;
	struct state state;
	struct spool spool;
	struct collectorapi *api; /* NULL: no collector */
	struct planfile plan;
	struct err aside; /* what the round goes on in spite of, to be told at its end; code 0: nothing */
};

int64_t cron_splay_us(const char *name, int64_t splay_s)
{
	uint64_t span = (uint64_t)splay_s * US_PER_S;
	return span == 0 ? 0 : (int64_t)(hash64(HASH64_INIT, name, strlen(name)) % span);
}

static void wait_splay(const struct cron *c)
{
	int64_t us = cron_splay_us(c->conf.name, c->o->splay_s);
	struct timespec left = { .tv_sec = (time_t)(us / US_PER_S), .tv_nsec = (long)(us % US_PER_S * 1000) };
	if (us > 0)
		log_info(c->log, "waiting %.1f s", (double)us / 1e6);
	while (us > 0 && !*c->stop && nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Who we are to the collector; nothing where there is none, or it isn't needed. */
static int open_api(struct cron *c, struct err *err)
{
	char token[PROBE_CONF_TOKEN], ca[CAFILE_PATH];
	if (c->conf.collector[0] == '\0' || (c->o->to_stdout && c->o->plan != NULL))
		return 0;
	cafile_choose(&c->conf, ca);
	int rc = probe_conf_token(&c->conf, token, err);
	if (rc == 0)
		rc = probe_conf_collector_ca(&c->conf, err);
	if (rc == 0)
		rc = collectorapi_new(&c->api, c->conf.collector, ca, token, err);
	explicit_bzero(token, sizeof token);
	return rc;
}

static int read_plan(struct cron *c, struct err *err)
{
	if (c->o->plan != NULL)
		return planfile_read(&c->plan, c->o->plan, err);
	if (c->api == NULL)
		return err_set(err, LAT_CONFIG, "%s: collector: is missing, and there is no --plan", c->conf.path);
	bool keep = !c->o->to_stdout && !c->o->check;
	int rc = planfile_fetch(&c->plan, c->conf.spool, keep, c->api, &c->state, c->log, err);
	if (rc == 0 && keep)
		cafile_follow(&c->conf, c->api, c->plan.ca, c->log);
	if (rc == 0 && !c->plan.have && c->plan.refused[0] == '\0')
		rc = err_set(err, LAT_UNAVAILABLE, "no plan yet: %s", c->plan.away);
	return rc;
}

/* ---- the batch ---------------------------------------------------------------------- */

static int put_batch(struct cron *c, struct batch *batch, struct err *err)
{
	if (c->plan.of_collector)
		batch->plan_rev = arena_str(&batch->arena, c->plan.plan.rev);
	if (c->plan.refused[0] != '\0')
		batch->refused = arena_str(&batch->arena, c->plan.refused);
	return c->o->to_stdout ? parcel_print(batch, err)
	                       : stow_batch(&c->spool, &c->state, batch, c->log, &c->aside, err);
}

/* No plan at all but one that we had to refuse: a header alone, to say so. */
static int empty_batch(struct cron *c, struct batch *batch, struct err *err)
{
	batch->probe = arena_str(&batch->arena, c->conf.name);
	batch->started_us = wall_now().us;
	batch->round_ok = batch->duration_us = US_NONE;
	if (batch->probe == NULL)
		return err_nomem(err);
	return parcel_fill_header(batch, err);
}

static int measure(struct cron *c, struct err *err)
{
	struct batch batch = {0};
	struct survey survey = {
		.conf = &c->conf, .plan = &c->plan.plan, .ttl = &c->state.ttl, .log = c->log, .stop = c->stop,
		/* What is only printed is not remembered either: all of it is due. */
		.targets = c->o->to_stdout ? NULL : &c->state.targets,
		.audited = &c->state.audited,
		/* --stdout remembers nothing, and would print the same audits each time. */
		.audit = c->o->audit                             ? SURVEY_AUDIT_ALL
		         : c->o->to_stdout || !c->conf.audit ? SURVEY_AUDIT_NONE
		                                             : SURVEY_AUDIT_DUE,
	};
	int rc = 0;
	bool told = c->plan.refused[0] != '\0';
	if (c->plan.have) {
		rc = survey_prepare(&survey, err);
		if (rc == 0 && survey.agenda.jobs.len + survey.audits.jobs.len > 0)
			rc = survey_run(&survey, &batch, err);
	}
	if (rc == 0 && batch.probe == NULL && told)
		rc = empty_batch(c, &batch, err);
	if (rc == 0 && (batch.samples.len > 0 || batch.audits.len > 0 || told))
		rc = put_batch(c, &batch, err);
	if (rc == 0)
		survey_remember(&survey, &batch);
	else /* the state is saved all the same, and these audits are in no batch */
		auditmem_undo(&c->state.audited, batch.started_us);
	survey_free(&survey);
	batch_free(&batch);
	return rc;
}

static int send_spool(struct cron *c, struct err *err)
{
	struct send s = {
		.spool = &c->spool, .state = &c->state, .api = c->api, .log = c->log, .stop = c->stop,
		.budget_us = c->o->send_only ? 0 : SEND_BUDGET_US,
	};
	struct err why = {0};
	if (c->api == NULL)
		return c->o->send_only ? err_set(err, LAT_CONFIG, "%s: collector: is missing", c->conf.path) : 0;
	int rc = send_all(&s, &why);
	log_info(c->log, "%zu batch%s sent, %zu refused, %zu rejected, %zu in the spool", s.sent,
	         s.sent == 1 ? "" : "es", s.refused, s.rejected, s.kept);
	if (rc == LAT_UNAVAILABLE && !c->o->send_only) {
		log_info(c->log, "%s", why.text);
		return 0;
	}
	return rc == 0 ? 0 : err_set(err, why.code, "%s", why.text);
}

/* ---- the ways through ----------------------------------------------------------------- */

static int one_round(struct cron *c, struct err *err)
{
	int rc = open_api(c, err);
	if (rc == 0)
		rc = spool_open(&c->spool, c->conf.spool, c->conf.spool_limit_bytes, err);
	if (rc == 0)
		rc = state_load(&c->state, c->conf.spool, err);
	if (rc != 0)
		return rc;
	stow_settle(&c->spool, &c->state);
	if (!c->o->send_only) {
		rc = read_plan(c, err);
		if (rc == 0)
			rc = measure(c, err);
		/* Before the sending, which may take long: what was told must not be told again. And whatever
		 * became of the round: what it dropped is gone. */
		int saved = state_save(&c->state, c->conf.spool, rc == 0 ? err : NULL);
		rc = rc == 0 ? saved : rc;
	}
	if (*c->stop)
		return rc;
	/* What lies in the spool is sent even if this round came to nothing. */
	struct err why = {0};
	int sent = send_spool(c, &why);
	int saved = state_save(&c->state, c->conf.spool, sent == 0 ? &why : NULL);
	if (rc == 0 && (sent != 0 || saved != 0))
		rc = err_set(err, why.code, "%s", why.text);
	if (rc == 0 && c->aside.code != 0)
		rc = err_set(err, c->aside.code, "%s", c->aside.text);
	return rc;
}

static int locked_round(struct cron *c, struct err *err)
{
	int lock;
	int rc = lock_take(c->conf.spool, &lock, err);
	if (rc != 0)
		return rc;
	if (lock < 0) {
		log_info(c->log, "%s/lock: another round is running", c->conf.spool);
		return 0;
	}
	wait_splay(c);
	if (!*c->stop)
		rc = one_round(c, err);
	lock_release(lock);
	return rc;
}

static int printed_round(struct cron *c, struct err *err)
{
	wait_splay(c);
	int rc = *c->stop ? 0 : open_api(c, err);
	if (rc == 0)
		rc = state_load(&c->state, c->conf.spool, err);
	if (rc == 0)
		rc = read_plan(c, err);
	return rc == 0 ? measure(c, err) : rc;
}

static void print_check(const struct cron *c, const struct survey *s)
{
	char text[ADDRESS_TEXT];
	const struct plan *p = &c->plan.plan;
	printf("configuration  %s: %s\n", c->conf.path, c->conf.name);
	printf("collector      %s\n", c->conf.collector[0] != '\0' ? c->conf.collector : "none");
	printf("resolvers     ");
	for (size_t i = 0; i < s->resolvers.len; i++)
		printf(" %s", address_text_port(&s->resolvers.at[i], 53, text));
	printf("%s\n", s->each_resolver ? "" : " (the system's)");
	printf("authorities    %s\n", c->conf.ca_file[0] != '\0' ? c->conf.ca_file : "the system's");
	printf("spool          %s\n", c->conf.spool);
	printf("plan           %s: %zu target%s, %zu node%s, %zu candidate%s; %zu sample%s a round\n",
	       c->plan.of_collector ? p->rev : c->o->plan, p->targets.len, text_s(p->targets.len), p->nodes.len,
	       text_s(p->nodes.len), p->candidates.len, text_s(p->candidates.len), s->agenda.jobs.len,
	       text_s(s->agenda.jobs.len));
	char every[DURATION_TEXT];
	printf("audits         %zu behind a round, %s%s\n", s->audits.jobs.len + s->audits.left_out,
	       c->conf.audit ? "each " : "only with --audit",
	       c->conf.audit ? duration_format(p->audit_every_us, every) : "");
	if (s->agenda.left_out > 0)
		printf("               %zu more left out: max_samples\n", s->agenda.left_out);
}

/* Addresses that the plan names and the guard will refuse: better known before. */
static void print_guarded(const struct cron *c, const struct survey *s)
{
	struct guard guard = probe_conf_guard(&c->conf);
	char text[ADDRESS_TEXT];
	for (size_t i = 0; i < s->agenda.jobs.len; i++) {
		const struct job *j = &s->agenda.jobs.at[i];
		if (j->nth > 0)
			continue;
		const char *what = j->way == JOB_ADDRESS ? guard_address(&guard, &j->addr) : NULL;
		if (what != NULL)
			printf("refused        %s on %s: %s is %s (allow_private)\n", j->target,
			       j->node != NULL ? j->node : "its address", address_text(&j->addr, text), what);
		if (!guard_port(&guard, j->url->port))
			printf("refused        %s: port %d (ports)\n", j->target, j->url->port);
	}
	for (size_t i = 0; i < c->plan.plan.targets.len; i++) {
		const struct plan_target *t = &c->plan.plan.targets.at[i];
		for (size_t k = 0; k < t->dns_servers.len; k++) {
			struct address a;
			const char *what = address_parse(t->dns_servers.at[k], &a) ? guard_address(&guard, &a) : NULL;
			if (what != NULL)
				printf("refused        %s: name server %s is %s (allow_private)\n", t->name,
				       t->dns_servers.at[k], what);
		}
	}
}

static int check(struct cron *c, struct err *err)
{
	struct survey survey = { .conf = &c->conf, .plan = &c->plan.plan, .log = c->log };
	X509_STORE *store = NULL;
	int lock = -1;
	int rc = open_api(c, err);
	if (rc == 0 && (rc = trust_new(&store, c->conf.ca_file, err)) == LAT_CONFIG)
		rc = probe_conf_blame(&c->conf, "ca_file", err);
	X509_STORE_free(store);
	/* Opening it makes its folders, and shows that we may write there. */
	if (rc == 0)
		rc = lock_take(c->conf.spool, &lock, err);
	if (rc == 0 && lock >= 0)
		rc = spool_open(&c->spool, c->conf.spool, c->conf.spool_limit_bytes, err);
	if (rc == 0)
		rc = read_plan(c, err);
	if (rc == 0 && c->plan.refused[0] != '\0')
		rc = err_set(err, LAT_DATAERR, "the collector's plan: %s", c->plan.refused);
	if (rc == 0 && c->plan.away[0] != '\0')
		rc = err_set(err, LAT_UNAVAILABLE, "%s", c->plan.away);
	if (rc == 0)
		rc = survey_prepare(&survey, err);
	if (rc == 0) {
		print_check(c, &survey);
		print_guarded(c, &survey);
	}
	survey_free(&survey);
	lock_release(lock);
	return rc;
}

int cron_run(const struct options *o, const struct log *log, const volatile sig_atomic_t *stop,
             struct err *err)
{
	struct cron c = { .o = o, .log = log, .stop = stop };
	int rc = probe_conf_load(&c.conf, o->config, err);
	if (rc != 0)
		return rc;
	if (o->check)
		rc = check(&c, err);
	else
		rc = o->to_stdout ? printed_round(&c, err) : locked_round(&c, err);
	planfile_free(&c.plan);
	collectorapi_free(c.api);
	spool_close(&c.spool);
	state_free(&c.state);
	probe_conf_free(&c.conf);
	return rc;
}
