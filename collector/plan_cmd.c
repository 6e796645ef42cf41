/* latlas-collector plan check|publish|diff: the operator's plan, before it goes out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/args.h"
#include "collector/commands.h"
#include "collector/plan_cost.h"
#include "collector/plan_diff.h"
#include "collector/plans.h"
#include "collector/problems.h"
#include "collector/settings.h"
#include "lib/clock.h"
#include "lib/num.h"
#include "schema/store.h"

#define ASSUMED_BODY 102400.0          /* bytes, where nothing is known of a body */
#define MEASURED_OVER_US US_PER_HOUR   /* how far back measured bodies are looked up */

struct plan_args {
	const char *db, *config;
	int64_t probes;  /* 0: as many as are enrolled */
	char path[ARGS_PATH], plan[ARGS_PATH];
};

/* ---- check ------------------------------------------------------------------- */

struct body { const char *name; double sum; int64_t n, limit; };

struct bodies {
	const struct plan *plan;
	VEC(struct body) list; /* targets, then candidates, in the plan's order */
};

static struct body *body_of(struct bodies *b, const char *name)
{
	for (size_t i = 0; i < b->list.len; i++)
		if (strcmp(b->list.at[i].name, name) == 0)
			return &b->list.at[i];
	return NULL;
}

static double bytes_of(void *ctx, const char *name)
{
	const struct body *b = body_of(ctx, name);
	double bytes = b != NULL && b->n > 0 ? b->sum / (double)b->n : ASSUMED_BODY;
	return b != NULL && b->limit > 0 && (b->n == 0 || bytes > (double)b->limit) ? (double)b->limit
	                                                                            : bytes;
}

static int count_body(void *ctx, const struct store_sample *s, struct err *err)
{
	(void)err;
	struct body *b = body_of(ctx, s->sample->target);
	if (b != NULL && s->sample->error == NEL_OK && s->sample->bytes != US_NONE) {
		b->sum += (double)s->sample->bytes;
		b->n++;
	}
	return 0;
}

static int list_bodies(struct bodies *b, const struct plan *plan, struct err *err)
{
	b->plan = plan;
	for (size_t i = 0; i < plan->targets.len + plan->candidates.len; i++) {
		bool target = i < plan->targets.len;
		struct body *n = vec_add(&b->list);
		if (n == NULL)
			return err_nomem(err);
		n->name = target ? plan->targets.at[i].name : plan->candidates.at[i - plan->targets.len].name;
		n->limit = target ? plan->targets.at[i].body_limit_kib * 1024 : 0;
	}
	return 0;
}

/* How many will measure by the plan: vantages of imports never see one. */
static int64_t count_probes(const probe_rows *rows)
{
	int64_t n = 0;
	for (size_t i = 0; i < rows->len; i++)
		n += !rows->at[i].revoked && rows->at[i].source == NULL;
	return n;
}

/* Probes that are enrolled, and what bodies they measured lately. Without a database that
 * is fine, unless one was named. */
static int ask_database(struct plan_args *a, struct bodies *bodies, struct err *err)
{
	struct registry *registry = NULL;
	struct store *store = NULL;
	struct arena arena = {0};
	probe_rows rows = {0};
	int64_t now = wall_now().us;
	int rc = args_db(a->db, a->config, a->path, err);
	if (rc == 0)
		rc = registry_open(&registry, a->path, STORE_READ, err);
	if (rc == LAT_NOINPUT && a->db == NULL && a->config == NULL)
		return 0;
	if (rc == 0)
		rc = registry_probes(registry, &arena, &rows, err);
	if (rc == 0 && a->probes == 0)
		a->probes = count_probes(&rows);
	if (rc == 0)
		rc = store_open_sqlite(&store, a->path, STORE_READ, err);
	if (rc == 0)
		rc = store_scan_samples(store, now - MEASURED_OVER_US, now, count_body, bodies, err);
	store_close(store);
	registry_close(registry);
	vec_free(&rows);
	arena_free(&arena);
	return rc;
}

static void print_counts(const struct plan *plan, const char *file)
{
	size_t off = 0, cdn = 0;
	for (size_t i = 0; i < plan->nodes.len; i++)
		off += plan->nodes.at[i].status == NODE_OFF;
	for (size_t i = 0; i < plan->targets.len; i++)
		cdn += plan->targets.at[i].role == ROLE_CDN;
	printf("%s: ok, revision %s\n", file, plan->rev);
	printf("  objective   p%g(%s) <= %g ms\n", plan->quantile * 100, measure_name(plan->metric),
	       plan->limit_ms);
	const char *families = plan->ipv4 && plan->ipv6 ? "IPv4 and IPv6" : plan->ipv6 ? "IPv6" : "IPv4";
	printf("  targets     %zu (%zu cdn, %zu baseline), %s\n", plan->targets.len, cdn,
	       plan->targets.len - cdn, families);
	printf("  nodes       %zu", plan->nodes.len);
	if (off > 0)
		printf(" (%zu off, only audited)", off);
	printf("\n  candidates  %zu\n", plan->candidates.len);
}

static void print_cost(const struct plan *plan, struct bodies *bodies, int64_t probes)
{
	struct plan_cost cost;
	plan_cost(plan, probes, bytes_of, bodies, &cost);
	printf("  samples     %lld a round, a round every five minutes: %lld a day from %lld probe%s\n",
	       (long long)cost.round, (long long)cost.day, (long long)probes, probes == 1 ? "" : "s");
	if (cost.questions_day > 0)
		printf("  dns only    %lld questions a day\n", (long long)cost.questions_day);
	printf("  audits      %lld a day\n", (long long)cost.audits_day);
	printf("  egress      %.3g GB a month from targets and nodes", cost.own_gb_month);
	if (plan->candidates.len > 0)
		printf(", %.3g GB from candidates' hosts", cost.other_gb_month);
	printf("\n  bodies     ");
	for (size_t i = 0; i < bodies->list.len; i++) {
		const struct body *b = &bodies->list.at[i];
		double bytes = bytes_of(bodies, b->name);
		const char *how = b->n > 0 ? "measured" : "assumed";
		if (b->limit > 0 && bytes >= (double)b->limit)
			how = "its limit";
		printf("%s %s %.4g KiB (%s)", i > 0 ? "," : "", b->name, bytes / 1024, how);
	}
	printf("\n");
}

static void add_problem(void *ctx, const struct err *err)
{
	problems_add_err(ctx, err);
}

/* The last fault becomes `err`, the others are printed. */
static int load_telling(struct plan *plan, const char *file, struct err *err)
{
	struct problems problems = {0};
	int rc = plan_load_telling(plan, file, add_problem, &problems, err);
	for (size_t i = 0; i + 1 < problems.list.len; i++)
		err_print(&problems.list.at[i], COLLECTOR_NAME);
	problems_free(&problems);
	return rc;
}

static int check(struct plan_args *a, const char *file, struct err *err)
{
	struct plan plan = {0};
	struct bodies bodies = {0};
	int64_t asked = a->probes;
	int rc = load_telling(&plan, file, err);
	if (rc == 0)
		rc = list_bodies(&bodies, &plan, err);
	if (rc == 0)
		rc = ask_database(a, &bodies, err);
	if (rc == 0) {
		print_counts(&plan, file);
		print_cost(&plan, &bodies, a->probes > 0 ? a->probes : 1);
		if (asked == 0 && a->probes == 0)
			printf("  (no probe is enrolled yet: reckoned for one)\n");
	}
	vec_free(&bodies.list);
	plan_free(&plan);
	return rc;
}

/* ---- publish, diff ------------------------------------------------------------- */

static int publish(struct plan_args *a, const char *file, struct err *err)
{
	struct registry *registry = NULL;
	bool published = false;
	char rev[17];
	int rc = args_db(a->db, a->config, a->path, err);
	if (rc == 0)
		rc = registry_open(&registry, a->path, STORE_WRITE, err);
	if (rc == 0)
		rc = plans_publish_file(registry, file, wall_now(), &published, rev, err);
	if (rc == 0)
		printf(published ? "published revision %s\n" : "revision %s is the newest already\n", rev);
	registry_close(registry);
	return rc;
}

/* 0: the same; LAT_NO: they differ; or what went wrong. */
static int diff(struct plan_args *a, const char *file, struct err *err)
{
	struct registry *registry = NULL;
	struct plan plan = {0};
	struct buf before = {0}, after = {0}, lines = {0};
	size_t differences = 0;
	int rc = plan_load(&plan, file, err);
	if (rc == 0)
		rc = plan_to_json(&plan, PLAN_FULL, &after, err);
	if (rc == 0)
		rc = args_db(a->db, a->config, a->path, err);
	if (rc == 0)
		rc = registry_open(&registry, a->path, STORE_READ, err);
	if (rc == 0)
		rc = registry_plan(registry, NULL, &before, err);
	if (rc == 0)
		rc = plan_diff(&before, &after, &lines, &differences, err);
	if (rc == 0)
		fputs(buf_str(&lines), stdout);
	registry_close(registry);
	plan_free(&plan);
	buf_free(&lines);
	buf_free(&after);
	buf_free(&before);
	return rc != 0 ? rc : differences > 0 ? LAT_NO : 0;
}

/* ---- command line ----------------------------------------------------------------- */

static int read_options(int argc, char **argv, struct plan_args *a, struct err *err)
{
	static const struct option table[] = {{"db", required_argument, NULL, 'b'},
	                                      {"config", required_argument, NULL, 'c'},
	                                      {"probes", required_argument, NULL, 'p'}, {0}};
	int opt, rc = 0;
	args_start();
	while (rc == 0 && (opt = args_next(argc, argv, table, err)) != -1) {
		if (opt == '?')
			rc = err->code;
		if (opt == 'b')
			a->db = optarg;
		if (opt == 'c')
			a->config = optarg;
		if (opt == 'p')
			rc = num_parse_i64(optarg, "--probes", 1, 1000000, &a->probes, err);
	}
	return rc;
}

/* `plan diff` without a file: the one that the configuration names. NULL with `err` set. */
static const char *own_plan(struct plan_args *a, struct err *err)
{
	struct settings s;
	const char *file = NULL;
	if (settings_read(&s, a->config != NULL ? a->config : COLLECTOR_CONFIG, err) != 0)
		file = NULL;
	else if (s.plan == NULL)
		err_set(err, LAT_CONFIG, "%s: plan: not given, and no FILE either", s.path);
	else if ((size_t)snprintf(a->plan, sizeof a->plan, "%s", s.plan) >= sizeof a->plan)
		err_set(err, LAT_CONFIG, "%s: plan: longer than %d bytes", s.path, ARGS_PATH - 1);
	else
		file = a->plan;
	settings_free(&s);
	return file;
}

typedef int verb_fn(struct plan_args *a, const char *file, struct err *err);

static int run(struct plan_args *a, verb_fn *verb, int argc, char **argv, struct err *err)
{
	const char *file;
	int rc = read_options(argc, argv, a, err);
	if (rc != 0)
		return rc;
	if (verb == diff && optind == argc)
		file = own_plan(a, err);
	else
		file = args_one(argc, argv, "FILE", err);
	rc = file != NULL ? verb(a, file, err) : err->code;
	if (rc <= LAT_NO && args_flush(err) != 0)
		rc = err->code;
	return rc;
}

int plan_main(int argc, char **argv)
{
	static const struct { const char *name; verb_fn *run; } verbs[] = {
		{"check", check}, {"publish", publish}, {"diff", diff},
	};
	struct err err = {0};
	char name[32]; /* of the command, in errors about what follows it */
	struct plan_args *a = calloc(1, sizeof *a);
	verb_fn *verb = NULL;
	int rc;
	for (size_t i = 0; argc > 1 && i < LAT_COUNT(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			verb = verbs[i].run;
	if (a == NULL) {
		rc = err_nomem(&err);
	} else if (verb == NULL) {
		rc = err_set(&err, LAT_USAGE, "plan: check, publish or diff?");
	} else {
		snprintf(name, sizeof name, "plan %s", argv[1]);
		argv[1] = name;
		rc = run(a, verb, argc - 1, argv + 1, &err);
	}
	free(a);
	return rc == 0 || rc == LAT_NO ? rc : err_print(&err, COLLECTOR_NAME);
}
