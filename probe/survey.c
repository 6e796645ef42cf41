#include "probe/survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/text.h"
#include "probe/audit.h"
#include "probe/fetch.h"
#include "probe/loop.h"
#include "probe/parcel.h"
#include "probe/resolve.h"
#include "probe/round.h"
#include "probe/sweep.h"
#include "probe/tell.h"

static uint64_t fresh_seed(void)
{
	uint64_t seed;
	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)wall_now().us;
	return seed;
}

/* Which targets are due, and which rare object each of them brings along. */
static int choose(struct survey *s, struct err *err)
{
	size_t n = s->plan->targets.len, put_off = 0;
	char path[PLAN_MAX_URL];
	struct wall now = wall_now();
	struct targetmem none = {0};
	const struct targetmem *memory = s->targets != NULL ? s->targets : &none;
	s->due = calloc(n + 1, sizeof *s->due);
	s->rare = calloc(n + 1, sizeof *s->rare);
	s->rare_index = calloc(n + 1, sizeof *s->rare_index);
	if (s->due == NULL || s->rare == NULL || s->rare_index == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const struct plan_target *t = &s->plan->targets.at[i];
		size_t rare = plan_rare_count(t);
		s->due[i] = targetmem_due(memory, t, now);
		s->rare_index[i] = -1;
		put_off += !s->due[i];
		if (rare == 0 || !s->due[i])
			continue;
		size_t next = targetmem_rare(memory, t, rare, s->seed);
		int rc = !plan_rare_path(t, next, path, sizeof path) /* the plan's checks forbid it */
		                 ? err_set(err, LAT_SOFTWARE, "target %s: rare: no path %zu", t->name, next)
		                 : plan_url_at(&s->arena, &t->url, path, &s->rare[i], err);
		if (rc != 0)
			return rc;
		s->rare_index[i] = (int64_t)next;
	}
	if (put_off > 0)
		log_info(s->log, "%zu target%s not due", put_off, text_s(put_off));
	return 0;
}

int survey_prepare(struct survey *s, struct err *err)
{
	struct err why = {0};
	s->seed = fresh_seed();
	s->each_resolver = s->conf->resolvers.len > 0;
	for (size_t i = 0; i < s->conf->resolvers.len; i++) {
		struct address *a = vec_add(&s->resolvers);
		if (a == NULL)
			return err_nomem(err);
		*a = s->conf->resolvers.at[i];
	}
	/* Without any the samples say so themselves: local.no_resolver. */
	if (!s->each_resolver && resolve_system_servers(&s->resolvers, &why) != 0)
		log_info(s->log, "%s", why.text);
	int rc = choose(s, err);
	const struct agenda_request request = {
		.plan = s->plan, .resolvers = &s->resolvers, .each_resolver = s->each_resolver,
		.max_samples = s->conf->max_samples, .seed = s->seed, .due = s->due, .rare = s->rare,
	};
	if (rc == 0)
		rc = agenda_make(&s->agenda, &request, err);
	if (rc == 0)
		log_info(s->log, "%zu sample%s, order by seed %016" PRIx64, s->agenda.jobs.len,
		         text_s(s->agenda.jobs.len), s->seed);
	if (rc == 0 && s->agenda.left_out > 0)
		log_info(s->log, "%zu more left out: max_samples = %" PRId64, s->agenda.left_out,
		         s->conf->max_samples);
	size_t left = (size_t)s->conf->max_samples - s->agenda.jobs.len;
	if (rc == 0 && s->audit != SURVEY_AUDIT_NONE)
		rc = audit_agenda(&s->audits, s->plan, &s->resolvers,
		                  s->audit == SURVEY_AUDIT_ALL ? NULL : s->audited, wall_now().us, left, err);
	if (rc == 0 && s->audits.left_out > 0)
		log_info(s->log, "%zu audits put off: max_samples = %" PRId64, s->audits.left_out,
		         s->conf->max_samples);
	return rc;
}

static void on_sample(void *ctx, const struct job *job, const struct sample *x,
                      const struct fetch_result *fetched)
{
	const struct survey *s = ctx;
	tell_sample(s->log, job, x, fetched);
}

static void tell(const struct survey *s, const struct round *r)
{
	/* What was in flight at a signal, or met the budget, has neither failed nor succeeded. */
	size_t kept = r->batch->samples.len, out = s->agenda.jobs.len - kept;
	tell_round(s->log, r, kept);
	if (out > 0 && r->over_budget == 0)
		log_info(s->log, "%zu sample%s left out: %s", out, text_s(out),
		         r->stopped ? "stopped by a signal" : "the round's deadline passed");
	if (r->over_budget > 0)
		log_info(s->log, "%zu sample%s left out: max_mib_per_run = %" PRId64, out, text_s(out),
		         s->conf->max_bytes_per_run / (1024 * 1024));
}

/* What is asked of DNS alone, with what the round has left of its time and its samples. */
static int ask_dns(struct survey *s, struct trial_shared *shared, const struct round *round, struct batch *batch,
                   struct err *err)
{
	size_t max = (size_t)s->conf->max_samples;
	struct sweep sweep = {
		.shared = shared, .jobs = s->agenda.jobs.at, .job_count = s->agenda.jobs.len,
		.max_questions = max > batch->samples.len ? max - batch->samples.len : 0,
		.concurrency = s->plan->concurrency, .deadline_us = s->conf->deadline_us - round->duration_us,
		.stop = s->stop, .batch = batch,
	};
	size_t had = batch->samples.len;
	struct mono began = mono_now();
	int rc = round->stopped ? 0 : sweep_run(&sweep, err);
	batch->duration_us = round->duration_us + mono_diff_us(began, mono_now());
	for (size_t i = had; i < batch->samples.len; i++)
		tell_question(s->log, &batch->samples.at[i]);
	if (rc == 0 && sweep.asked > 0)
		log_info(s->log, "%zu of %zu question%s to name servers answered", sweep.answered, sweep.asked,
		         text_s(sweep.asked));
	if (rc == 0 && sweep.left_out > 0)
		log_info(s->log, "%zu question%s to name servers left out: max_samples = %" PRId64
		         ", or the round's deadline", sweep.left_out, text_s(sweep.left_out), s->conf->max_samples);
	return rc;
}

static int measure(struct survey *s, struct loop *loop, struct fetcher *fetcher, const struct guard *guard,
                   struct batch *batch, struct err *err)
{
	struct trial_shared shared = {
		.loop = loop, .fetcher = fetcher, .guard = guard, .plan = s->plan, .ttl = s->ttl,
		.arena = &batch->arena, .timeout_ms = s->plan->timeout_ms,
	};
	struct round round = {
		.shared = &shared, .jobs = s->agenda.jobs.at, .job_count = s->agenda.jobs.len,
		.concurrency = s->plan->concurrency, .deadline_us = s->conf->deadline_us, .stop = s->stop,
		.on_sample = on_sample, .ctx = s, .batch = batch,
	};
	char seed[SEED_TEXT];
	batch->started_us = wall_now().us;
	batch->timeout_ms = s->plan->timeout_ms;
	batch->seed = arena_str(&batch->arena, hash64_hex(s->seed, seed));
	int rc = round_run(&round, err);
	if (rc != 0)
		return rc;
	batch->round_ok = batch->samples.len > 0 ? round.ok : US_NONE;
	tell(s, &round);
	rc = ask_dns(s, &shared, &round, batch, err);
	return rc == 0 ? parcel_fill_header(batch, err) : rc;
}

/* Behind the round, where no timer runs any more: what it left of the run's time and bytes. */
static int audit(struct survey *s, struct loop *loop, struct fetcher *fetcher, const struct guard *guard,
                 struct batch *batch, struct err *err)
{
	struct trial_shared shared = {
		.loop = loop, .fetcher = fetcher, .guard = guard, .plan = s->plan, .arena = &batch->arena,
		.timeout_ms = s->plan->timeout_ms,
	};
	struct audit_run run = {
		.shared = &shared, .agenda = &s->audits, .concurrency = s->plan->concurrency,
		.deadline_us = s->conf->deadline_us, .stop = s->stop, .mem = s->audited, .batch = batch,
	};
	size_t n = s->audits.jobs.len, max = (size_t)s->conf->max_samples;
	size_t left = max > batch->samples.len ? max - batch->samples.len : 0; /* questions of DNS count, too */
	if (n == 0 || (s->stop != NULL && *s->stop))
		return 0;
	auditmem_keep(s->audited, s->plan);
	if (n > left)
		s->audits.jobs.len = left;
	bool late = run.deadline_us > 0 && (run.deadline_us -= batch->duration_us) <= 0;
	int rc = late ? 0 : audit_run(&run, err);
	if (rc == 0)
		log_info(s->log, "%zu audit%s", batch->audits.len, text_s(batch->audits.len));
	if (rc == 0 && run.begun < n)
		log_info(s->log, "%zu audits put off: %s", n - run.begun,
		         run.over_budget > 0          ? "max_mib_per_run"
		         : run.begun == s->audits.jobs.len ? "max_samples"
		                                      : "the round's deadline passed");
	return rc;
}

int survey_run(struct survey *s, struct batch *batch, struct err *err)
{
	struct guard guard = probe_conf_guard(s->conf);
	struct fetcher_options options = {
		.ca_file = s->conf->ca_file, .guard = &guard, .max_bytes = s->conf->max_bytes_per_run,
	};
	struct loop *loop = NULL;
	struct fetcher *fetcher = NULL;
	for (size_t i = 0; i < s->agenda.jobs.len; i++)
		options.warm_tls |= s->agenda.jobs.at[i].url->https;
	batch->probe = arena_str(&batch->arena, s->conf->name);
	int rc = batch->probe == NULL ? err_nomem(err) : loop_new(&loop, err);
	if (rc == 0 && (rc = fetcher_new(&fetcher, loop, &options, err)) == LAT_CONFIG)
		rc = probe_conf_blame(s->conf, "ca_file", err);
	if (rc == 0)
		rc = measure(s, loop, fetcher, &guard, batch, err);
	if (rc == 0)
		rc = audit(s, loop, fetcher, &guard, batch, err);
	fetcher_free(fetcher);
	loop_free(loop);
	return rc;
}

static bool measured(const struct batch *b, const char *target, enum series_kind kind)
{
	for (size_t i = 0; i < b->samples.len; i++)
		if (b->samples.at[i].kind == kind && strcmp(b->samples.at[i].target, target) == 0)
			return true;
	return false;
}

void survey_remember(const struct survey *s, const struct batch *batch)
{
	if (s->targets == NULL || batch->samples.len == 0)
		return;
	targetmem_keep(s->targets, s->plan);
	for (size_t i = 0; i < s->plan->targets.len; i++) {
		const struct plan_target *t = &s->plan->targets.at[i];
		int64_t rare = measured(batch, t->name, KIND_RARE) ? s->rare_index[i] : -1;
		if ((t->every_us > 0 || rare >= 0) && measured(batch, t->name, KIND_COLD))
			targetmem_note(s->targets, t, (struct wall){ batch->started_us }, rare);
	}
}

void survey_free(struct survey *s)
{
	free(s->due);
	free(s->rare);
	free(s->rare_index);
	arena_free(&s->arena);
	vec_free(&s->resolvers);
	agenda_free(&s->agenda);
	agenda_free(&s->audits);
}
