/* latlas-collector import: results of others, as samples of vantages that say whose they are. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/args.h"
#include "collector/args_place.h"
#include "collector/commands.h"
#include "collector/fold_all.h"
#include "collector/import_sink.h"
#include "collector/progress.h"
#include "collector/settings.h"
#include "lib/clock.h"
#include "schema/store.h"

#define SHOWN 20       /* reasons that are printed; the rest is counted */
#define SUBJECTS 10    /* targets that are listed */
#define BLOCK (64 << 10)

enum { O_FORMAT = 256, O_TARGET, O_ROLE, O_AT, O_PROBES, O_PROBE, O_GEO_CITY, O_GEO_ASN, O_DB,
       O_CONFIG };

struct command {
	struct import_settings s;
	bool has_format;
	const char *db, *config, *probes, *geo_city, *geo_asn;
	struct args_place place;
	struct plan plan;
	struct import_places *places;
	struct store *store;
	struct registry *registry;
	struct import_sink *sink;
	struct import import;
	struct progress progress;
};

/* ---- options ---------------------------------------------------------------------- */

/* An option that is one of several words. */
static int read_word(int found, const char *option, const char *text, const char *words, int *out, struct err *err)
{
	if (found < 0)
		return err_set(err, LAT_USAGE, "%s: '%.40s' is none of %s", option, text, words);
	*out = found;
	return 0;
}

static int read_at(struct command *c, const char *text, struct err *err)
{
	struct wall at;
	int rc = wall_parse(text, (struct wall){c->s.now_us}, &at, err);

	if (rc != 0)
		return err_prefix(err, "--at");
	c->s.at_us = at.us;
	c->s.at_told = true;
	return 0;
}

static int read_option(struct command *c, int opt, const char *text, struct err *err)
{
	int word = 0, rc = 0;

	switch (opt) {
	case O_FORMAT:
		rc = read_word(import_format_of(text), "--format", text, "globalping, ripe-atlas, curl, rtt-csv", &word,
		               err);
		c->s.format = (enum import_format)word;
		c->has_format = rc == 0;
		return rc;
	case O_TARGET:
		c->s.target = text;
		if (!sample_name_ok(text))
			return err_set(err, LAT_USAGE, "--target: '%.80s' is not 1 to %d of A-Z a-z 0-9 . _ -", text,
			               NAME_MAX_LEN);
		return 0;
	case O_ROLE:
		rc = read_word(role_of(text) == ROLE_CANDIDATE ? -1 : role_of(text), "--role", text, "cdn, baseline",
		               &word, err);
		c->s.role = (enum role)word;
		return rc;
	case O_PROBE:
		c->s.vantage.name = text;
		return 0;
	case O_AT: return read_at(c, text, err);
	case O_PROBES: c->probes = text; return 0;
	case O_GEO_CITY: c->geo_city = text; return 0;
	case O_GEO_ASN: c->geo_asn = text; return 0;
	case O_DB: c->db = text; return 0;
	case O_CONFIG: c->config = text; return 0;
	default: return args_place(&c->place, &c->s.vantage, opt, text, err);
	}
}

static int check_options(const struct command *c, int files, struct err *err)
{
	const struct probe_row *v = &c->s.vantage;

	if (!c->has_format)
		return err_set(err, LAT_USAGE, "import: --format globalping|ripe-atlas|curl|rtt-csv is missing");
	if (files == 0)
		return err_set(err, LAT_USAGE, "import: FILE is missing (- is standard input)");
	if (c->s.format == IMPORT_CURL && (v->name == NULL || v->name[0] == '\0'))
		return err_set(err, LAT_USAGE, "import: curl does not say where it ran: --probe NAME");
	if (c->s.format != IMPORT_CURL && (v->name != NULL || v->country != NULL || v->city != NULL || !isnan(v->lat)))
		return err_set(err, LAT_USAGE, "import: --probe, --country, --city, --lat, --lon are curl's; the other "
		               "formats name their vantages (--probes FILE tells where they are)");
	return args_place_check(v, err);
}

/* ---- reading ------------------------------------------------------------------------ */

static void tell(void *ctx, const char *file, size_t line, const char *why)
{
	struct command *c = ctx;
	struct err err = {0};

	if (c->import.counts.left_out > SHOWN)
		return;
	progress_hide(&c->progress);
	err_set(&err, LAT_DATAERR, "%s:%zu: %s", file, line, why);
	err_print(&err, COLLECTOR_NAME);
}

static int take(void *ctx, struct import_item *item, struct err *err)
{
	struct command *c = ctx;

	progress_show(&c->progress, "%s: line %zu, %zu records", c->import.file, c->import.line, c->import.counts.records);
	return import_sink_take(c->sink, item, err);
}

static int read_file(struct command *c, int fd, const char *name, struct err *err)
{
	struct stat st;
	int64_t at_us = c->s.now_us;
	ssize_t n;
	int rc = 0;

	if (fd != STDIN_FILENO && fstat(fd, &st) == 0)
		at_us = (int64_t)st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000;
	struct import_reader *r = import_begin(&c->import, name, at_us);
	char *block = malloc(BLOCK);
	if (r == NULL || block == NULL)
		rc = err_nomem(err);
	while (rc == 0 && (n = read(fd, block, BLOCK)) != 0) {
		if (n < 0)
			rc = errno == EINTR ? 0 : err_set_errno(err, LAT_IOERR, "%s", name);
		else
			rc = import_feed(r, block, (size_t)n, err);
	}
	free(block);
	if (r != NULL) {
		struct err late = {0};
		int end = import_end(r, &late);
		if (rc == 0 && (rc = end) != 0)
			*err = late;
	}
	return rc;
}

static int read_named(struct command *c, const char *path, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return read_file(c, STDIN_FILENO, "standard input", err);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set_errno(err, errno == ENOENT ? LAT_NOINPUT : LAT_IOERR, "%s", path);
	int rc = read_file(c, fd, path, err);
	close(fd);
	return rc;
}

/* ---- what came of it ------------------------------------------------------------------ */

static const char *s_of(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_notes(const struct command *c, struct import_sums sums)
{
	const struct import *im = &c->import;
	char at[WALL_TEXT];

	if (sums.otherwise != 0)
		printf("  %zu of those that were there are of another target or node: they stay as they were\n",
		       sums.otherwise);
	if (im->counts.untimed != 0)
		printf("  %zu record%s did not say when: %s %s\n", im->counts.untimed, s_of(im->counts.untimed),
		       c->s.at_told ? "--at says" : "the file's time was taken,",
		       wall_format((struct wall){im->at_us}, at));
	if (im->counts.phaseless != 0)
		printf("  %zu HTTP result%s tell one time for all phases: kept as answers, without times (extended_timing "
		       "splits them)\n", im->counts.phaseless, s_of(im->counts.phaseless));
	if (im->counts.cut != 0)
		printf("  %zu visit%s did not wait for the whole body: without a body time, and so without a total\n",
		       im->counts.cut, s_of(im->counts.cut));
	if (sums.placeless != 0)
		printf("  %zu vantage%s without a country will be in no region: --probes FILE tells where %s\n",
		       sums.placeless, s_of(sums.placeless), sums.placeless == 1 ? "it is" : "they are");
}

static int print_result(struct command *c, struct err *err)
{
	struct import_sums sums = import_sink_sums(c->sink);
	struct import_subject subjects[SUBJECTS];
	const struct import *im = &c->import;
	size_t n = import_sink_subjects(c->sink, subjects, SUBJECTS);

	if (im->counts.left_out > SHOWN)
		fprintf(stderr, "%s: and %zu more\n", COLLECTOR_NAME, im->counts.left_out - SHOWN);
	printf("%s: %zu record%s read; taken %zu (%zu sample%s, %zu audit%s, %zu vantage%s), there already %zu, left "
	       "out %zu\n", import_format_name(c->s.format), im->counts.records, s_of(im->counts.records), sums.taken,
	       sums.samples, s_of(sums.samples), sums.audits, s_of(sums.audits), sums.vantages, s_of(sums.vantages),
	       sums.there, im->counts.left_out);
	for (size_t i = 0; i < n && i < SUBJECTS; i++)
		printf("  %-24s %8zu sample%s%s%s%s\n", subjects[i].target, subjects[i].samples, s_of(subjects[i].samples),
		       subjects[i].node != NULL ? ", node " : "", subjects[i].node != NULL ? subjects[i].node : "",
		       subjects[i].planned ? "" : ", not in the plan: a report leaves them out");
	if (n > SUBJECTS)
		printf("  and %zu more targets\n", n - SUBJECTS);
	print_notes(c, sums);
	if (args_flush(err) != 0)
		return err->code;
	if (sums.taken + sums.there == 0)
		return err_set(err, LAT_DATAERR, "import: nothing that could be taken");
	return 0;
}

/* ---- the command ------------------------------------------------------------------------ */

static int load_plan(struct command *c, struct err *err)
{
	struct buf json = {0};
	int rc = registry_plan(c->registry, NULL, &json, err);

	if (rc == 0 && (rc = plan_from_json(&c->plan, buf_str(&json), json.len, err)) == 0)
		c->s.plan = &c->plan;
	if (rc == LAT_NOINPUT)
		rc = 0; /* none published yet: targets are named by their hosts */
	buf_free(&json);
	return rc;
}

/* Those that the operator named must be there, and be good. */
static int load_named_geo(struct command *c, struct err *err)
{
	if (c->geo_city != NULL && geo_load_file(c->s.geo, c->geo_city, false, err) != 0)
		return err_prefix(err, "--geo-city");
	if (c->geo_asn != NULL && geo_load_file(c->s.geo, c->geo_asn, true, err) != 0)
		return err_prefix(err, "--geo-asn");
	return 0;
}

/* The configuration's databases, unless others are named: as for `serve`, a warning where one can't
 * be used. */
static int load_geo(struct command *c, struct log *log, struct err *err)
{
	const char *path = c->config != NULL ? c->config : COLLECTOR_CONFIG;
	struct settings settings = {0};
	struct problems problems = {0};
	bool named = c->geo_city != NULL || c->geo_asn != NULL;
	int rc = 0;

	if (!named && (c->db == NULL || c->config != NULL) && access(path, R_OK) == 0)
		settings_load(&settings, path, &problems);
	if (named || settings.geo_city != NULL || settings.geo_asn != NULL)
		c->s.geo = geo_new(log);
	if (c->s.geo != NULL && !named)
		geo_load(c->s.geo, settings.geo_city, settings.geo_asn);
	else if (named)
		rc = c->s.geo != NULL ? load_named_geo(c, err) : err_nomem(err);
	problems_free(&problems);
	settings_free(&settings);
	return rc;
}

static int open_all(struct command *c, struct log *log, struct err *err)
{
	char path[ARGS_PATH];
	int rc = args_db(c->db, c->config, path, err);

	if (rc == 0 && c->probes != NULL)
		rc = import_places_load(&c->places, c->probes, err);
	c->s.places = c->places;
	if (rc == 0)
		rc = store_open_sqlite(&c->store, path, STORE_WRITE, err);
	if (rc == 0)
		rc = registry_open(&c->registry, path, STORE_WRITE, err);
	if (rc == 0)
		rc = load_plan(c, err);
	if (rc == 0)
		rc = load_geo(c, log, err);
	if (rc == 0 && (c->sink = import_sink_new(c->store, c->registry, c->s.geo, log, c->s.now_us)) == NULL)
		rc = err_nomem(err);
	return rc;
}

static void close_all(struct command *c)
{
	import_sink_free(c->sink);
	geo_free(c->s.geo);
	registry_close(c->registry);
	store_close(c->store);
	plan_free(&c->plan);
	import_places_free(c->places);
}

/* What was read before a file that could not be (`rc`, `err`) is kept. It is folded here, as there may be
 * no collector that does; after it was told, since it is kept whatever comes of that. */
static int finish(struct command *c, int rc, struct err *err)
{
	struct err late = {0};
	int flushed = import_sink_flush(c->sink, &late);

	progress_hide(&c->progress);
	if (rc == 0 && (rc = flushed) != 0)
		*err = late;
	if (rc == 0)
		rc = print_result(c, err);
	if (flushed == 0 && fold_all(c->store, &c->progress, &late) != 0 && rc == 0) {
		*err = late;
		rc = late.code;
	}
	progress_hide(&c->progress);
	return rc;
}

static int run(struct command *c, int files, char **file, struct err *err)
{
	struct log log;
	log_init(&log, COLLECTOR_NAME);
	int rc = open_all(c, &log, err);

	c->import = (struct import){.s = &c->s, .take = take, .tell = tell, .ctx = c};
	progress_begin(&c->progress);
	for (int i = 0; rc == 0 && i < files; i++)
		rc = read_named(c, file[i], err);
	if (c->sink != NULL)
		rc = finish(c, rc, err);
	close_all(c);
	return rc;
}

int import_main(int argc, char **argv)
{
	static const struct option table[] = {
		{"format", required_argument, NULL, O_FORMAT}, {"target", required_argument, NULL, O_TARGET},
		{"role", required_argument, NULL, O_ROLE}, {"at", required_argument, NULL, O_AT},
		{"probes", required_argument, NULL, O_PROBES}, {"probe", required_argument, NULL, O_PROBE},
		ARGS_PLACE, {"geo-city", required_argument, NULL, O_GEO_CITY},
		{"geo-asn", required_argument, NULL, O_GEO_ASN}, {"db", required_argument, NULL, O_DB},
		{"config", required_argument, NULL, O_CONFIG}, {0}};
	struct command c = {.s = {.role = ROLE_BASELINE, .now_us = wall_now().us,
	                          .vantage = {.lat = NAN, .lon = NAN, .network = NETWORK_DATACENTER}}};
	struct err err = {0};
	int opt, rc = 0;

	args_start();
	while (rc == 0 && (opt = args_next(argc, argv, table, &err)) != -1)
		rc = opt == '?' ? err.code : read_option(&c, opt, optarg, &err);
	if (rc == 0)
		rc = check_options(&c, argc - optind, &err);
	if (rc == 0)
		rc = run(&c, argc - optind, argv + optind, &err);
	if (rc != 0)
		return err_print(&err, COLLECTOR_NAME);
	return c.import.counts.left_out == 0 ? LAT_OK : LAT_NO;
}
