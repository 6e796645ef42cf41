/* latlas-collector probes: who is enrolled, and when each was heard of. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/args.h"
#include "collector/commands.h"
#include "collector/geo.h"
#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/table.h"
#include "schema/registry.h"

/* "12 s ago"; a clock that was set back since makes it "just now". */
static const char *ago(int64_t then_us, int64_t now_us, char *out, size_t size)
{
	char text[DURATION_TEXT];
	if (then_us == US_NONE)
		snprintf(out, size, "never");
	else if (now_us - then_us < US_PER_S)
		snprintf(out, size, "just now");
	else
		snprintf(out, size, "%s ago",
		         duration_format((now_us - then_us) / US_PER_S * US_PER_S, text));
	return out;
}

static const char *skew(int64_t us, char *out, size_t size)
{
	if (us == STORE_NO_SKEW)
		snprintf(out, size, "-");
	else if (us > -10 * US_PER_S && us < 10 * US_PER_S)
		snprintf(out, size, "%+lld ms", llround((double)us / US_PER_MS));
	else
		snprintf(out, size, "%+lld s", llround((double)us / US_PER_S));
	return out;
}

static const char *or_dash(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : "-";
}

/* Whose word the place is: "enrol", "geo", "geo 2026-11-24" (of that database). */
static const char *place_by(const struct probe_row *p, char *out, size_t size)
{
	char date[GEO_DATE];
	if (p->country == NULL)
		return "-";
	snprintf(out, size, "%s%s%s", or_dash(p->place_source), p->geo_built_s > 0 ? " " : "",
	         p->geo_built_s > 0 ? geo_date(p->geo_built_s, date) : "");
	return out;
}

static bool print(const probe_rows *rows, int64_t now_us)
{
	static const char *const head[] = {"name", "country", "city", "place by", "network",
	                                   "last seen", "version", "skew"};
	char seen[DURATION_TEXT + 8], off[32], by[32];
	struct table *t = table_new("lllllllr");
	if (t == NULL)
		return false;
	for (size_t i = 0; i < LAT_COUNT(head); i++)
		table_cell(t, "%s", head[i]);
	table_rule(t);
	for (size_t i = 0; i < rows->len; i++) {
		const struct probe_row *p = &rows->at[i];
		table_cell(t, "%s%s", p->name, p->revoked ? " (revoked)" : "");
		table_cell(t, "%s", or_dash(p->country));
		table_cell(t, "%s", or_dash(p->city));
		table_cell(t, "%s", place_by(p, by, sizeof by));
		table_cell(t, "%s", network_name(p->network));
		table_cell(t, "%s", ago(p->last_seen_us, now_us, seen, sizeof seen));
		table_cell(t, "%s", or_dash(p->last_version));
		table_cell(t, "%s", skew(p->last_skew_us, off, sizeof off));
	}
	bool ok = table_print(t, stdout);
	table_free(t);
	return ok;
}

static int list(const char *db, struct err *err)
{
	struct registry *registry = NULL;
	struct arena arena = {0};
	probe_rows rows = {0};
	int rc = registry_open(&registry, db, STORE_READ, err);
	if (rc == 0)
		rc = registry_probes(registry, &arena, &rows, err);
	if (rc == 0 && rows.len == 0)
		printf("no probe is enrolled yet: latlas-collector enroll NAME\n");
	else if (rc == 0 && !print(&rows, wall_now().us))
		rc = err_nomem(err);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = err_set_errno(err, LAT_IOERR, "standard output");
	vec_free(&rows);
	arena_free(&arena);
	registry_close(registry);
	return rc;
}

int probes_main(int argc, char **argv)
{
	static const struct option table[] = {{"db", required_argument, NULL, 'b'},
	                                      {"config", required_argument, NULL, 'c'}, {0}};
	struct err err = {0};
	const char *db = NULL, *config = NULL;
	char path[ARGS_PATH];
	int opt, rc = 0;
	args_start();
	while (rc == 0 && (opt = args_next(argc, argv, table, &err)) != -1) {
		if (opt == '?')
			rc = err.code;
		if (opt == 'b')
			db = optarg;
		if (opt == 'c')
			config = optarg;
	}
	if (rc == 0)
		rc = args_none(argc, argv, &err);
	if (rc == 0)
		rc = args_db(db, config, path, &err);
	if (rc == 0)
		rc = list(path, &err);
	return rc == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
}
