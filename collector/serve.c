/* latlas-collector serve: everything is opened in order, then the main thread keeps house
 * (deadlines, tokens, plan, signals) until it is told to stop. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/admin.h"
#include "collector/args.h"
#include "collector/collector.h"
#include "collector/commands.h"
#include "collector/http.h"
#include "collector/notify.h"
#include "collector/reload.h"
#include "lib/clock.h"

#define TICK_US 200000           /* between looks at deadlines and lingering connections */
#define REFRESH_US US_PER_S      /* between looks at the registry: tokens, plan */
#define LOCKED_US 200000         /* waited for another process's lock on the way, then a second later again */
#define LOCKED_SAID 3            /* times in a row it is nothing to speak of: the writer has it, too */
#define CLOSED_SAID_US (10 * US_PER_S) /* between lines about closed connections */
#define IDENTITY_US US_PER_DAY     /* between looks at our own certificates */
#define QUEUE_BATCHES 2048       /* what may wait for the writer */
#define QUEUE_BYTES ((size_t)96 << 20)
#define DRAIN_IDLE_US 300000     /* on the way out: idle connections are closed after, */
#define DRAIN_LOCK_US (2500 * US_PER_MS) /* another process's lock is waited for until then, */
#define DRAIN_ALL_US (3500 * US_PER_MS) /* all that don't wait for the writer after, */
#define DRAIN_END_US (4500 * US_PER_MS) /* and the rest is not waited for after */

/* A stop, or an order to reload, comes as a signal that only the main thread takes, by
 * sigtimedwait: no handler, no flag. */
struct serve {
	struct collector c;
	struct settings reread;       /* of the last reload whose configuration was good */
	const struct settings *now;   /* these, or the start's */
	struct store *store;
	struct registry *writer_registry, *registry, *admin_registry; /* one for each thread */
	struct http *http, *admin_http;
	struct admin admin;
	bool registry_failed; /* said once, not every second */
	bool plan_waits;      /* to be published when no other process has the lock */
	int notes_failed;     /* in a row */
	struct { size_t slow, evicted; struct mono said; } closed; /* connections, since it was said */
	struct mono identified; /* when certificates were last looked at */
	struct notify notify;
};

static int open_stores(struct serve *s, struct err *err)
{
	const char *db = s->c.settings.db;
	int rc = store_open_sqlite(&s->store, db, STORE_WRITE, err);
	if (rc == LAT_NOINPUT)
		err_set(err, rc, "%s: no database there; `latlas-collector init` makes one", db);
	if (rc == 0)
		rc = registry_open(&s->writer_registry, db, STORE_WRITE, err);
	if (rc == 0)
		rc = registry_open(&s->registry, db, STORE_WRITE, err);
	if (rc == 0 && s->c.settings.has_admin)
		rc = registry_open(&s->admin_registry, db, STORE_READ, err);
	return rc;
}

/* Publish the plan's file. A file that isn't there (yet) is a warning, a bad one an error. */
static int load_plan(struct serve *s, struct err *err)
{
	bool published = false;
	char rev[17];
	const char *path = s->now->plan;
	if (path == NULL)
		return 0;
	int rc = plans_publish_file(s->registry, path, wall_now(), &published, rev, err);
	if (rc == LAT_NOINPUT) {
		log_warn(&s->c.log, "%s; SIGHUP looks for it again", err->text);
		return 0;
	}
	if (rc == 0 && published)
		log_info(&s->c.log, "%s: published as revision %s", path, rev);
	return rc;
}

/* Which tokens were shown. What can't be written now is written a second later. */
static void note_used(struct serve *s)
{
	struct err err = {0};
	if (accounts_note_used(s->c.accounts, s->registry, &err) == 0)
		s->notes_failed = 0;
	else if (++s->notes_failed == LOCKED_SAID)
		log_warn(&s->c.log, "cannot note that a token was used, and goes on trying: %s", err.text);
}

static int refresh(struct serve *s, struct err *err)
{
	bool changed = false;
	size_t before = accounts_count(s->c.accounts);
	note_used(s);
	int rc = accounts_refresh(s->c.accounts, s->registry, err);
	size_t now = accounts_count(s->c.accounts);
	if (rc == 0 && now != before)
		log_info(&s->c.log, "probes with a token: %zu", now);
	if (rc == 0)
		rc = plans_refresh(s->c.plans, s->registry, &changed, err);
	if (changed)
		log_info(&s->c.log, "a new plan is served");
	return rc;
}

static int start_writer(struct serve *s, struct err *err)
{
	struct writer_options o = {.store = s->store, .registry = s->writer_registry, .geo = s->c.geo,
	                           .metrics = &s->c.metrics, .certs = s->c.certs,
	                           .latest = s->c.latest, .log = &s->c.log,
	                           .keep_us = s->c.settings.keep_samples_us,
	                           .max_batches = QUEUE_BATCHES, .max_bytes = QUEUE_BYTES};
	/* What was known before this start; then the writer's thread tells. */
	int rc = certs_load(s->c.certs, s->store, wall_now().us, err);
	if (rc == 0)
		rc = writer_new(&s->c.writer, &o, err);
	return rc == 0 ? writer_start(s->c.writer, err) : rc;
}

static int start_http(struct serve *s, struct err *err)
{
	int rc = 0;
	if (s->c.settings.has_admin) {
		s->admin = (struct admin){.c = &s->c, .registry = s->admin_registry};
		rc = http_start_admin(&s->admin_http, &s->c, admin_handle, &s->admin, err);
	}
	/* Last of all: nothing may fail any more once a batch may come. */
	return rc == 0 ? http_start(&s->http, &s->c, err) : rc;
}

static int make_parts(struct serve *s, struct err *err)
{
	s->c.accounts = accounts_new();
	s->c.plans = plans_new();
	s->c.geo = geo_new(&s->c.log);
	s->c.certs = certs_new();
	s->c.limits = limits_new(&s->c.settings.limits);
	s->c.latest = latest_new();
	s->c.started_us = wall_now().us;
	if (!s->c.settings.insecure && (s->c.identity = identity_new(&s->c.log)) == NULL)
		return err_nomem(err);
	s->c.conns = conns_new(reload_head_us(&s->c.settings), s->c.settings.request_deadline_us,
	                       http_connections(&s->c.log));
	if (s->c.accounts == NULL || s->c.plans == NULL || s->c.geo == NULL || s->c.certs == NULL ||
	    s->c.latest == NULL || s->c.conns == NULL || s->c.limits == NULL)
		return err_nomem(err);
	return 0;
}

static int start(struct serve *s, const char *config, struct err *err)
{
	int rc = settings_read(&s->c.settings, config, err);
	if (rc == 0)
		rc = make_parts(s, err);
	if (rc == 0 && s->c.identity != NULL)
		rc = identity_load(s->c.identity, &s->c.settings, wall_now(), NULL, err);
	if (rc == 0)
		rc = open_stores(s, err);
	if (rc == 0)
		rc = load_plan(s, err);
	if (rc == 0)
		rc = refresh(s, err);
	if (rc != 0)
		return rc;
	geo_load(s->c.geo, s->c.settings.geo_city, s->c.settings.geo_asn);
	rc = start_writer(s, err);
	return rc == 0 ? start_http(s, err) : rc;
}

/* Certificates anew: renewed if they are due, and shown if they have changed. */
static void load_identity(struct serve *s)
{
	struct err err = {0};
	bool changed = false;
	if (s->c.identity == NULL)
		return;
	if (identity_load(s->c.identity, s->now, wall_now(), &changed, &err) != 0)
		log_warn(&s->c.log, "the certificate stays as it was: %s", err.text);
	else if (changed)
		log_info(&s->c.log, "%s: a new certificate is shown", s->now->tls_cert);
	s->identified = mono_now();
}

/* The plan's file, of a reload. The main thread mustn't be held up by whoever has the lock. */
static void reload_plan(struct serve *s)
{
	struct err err = {0};
	bool waited = s->plan_waits;
	registry_wait_until(s->registry, mono_add_us(mono_now(), LOCKED_US));
	int rc = load_plan(s, &err);
	s->plan_waits = rc == LAT_UNAVAILABLE;
	if (s->plan_waits && !waited)
		log_warn(&s->c.log, "the plan is published as soon as that is possible: %s", err.text);
	else if (rc != 0 && !s->plan_waits)
		log_warn(&s->c.log, "the plan stays as it was: %s", err.text);
}

static void reload(struct serve *s)
{
	if (reload_settings(&s->c, &s->reread))
		s->now = &s->reread;
	load_identity(s);
	reload_plan(s);
	geo_load(s->c.geo, s->now->geo_city, s->now->geo_asn);
	log_info(&s->c.log, "reloaded");
}

/* At once, then not before some seconds have passed: an attack must not fill the log. */
static void say_closed(struct serve *s, struct mono now)
{
	if (s->closed.slow + s->closed.evicted == 0 ||
	    (s->closed.said.ns != 0 && mono_diff_us(s->closed.said, now) < CLOSED_SAID_US))
		return;
	if (s->closed.slow > 0)
		log_info(&s->c.log, "closed %zu connections that were too slow", s->closed.slow);
	if (s->closed.evicted > 0)
		log_warn(&s->c.log, "too many connections: closed %zu, which had shown no token, for newer ones",
		         s->closed.evicted);
	s->closed.slow = s->closed.evicted = 0;
	s->closed.said = now;
}

static void keep_house(struct serve *s, struct mono *refreshed)
{
	struct err err = {0};
	struct mono now = mono_now();
	size_t slow = conns_sweep(s->c.conns, now), evicted = conns_evicted(s->c.conns);
	s->closed.slow += slow;
	s->closed.evicted += evicted;
	say_closed(s, now);
	notify_alive(&s->notify, now);
	atomic_fetch_add(&s->c.slow, slow);
	atomic_fetch_add(&s->c.evicted, evicted);
	if (mono_diff_us(*refreshed, now) < REFRESH_US)
		return;
	*refreshed = now;
	if (s->plan_waits)
		reload_plan(s);
	registry_wait_until(s->registry, mono_add_us(mono_now(), LOCKED_US));
	bool failed = refresh(s, &err) != 0;
	if (failed && !s->registry_failed)
		log_warn(&s->c.log, "cannot look for new tokens and plans: %s", err.text);
	s->registry_failed = failed;
	if (mono_diff_us(s->identified, now) >= IDENTITY_US)
		load_identity(s);
}

static void run(struct serve *s, const sigset_t *signals)
{
	const struct timespec tick = {.tv_nsec = TICK_US * 1000};
	struct mono refreshed = mono_now();
	for (;;) {
		int sig = sigtimedwait(signals, NULL, &tick);
		if (sig == SIGTERM || sig == SIGINT)
			return;
		if (sig == SIGHUP) {
			reload(s);
			refreshed = mono_add_us(mono_now(), -REFRESH_US);
		}
		keep_house(s, &refreshed);
	}
}

/* No new connections; what has begun is answered, its connection then closed; what is
 * slow is cut off in time. */
static void drain(struct serve *s)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	struct mono began = mono_now();
	atomic_store(&s->c.draining, true);
	http_quiesce(s->http);
	writer_hurry(s->c.writer, mono_add_us(began, DRAIN_LOCK_US));
	while (conns_count(s->c.conns) > 0) {
		struct mono now = mono_now();
		int64_t gone = mono_diff_us(began, now);
		if (gone > DRAIN_END_US)
			break;
		if (gone > DRAIN_IDLE_US)
			conns_shutdown(s->c.conns, gone < DRAIN_ALL_US);
		conns_sweep(s->c.conns, now);
		nanosleep(&pause, NULL);
	}
	writer_stop(s->c.writer);
	log_info(&s->c.log, "stopped");
}

static void free_parts(struct serve *s)
{
	http_stop(s->admin_http);
	http_stop(s->http);
	if (s->c.writer != NULL)
		writer_stop(s->c.writer); /* where the start failed after it */
	writer_free(s->c.writer);
	conns_free(s->c.conns);
	limits_free(s->c.limits);
	geo_free(s->c.geo);
	certs_free(s->c.certs);
	latest_free(s->c.latest);
	identity_free(s->c.identity);
	plans_free(s->c.plans);
	accounts_free(s->c.accounts);
	registry_close(s->admin_registry);
	registry_close(s->registry);
	registry_close(s->writer_registry);
	store_close(s->store);
	settings_free(&s->reread);
	settings_free(&s->c.settings);
	free(s);
}

static int serve(const char *config, int verbose)
{
	struct err err = {0};
	sigset_t signals;
	struct serve *s = calloc(1, sizeof *s);
	if (s == NULL) {
		err_nomem(&err);
		return err_print(&err, COLLECTOR_NAME);
	}
	s->now = &s->c.settings;
	log_init(&s->c.log, COLLECTOR_NAME);
	s->c.log.level = verbose > 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
	/* Before the first thread, which inherits it. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);

	notify_init(&s->notify);
	s->identified = mono_now();
	int rc = start(s, config, &err);
	if (rc == 0) {
		log_info(&s->c.log, "serving %s, database %s", http_name(s->http), s->c.settings.db);
		notify_send("READY=1");
		run(s, &signals);
		notify_send("STOPPING=1");
		drain(s);
	} else {
		err_print(&err, COLLECTOR_NAME);
	}
	free_parts(s);
	return rc;
}

int serve_main(int argc, char **argv)
{
	static const struct option table[] = {{"config", required_argument, NULL, 'c'}, {0}};
	struct err err = {0};
	const char *config = COLLECTOR_CONFIG;
	int verbose = 0, opt;
	args_start();
	while ((opt = args_next(argc, argv, table, &err)) != -1) {
		if (opt == '?')
			return err_print(&err, COLLECTOR_NAME);
		if (opt == 'c')
			config = optarg;
		if (opt == 'v')
			verbose++;
	}
	if (args_none(argc, argv, &err) != 0)
		return err_print(&err, COLLECTOR_NAME);
	return serve(config, verbose);
}
