#include "probe/byhand.h"

#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/text.h"
#include "probe/card.h"
#include "probe/parcel.h"
#include "probe/resolve.h"
#include "probe/round.h"
#include "probe/tell.h"

#define TIMEOUT_MS 10000
#define PROGRESS_AFTER_US (2 * US_PER_S)
#define DNS_PORT 53

/* One URL: a job for each family. */
struct wish {
	const char *url;
	struct job jobs[2];
	size_t job_count;
};

struct byhand {
	const struct options *o;
	const struct log *log;
	const volatile sig_atomic_t *stop;
	struct arena arena;            /* URLs; the samples' strings are the batch's */
	struct wish *wishes;           /* in the arena */
	struct addresses resolvers;
	struct address connect_to;     /* family 0: not given */
	struct guard guard;
	struct loop *loop;
	struct fetcher *fetcher;
	struct batch batch;
	int64_t ok;
	/* of the URL at hand */
	const char *url;
	size_t done;
	struct mono started;
	bool progress;                 /* a line is on the terminal */
	int64_t cert_not_after;
	char detail[256];
};

/* ---- what is asked for ------------------------------------------------------------------ */

static int take_addresses(struct byhand *h, struct err *err)
{
	const struct options *o = h->o;
	if (o->connect_to != NULL && !address_parse(o->connect_to, &h->connect_to))
		return err_set(err, LAT_USAGE, "--connect-to: \"%.100s\": not an IP address", o->connect_to);
	bool other = (h->connect_to.family == 4 && o->ipv6) || (h->connect_to.family == 6 && o->ipv4);
	if (other)
		return err_set(err, LAT_USAGE, "--connect-to: \"%.100s\": of the other family than -%d",
		               o->connect_to, o->ipv6 ? 6 : 4);
	if (o->resolver == NULL) /* without any, the samples say so */
		return resolve_system_servers(&h->resolvers, NULL) == LAT_SOFTWARE ? err_nomem(err) : 0;
	struct address *a = vec_add(&h->resolvers);
	if (a == NULL)
		return err_nomem(err);
	if (!address_parse_port(o->resolver, DNS_PORT, a))
		return err_set(err, LAT_USAGE, "--resolver: \"%.100s\": not an IP address (with or without a port)",
		               o->resolver);
	return 0;
}

/* "www.example.com" is meant as https://www.example.com/. */
static int parse_url(struct byhand *h, const char *text, struct plan_url *out, struct err *err)
{
	char *whole = NULL;
	if (strstr(text, "://") != NULL)
		return plan_url_parse(&h->arena, text, out, err);
	if (asprintf(&whole, "https://%s", text) < 0)
		return err_nomem(err);
	int rc = plan_url_parse(&h->arena, whole, out, err);
	free(whole);
	return rc;
}

/* RFC 6761, 6.3: localhost is never asked of DNS. */
static bool is_localhost(const char *host)
{
	size_t n = strlen(host), m = strlen(".localhost");
	return strcmp(host, "localhost") == 0 || (n > m && strcmp(host + n - m, ".localhost") == 0);
}

/* The job for one URL and family; false if the URL has no such family. */
static bool make_job(const struct byhand *h, const struct plan_url *url, int family, const char *rev,
                     struct job *j)
{
	struct address literal;
	*j = (struct job){
		.target = url->text, .target_rev = rev, .role = ROLE_CDN, .url = url, .way = JOB_ADDRESS,
		.family = family,
	};
	if (h->connect_to.family != 0) {
		j->addr = h->connect_to;
	} else if (address_parse(url->host, &literal)) {
		j->addr = literal;
	} else if (is_localhost(url->host)) {
		address_parse(family == 4 ? "127.0.0.1" : "::1", &j->addr);
	} else {
		j->way = JOB_DNS;
		j->resolvers = h->resolvers.at;
		j->resolver_count = h->resolvers.len;
		return true;
	}
	return j->addr.family == family;
}

/* All are taken before the first is measured: a slip in the last one must not cost what was measured
 * before. */
static int take_url(struct byhand *h, const char *text, struct wish *w, struct err *err)
{
	struct plan_url *url = arena_alloc(&h->arena, sizeof *url);
	char rev[HASH64_TEXT];
	int rc = url == NULL ? err_nomem(err) : parse_url(h, text, url, err);
	if (rc != 0)
		return rc == LAT_USAGE && (text[0] == '\0' || strstr(err->text, text) == NULL)
		               ? err_prefix(err, "\"%.100s\"", text) : rc;
	struct address literal = h->connect_to;
	/* IPv4 unless asked otherwise, or the address itself is of the other family. */
	if (literal.family == 0)
		address_parse(url->host, &literal);
	bool v6 = literal.family == 6;
	bool want[2] = { h->o->ipv4 || (!h->o->ipv6 && !v6), h->o->ipv6 || (!h->o->ipv4 && v6) };
	uint64_t hash = hash64(HASH64_INIT, url->text, strlen(url->text));
	const char *kept = arena_str(&h->arena, hash64_hex(hash, rev));
	if (kept == NULL)
		return err_nomem(err);
	*w = (struct wish){ .url = url->text };
	for (int i = 0; i < 2; i++)
		if (want[i] && make_job(h, url, i == 0 ? 4 : 6, kept, &w->jobs[w->job_count]))
			w->job_count++;
	if (w->job_count == 0)
		return err_set(err, LAT_USAGE, "%s: its address is not of the family asked for", url->text);
	return 0;
}

static int take_urls(struct byhand *h, struct err *err)
{
	h->wishes = arena_alloc(&h->arena, h->o->url_count * sizeof *h->wishes);
	if (h->wishes == NULL)
		return err_nomem(err);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < h->o->url_count; i++)
		rc = take_url(h, h->o->urls[i], &h->wishes[i], err);
	return rc;
}

/* ---- measuring ---------------------------------------------------------------------------- */

static void clear_progress(struct byhand *h)
{
	if (h->progress)
		fputs("\r\033[K", stderr);
	h->progress = false;
}

static void on_sample(void *ctx, const struct job *job, const struct sample *s,
                      const struct fetch_result *fetched)
{
	struct byhand *h = ctx;
	h->done++;
	if (h->log->level >= LOG_LEVEL_DEBUG) /* the line would be written behind it */
		clear_progress(h);
	tell_sample(h->log, job, s, fetched);
	if (fetched != NULL && fetched->cert_not_after >= 0)
		h->cert_not_after = fetched->cert_not_after;
	if (s != NULL && s->error != NEL_OK && fetched != NULL && h->detail[0] == '\0') {
		snprintf(h->detail, sizeof h->detail, "%s", fetched->detail);
		text_clean(h->detail);
	}
	if (isatty(STDERR_FILENO) && mono_diff_us(h->started, mono_now()) > PROGRESS_AFTER_US) {
		fprintf(stderr, "\r\033[K%s  %zu of %lld", h->url, h->done, (long long)h->o->count);
		h->progress = true;
	}
}

static bool locale_is_utf8(void)
{
	setlocale(LC_CTYPE, "");
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static int print_card(struct byhand *h, const struct sample *samples, size_t n, bool first, struct err *err)
{
	struct card card = {
		.url = h->url, .samples = samples, .len = n, .cert_not_after = h->cert_not_after, .detail = h->detail,
		.now_s = wall_now().us / US_PER_S,
	};
	if (!first)
		fputc('\n', stdout);
	if (card_print(&card, stdout, text_colour(stdout), locale_is_utf8()))
		return 0;
	return ferror(stdout) ? err_set_errno(err, LAT_IOERR, "standard output") : err_nomem(err);
}

/* All samples of one URL and family, appended to the batch. */
static int measure(struct byhand *h, const struct job *pattern, struct err *err)
{
	VEC(struct job) jobs = {0};
	size_t before = h->batch.samples.len;
	int rc = 0;
	for (int64_t i = 0; rc == 0 && i < h->o->count; i++) {
		struct job *j = vec_add(&jobs);
		if (j == NULL) {
			rc = err_nomem(err);
			break;
		}
		*j = *pattern;
		j->nth = (uint32_t)i;
	}
	struct trial_shared shared = {
		.loop = h->loop, .fetcher = h->fetcher, .guard = &h->guard, .arena = &h->batch.arena,
		.timeout_ms = TIMEOUT_MS,
	};
	struct round round = {
		.shared = &shared, .jobs = jobs.at, .job_count = jobs.len, .concurrency = 1, .stop = h->stop,
		.on_sample = on_sample, .ctx = h, .batch = &h->batch,
	};
	h->done = 0;
	h->started = mono_now();
	h->cert_not_after = -1;
	h->detail[0] = '\0';
	if (rc == 0)
		rc = round_run(&round, err);
	clear_progress(h);
	if (rc == 0)
		tell_round(h->log, &round, h->batch.samples.len - before);
	h->ok += round.ok;
	h->batch.duration_us += round.duration_us;
	vec_free(&jobs);
	return rc;
}

static int one_url(struct byhand *h, const struct wish *w, struct err *err)
{
	int rc = 0;
	h->url = w->url;
	for (size_t i = 0; rc == 0 && i < w->job_count && !*h->stop; i++) {
		size_t before = h->batch.samples.len;
		rc = measure(h, &w->jobs[i], err);
		size_t n = h->batch.samples.len - before;
		if (rc == 0 && !h->o->json && n > 0)
			rc = print_card(h, h->batch.samples.at + before, n, before == 0, err);
	}
	return rc;
}

/* ---- NDJSON ---------------------------------------------------------------------------------- */

/* A name that the wire takes: this machine's. */
static const char *probe_name(struct byhand *h)
{
	char name[NAME_MAX_LEN + 1] = "";
	gethostname(name, sizeof name - 1);
	for (char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("._-", *c) == NULL)
			*c = '-';
	return arena_str(&h->batch.arena, name[0] != '\0' ? name : "localhost");
}

static int print_json(struct byhand *h, struct err *err)
{
	h->batch.timeout_ms = TIMEOUT_MS;
	h->batch.round_ok = h->ok;
	h->batch.probe = probe_name(h);
	if (h->batch.probe == NULL)
		return err_nomem(err);
	int rc = parcel_fill_header(&h->batch, err);
	return rc == 0 ? parcel_print(&h->batch, err) : rc;
}

/* There is no configuration to be wrong, but a file that the command line names. */
static int blame_ca(const struct options *o, struct err *err)
{
	err->code = access(o->ca_file, F_OK) != 0 ? LAT_NOINPUT : LAT_DATAERR;
	return err_prefix(err, "--ca-file");
}

int byhand_run(const struct options *o, const struct log *log, const volatile sig_atomic_t *stop, struct err *err)
{
	struct byhand h = { .o = o, .log = log, .stop = stop, .guard = { .off = true } };
	struct fetcher_options options = { .guard = &h.guard, .want_cert = true, .ca_file = o->ca_file };
	h.batch.started_us = wall_now().us;
	int rc = take_addresses(&h, err);
	if (rc == 0)
		rc = take_urls(&h, err);
	if (rc == 0)
		rc = loop_new(&h.loop, err);
	for (size_t i = 0; i < o->url_count; i++)
		options.warm_tls |= strncmp(o->urls[i], "http://", 7) != 0;
	if (rc == 0 && (rc = fetcher_new(&h.fetcher, h.loop, &options, err)) == LAT_CONFIG)
		rc = blame_ca(o, err);
	for (size_t i = 0; rc == 0 && i < o->url_count && !*stop; i++)
		rc = one_url(&h, &h.wishes[i], err);
	if (rc == 0 && o->json)
		rc = print_json(&h, err);
	if (rc == 0 && h.ok == 0)
		rc = LAT_NO;
	fetcher_free(h.fetcher);
	loop_free(h.loop);
	batch_free(&h.batch);
	vec_free(&h.resolvers);
	arena_free(&h.arena);
	return rc;
}
