#include "collector/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/boots.h"
#include "collector/edges.h"
#include "collector/seen.h"
#include "lib/clock.h"

#define GROUP 256               /* batches in one commit, at most */
#define FOLD_STEP 16            /* batches folded at a time while idle: a push waits for no more */
#define FOLD_AFTER_US 200000    /* fold when nothing came for that long: rounds come in bursts */
#define FOLD_BACKLOG 4096       /* above it folding follows every commit, busy or not */
#define FOLD_AGAIN_US 2000000   /* after a fold that failed */
#define LOOK_EVERY_US (60 * US_PER_S)
#define SEEN_EVERY_US 1000000
#define PRUNE_EVERY_US (3600 * US_PER_S)
#define PRUNE_STEP 2000         /* samples at a time: some milliseconds, and the disk's sync */
#define PRUNE_PAUSE_US 20000    /* and in between the disk is others' */

struct writer {
	struct writer_options o;
	pthread_t thread;
	bool running;

	pthread_mutex_t lock; /* of all down to the blank line */
	pthread_cond_t wake;
	struct writer_job *head, **tail;
	size_t reserved_batches, reserved_bytes; /* waiting, being written, or promised */
	bool stopping;
	struct err last; /* of the last commit */

	/* the thread's own */
	struct seen *seen;
	struct boots *boots;
	struct mono seen_written;
	struct edges *edges;  /* NULL without geography */
	bool edges_failed;    /* said once, not every second; then after the next commit only */
	size_t unfolded;
	struct mono prune_at;        /* when to begin again */
	bool pruning;
	struct store_pruned pruned;  /* since it began */
	atomic_int_fast64_t keep_us; /* anybody may set it */
	bool fold_failed;
	struct mono fold_at; /* not before, when one has failed */
	struct mono looked;  /* at how much there is to fold */
	atomic_size_t backlog; /* unfolded, for others to see */
};

int writer_new(struct writer **out, const struct writer_options *o, struct err *err)
{
	pthread_condattr_t attr;
	struct writer *w = calloc(1, sizeof *w);
	if (w == NULL)
		return err_nomem(err);
	w->o = *o;
	w->tail = &w->head;
	atomic_init(&w->keep_us, o->keep_us);
	w->seen = seen_new();
	w->boots = boots_new();
	w->edges = o->geo != NULL ? edges_new(o->log) : NULL;
	if (w->seen == NULL || w->boots == NULL || (o->geo != NULL && w->edges == NULL)) {
		seen_free(w->seen);
		boots_free(w->boots);
		edges_free(w->edges);
		free(w);
		return err_nomem(err);
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	*out = w;
	return 0;
}

void writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	seen_free(w->seen);
	boots_free(w->boots);
	edges_free(w->edges);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

size_t writer_batch_bytes(const struct batch *b)
{
	return sizeof *b + b->arena.used + b->samples.cap * sizeof *b->samples.at +
	       b->audits.cap * sizeof *b->audits.at;
}

bool writer_reserve(struct writer *w, size_t bytes)
{
	pthread_mutex_lock(&w->lock);
	bool room = !w->stopping && w->reserved_batches < w->o.max_batches &&
	            bytes <= w->o.max_bytes - w->reserved_bytes;
	if (room) {
		w->reserved_batches++;
		w->reserved_bytes += bytes;
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

void writer_push(struct writer *w, struct writer_job *job)
{
	job->item.batch = &job->batch;
	job->next = NULL;
	pthread_mutex_lock(&w->lock);
	*w->tail = job;
	w->tail = &job->next;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

bool writer_healthy(struct writer *w, struct err *why)
{
	pthread_mutex_lock(&w->lock);
	bool healthy = w->last.code == 0;
	if (why != NULL)
		*why = w->last;
	pthread_mutex_unlock(&w->lock);
	return healthy;
}

struct writer_load writer_load(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	struct writer_load load = {.batches = w->reserved_batches, .bytes = w->reserved_bytes};
	pthread_mutex_unlock(&w->lock);
	load.unfolded = atomic_load(&w->backlog);
	return load;
}

/* Wait until a batch waits, or the time is over, or there is no more to come; take at most a
 * group. *over: nothing waits, and nothing will. */
static size_t take(struct writer *w, struct writer_job *group[GROUP], int64_t wait_us, bool *over)
{
	struct mono until = mono_add_us(mono_now(), wait_us);
	struct timespec at = {.tv_sec = until.ns / 1000000000, .tv_nsec = until.ns % 1000000000};
	size_t n = 0;
	pthread_mutex_lock(&w->lock);
	while (w->head == NULL && !(w->stopping && w->reserved_batches == 0))
		if (pthread_cond_timedwait(&w->wake, &w->lock, &at) == ETIMEDOUT)
			break;
	while (n < GROUP && w->head != NULL) {
		group[n++] = w->head;
		w->head = w->head->next;
	}
	if (w->head == NULL)
		w->tail = &w->head;
	*over = n == 0 && w->stopping && w->reserved_batches == 0;
	pthread_mutex_unlock(&w->lock);
	return n;
}

static void note(struct writer *w, const struct err *err)
{
	pthread_mutex_lock(&w->lock);
	bool was_well = w->last.code == 0;
	w->last = *err;
	pthread_mutex_unlock(&w->lock);
	/* One line when it starts and one when it ends, not one for each push in between. */
	if (err->code != 0 && was_well)
		log_error(w->o.log, "cannot commit: %s", err->text);
	else if (err->code == 0 && !was_well)
		log_info(w->o.log, "commits succeed again");
}

static void append(struct writer *w, struct writer_job **group, struct store_batch *items, size_t n)
{
	struct err err = {0};
	struct mono start = mono_now();
	for (size_t i = 0; i < n; i++)
		items[i] = group[i]->item;
	int rc = store_append(w->o.store, items, n, &err);
	if (n > 1 && (rc == LAT_DATAERR || rc == LAT_SOFTWARE)) {
		/* One batch that the store can't take must not take the others with it, nor block them for
		 * ever. (A full disk or a lock is everybody's, and not tried so often.) */
		for (size_t i = 0; i < n; i++)
			append(w, group + i, items + i, 1);
		return;
	}
	metrics_commit(w->o.metrics, mono_diff_us(start, mono_now()));
	for (size_t i = 0; i < n; i++) {
		group[i]->status = rc;
		group[i]->item.result = items[i].result;
	}
	note(w, &err);
}

static void finish(struct writer *w, struct writer_job **group, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct writer_job *job = group[i];
		bool added = job->status == 0 && job->item.result == STORE_ADDED;
		if (added) {
			atomic_fetch_add(&w->o.metrics->samples, job->batch.samples.len);
			w->unfolded++;
			if (w->o.certs != NULL && !certs_add(w->o.certs, &job->batch, job->item.received_us))
				log_warn(w->o.log, "out of memory: certificates of %s are not noted",
				         job->batch.probe);
			if (w->edges != NULL && !edges_add(w->edges, &job->batch))
				log_warn(w->o.log, "out of memory: what answered %s is not noted",
				         job->batch.probe);
			w->edges_failed = false;
			if (w->o.latest != NULL && !latest_add(w->o.latest, &job->batch, job->item.received_us))
				log_warn(w->o.log, "out of memory: the newest samples of %s are not noted",
				         job->batch.probe);
		}
		if (job->status == 0 && job->item.result != STORE_CONFLICT &&
		    !seen_add(w->seen, &job->batch, !added, job->item.received_us, job->item.skew_us,
		              (const struct sockaddr *)&job->peer))
			log_warn(w->o.log, "out of memory: when %s was seen is not noted", job->batch.probe);
		if (added)
			boots_add(w->boots, &job->item);
		pthread_mutex_lock(&w->lock);
		w->reserved_batches--;
		w->reserved_bytes -= job->bytes;
		pthread_mutex_unlock(&w->lock);
		job->done(job); /* the job is no longer ours */
	}
}

/* A fold that fails changes nothing. It is tried again after a while, whether or not another batch
 * comes; said when it begins and when it ends. */
static void fold(struct writer *w, size_t batches)
{
	struct err err = {0};
	size_t left;
	bool failed = store_fold(w->o.store, batches, &left, &err) != 0;
	if (failed)
		w->fold_at = mono_add_us(mono_now(), FOLD_AGAIN_US);
	else
		w->unfolded = left;
	w->looked = mono_now();
	if (failed && !w->fold_failed)
		log_warn(w->o.log, "cannot fold: %s", err.text);
	else if (!failed && w->fold_failed)
		log_info(w->o.log, "folds succeed again");
	w->fold_failed = failed;
}

/* In how long the next fold is due, having just taken `n` batches: fresh ones wait a while for more,
 * then the fold goes step by step. Below 0: there is nothing to fold. */
static int64_t fold_due_us(const struct writer *w, size_t n)
{
	if (w->unfolded == 0)
		return -1;
	int64_t pause = w->fold_failed ? mono_diff_us(mono_now(), w->fold_at) : 0;
	int64_t rest = n > 0 && w->unfolded <= FOLD_BACKLOG ? FOLD_AFTER_US : 0;
	return pause > rest ? pause : rest;
}

/* Batches that came by another process (an import that was killed) wait, and we know of none? Only to
 * be asked while we have none of our own: a fold counts what is left, whoever's it is. */
static bool look_due(const struct writer *w)
{
	int64_t every_us = w->o.look_us > 0 ? w->o.look_us : LOOK_EVERY_US;
	return w->unfolded == 0 && mono_diff_us(w->looked, mono_now()) >= every_us;
}

static void flush_seen(struct writer *w)
{
	struct err err = {0};
	w->seen_written = mono_now();
	if (boots_flush(w->boots, w->o.registry, w->o.log, &err) != 0)
		log_warn(w->o.log, "cannot note the boots of probes: %s", err.text);
	if (seen_flush(w->seen, w->o.registry, w->o.geo, &err) != 0)
		log_warn(w->o.log, "cannot note what was seen of the probes: %s", err.text);
}

void writer_keep(struct writer *w, int64_t keep_us)
{
	atomic_store(&w->keep_us, keep_us);
}

/* While idle; but where it never is, one step after each commit from the next hour on. */
static bool prune_due(struct writer *w, bool idle)
{
	int64_t late_us = mono_diff_us(w->prune_at, mono_now());
	if (atomic_load(&w->keep_us) == 0) {
		w->pruning = false; /* it may have been otherwise a moment ago */
		return false;
	}
	return idle ? w->pruning || late_us >= 0 : late_us >= PRUNE_EVERY_US;
}

/* Up to when. By the newest batch whose clock agreed with ours, if that is longer ago: a host that comes
 * up with a clock that is ahead must not take for old all that there is. Where nothing comes there is
 * nothing that must make room, either. */
static int prune_before(struct writer *w, int64_t keep_us, int64_t *before_us, struct err *err)
{
	int64_t now_us = wall_now().us, last_us;
	int rc = store_received_last(w->o.store, &last_us, err);
	if (last_us == US_NONE)
		last_us = 0;
	*before_us = (last_us < now_us ? last_us : now_us) - keep_us;
	return rc;
}

static void prune(struct writer *w)
{
	struct err err = {0};
	int64_t keep_us = atomic_load(&w->keep_us);
	if (keep_us == 0)
		return; /* since prune_due() looked */
	if (!w->pruning)
		w->pruned = (struct store_pruned){0};
	int64_t before_us;
	int rc = prune_before(w, keep_us, &before_us, &err);
	if (rc == 0)
		rc = store_prune(w->o.store, before_us, PRUNE_STEP, &w->pruned, &w->pruning, &err);
	if (rc != 0) {
		log_warn(w->o.log, "cannot prune: %s", err.text);
		w->pruning = false;
	}
	if (w->pruning)
		return;
	w->prune_at = mono_add_us(mono_now(), PRUNE_EVERY_US);
	if (w->pruned.batches > 0)
		log_info(w->o.log, "pruned %lld samples of %lld batches: keep_samples",
		         (long long)w->pruned.samples, (long long)w->pruned.batches);
}

/* Addresses to be looked up, and no error since the last commit? */
static bool want_places(const struct writer *w)
{
	return w->edges != NULL && !w->edges_failed && edges_pending(w->edges, w->o.geo);
}

static void find_places(struct writer *w)
{
	struct err err = {0};
	w->edges_failed = edges_step(w->edges, w->o.store, w->o.geo, wall_now().us, &err) != 0;
	if (w->edges_failed)
		log_warn(w->o.log, "cannot keep places: %s", err.text);
}

static void *run(void *arg)
{
	struct writer *w = arg;
	struct writer_job *group[GROUP];
	struct store_batch items[GROUP];
	int64_t wait_us = 0;
	bool over = false;
	while (!over) {
		size_t n = take(w, group, wait_us, &over);
		if (n > 0) {
			append(w, group, items, n);
			finish(w, group, n);
		}
		if (!over && fold_due_us(w, n) == 0)
			/* Under load as many as came, and a few more: the backlog shrinks. */
			fold(w, n + FOLD_STEP);
		else if (!over && look_due(w))
			fold(w, 0); /* counts */
		else if (!over && prune_due(w, n == 0 && w->unfolded == 0))
			prune(w);
		atomic_store(&w->backlog, w->unfolded);
		bool flush = seen_pending(w->seen) &&
		             (over || mono_diff_us(w->seen_written, mono_now()) >= SEEN_EVERY_US);
		if (flush)
			flush_seen(w);
		if (!over && (n == 0 || flush) && want_places(w)) /* under load once a second */
			find_places(w);
		int64_t due = fold_due_us(w, n), rest = w->pruning ? PRUNE_PAUSE_US : SEEN_EVERY_US;
		wait_us = due >= 0 && due < rest ? due : rest;
		if (n == 0 && want_places(w))
			wait_us = 0;
	}
	return NULL;
}

int writer_start(struct writer *w, struct err *err)
{
	struct store_totals totals;
	int rc = store_totals(w->o.store, &totals, err);
	if (rc != 0)
		return rc;
	if (w->edges != NULL && (rc = edges_load(w->edges, w->o.store, err)) != 0)
		return rc;
	/* Not worth refusing to serve for: a full disk, perhaps. */
	struct err why = {0};
	if (registry_seen_again(w->o.registry, &why) != 0)
		log_warn(w->o.log, "cannot note what was seen of the probes before a crash: %s", why.text);
	w->unfolded = (size_t)totals.unfolded; /* left by a collector that was killed */
	w->seen_written = w->prune_at = w->looked = mono_now();
	atomic_store(&w->backlog, w->unfolded);
	int e = pthread_create(&w->thread, NULL, run, w);
	if (e != 0) {
		errno = e;
		return err_set_errno(err, LAT_SOFTWARE, "cannot start the writer");
	}
	w->running = true;
	return 0;
}

void writer_hurry(struct writer *w, struct mono until)
{
	store_wait_until(w->o.store, until);
	registry_wait_until(w->o.registry, until);
}

void writer_stop(struct writer *w)
{
	if (!w->running)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	w->running = false;
}
