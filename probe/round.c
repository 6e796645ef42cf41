#include "probe/round.h"

#include <stdlib.h>

struct runner {
	struct round *round;
	struct trial **trials;
	size_t trial_count, running;
	bool closed;             /* nothing more is begun */
	bool no_memory;
	struct mono started, last_start;
	struct loop_timer pace;
};

static void on_pace(void *ctx);

static bool may_begin(struct runner *r)
{
	const struct round *round = r->round;
	int64_t age = mono_diff_us(r->started, mono_now());
	if (round->deadline_us > 0 && age >= round->deadline_us)
		r->closed = true;
	if (round->over_budget > 0 || (round->stop != NULL && *round->stop))
		r->closed = true;
	return !r->closed && round->begun < round->job_count;
}

/* The next start is due a gap after the last one. */
static void set_pace(struct runner *r)
{
	if (r->pace.on || r->closed || r->round->begun == r->round->job_count || r->running == r->trial_count)
		return;
	struct mono at = mono_now(), next = mono_add_us(r->last_start, ROUND_GAP_US);
	loop_timer_set(r->round->shared->loop, &r->pace, next.ns > at.ns ? next : at, on_pace, r);
}

static void on_done(void *ctx, const struct job *job, const struct sample *s,
                    const struct fetch_result *fetched)
{
	struct runner *r = ctx;
	struct round *round = r->round;
	r->running--;
	if (s == NULL) {
		round->over_budget++;
	} else {
		struct sample *kept = vec_add(&round->batch->samples);
		if (kept == NULL)
			r->no_memory = true;
		else
			*kept = *s;
		round->ok += s->error == NEL_OK;
		if (s->lag_us > round->worst_lag_us)
			round->worst_lag_us = s->lag_us;
	}
	if (round->on_sample != NULL)
		round->on_sample(round->ctx, job, s, fetched);
	set_pace(r);
}

static void on_pace(void *ctx)
{
	struct runner *r = ctx;
	if (!may_begin(r))
		return;
	for (size_t i = 0; i < r->trial_count; i++) {
		if (!trial_is_idle(r->trials[i]))
			continue;
		r->last_start = mono_now();
		r->running++;
		trial_begin(r->trials[i], &r->round->jobs[r->round->begun++], on_done, r);
		break;
	}
	set_pace(r);
}

static int by_start(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	return (x->t_us > y->t_us) - (x->t_us < y->t_us);
}

static int run(struct runner *r, struct err *err)
{
	struct round *round = r->round;
	r->started = r->last_start = mono_now();
	loop_timer_set(round->shared->loop, &r->pace, r->started, on_pace, r);
	while (r->running > 0 || r->pace.on) {
		if (round->stop != NULL && *round->stop) {
			round->stopped = true;
			break;
		}
		int rc = loop_turn(round->shared->loop, err);
		if (rc != 0)
			return rc;
	}
	return r->no_memory || round->shared->out_of_memory ? err_nomem(err) : 0;
}

int round_run(struct round *round, struct err *err)
{
	struct runner r = { .round = round };
	size_t want = (size_t)round->concurrency;
	if (want > round->job_count)
		want = round->job_count;
	int rc = 0;
	round->begun = round->over_budget = 0;
	round->ok = round->worst_lag_us = round->duration_us = 0;
	round->stopped = false;
	if (want == 0)
		return 0;
	r.trials = calloc(want, sizeof *r.trials);
	if (r.trials == NULL)
		return err_nomem(err);
	for (; rc == 0 && r.trial_count < want; r.trial_count++)
		if ((r.trials[r.trial_count] = trial_new(round->shared)) == NULL) {
			rc = err_nomem(err);
			break;
		}
	if (rc == 0)
		rc = run(&r, err);
	loop_timer_off(round->shared->loop, &r.pace);
	for (size_t i = 0; i < r.trial_count; i++)
		trial_free(r.trials[i]);
	free(r.trials);
	round->duration_us = rc == 0 || r.started.ns != 0 ? mono_diff_us(r.started, mono_now()) : 0;
	if (round->batch->samples.len > 1)
		qsort(round->batch->samples.at, round->batch->samples.len, sizeof(struct sample), by_start);
	return rc;
}
