/* latlas-collector probes: who is enrolled, and when each was heard of. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/args.h"
#include "collector/commands.h"
#include "collector/fleet.h"
#include "collector/geo.h"
#include "lib/clock.h"
#include "lib/table.h"
#include "schema/json.h"
#include "schema/registry.h"

/* "12 s ago"; a clock that was set back since makes it "just now", or worse. */
static const char *ago(int64_t then_us, int64_t now_us, char *out, size_t size)
{
	char text[DURATION_TEXT];
	if (then_us == US_NONE)
		snprintf(out, size, "never");
	else if (then_us - now_us > REGISTRY_LATE_US)
		snprintf(out, size, "in the future");
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

/* `silent_only`: those alone. */
static bool print(const struct fleet *f, int64_t now_us, bool silent_only)
{
	static const char *const head[] = {"name",    "country", "city",  "place by", "network", "last seen",
	                                   "version", "skew",    "drops", "samples/day", "token", "flags"};
	char seen[DURATION_TEXT + 8], off[32], by[32];
	struct buf flags = {0};
	struct table *t = table_new("lllllllrrrll");
	if (t == NULL)
		return false;
	for (size_t i = 0; i < LAT_COUNT(head); i++)
		table_cell(t, "%s", head[i]);
	table_rule(t);
	for (size_t i = 0; i < f->probes.len; i++) {
		const struct fleet_probe *p = &f->probes.at[i];
		if (silent_only && !p->silent)
			continue;
		buf_clear(&flags);
		fleet_flags(p, &flags);
		table_cell(t, "%s", p->row->name);
		table_cell(t, "%s", or_dash(p->row->country));
		table_cell(t, "%s", or_dash(p->row->city));
		table_cell(t, "%s", place_by(p->row, by, sizeof by));
		table_cell(t, "%s", network_name(p->row->network));
		table_cell(t, "%s", ago(p->row->last_seen_us, now_us, seen, sizeof seen));
		table_cell(t, "%s", or_dash(p->row->last_version));
		table_cell(t, "%s", skew(p->row->last_skew_us, off, sizeof off));
		table_cell(t, "%" PRId64, p->row->dropped);
		table_cell(t, "%" PRId64, p->more.samples_day);
		table_cell(t, "%s", fleet_token_name(p->token));
		table_cell(t, "%s", buf_str(&flags));
	}
	bool ok = table_print(t, stdout) && !flags.failed;
	table_free(t);
	buf_free(&flags);
	return ok;
}

static void json_time(struct json_out *j, const char *key, int64_t us)
{
	json_key(j, key);
	if (us == US_NONE)
		json_null(j);
	else
		json_int(j, us);
}

static void json_text(struct json_out *j, const char *key, const char *text)
{
	json_key(j, key);
	json_string(j, text);
}

static void json_probe(struct json_out *j, const struct fleet_probe *p)
{
	const struct probe_row *row = p->row;
	struct fleet_flag flags[FLEET_FLAGS];
	fleet_flag_list(p, flags);
	json_object(j);
	json_text(j, "name", row->name);
	json_text(j, "country", row->country);
	json_text(j, "city", row->city);
	json_text(j, "place_by", row->place_source);
	json_text(j, "asn", row->asn);
	json_text(j, "network", network_name(row->network));
	json_text(j, "source", p->more.source);
	json_time(j, "enrolled_us", row->enrolled_us);
	json_time(j, "last_seen_us", row->last_seen_us);
	json_text(j, "version", row->last_version);
	json_key(j, "skew_us");
	if (row->last_skew_us == STORE_NO_SKEW)
		json_null(j);
	else
		json_int(j, row->last_skew_us);
	json_key(j, "dropped");
	json_int(j, row->dropped);
	json_key(j, "samples_day");
	json_int(j, p->more.samples_day);
	json_text(j, "plan_rev", p->more.plan_rev);
	json_text(j, "token", fleet_token_name(p->token));
	json_key(j, "flags");
	json_object(j);
	for (size_t i = 0; i < FLEET_FLAGS; i++) {
		json_key(j, flags[i].key);
		json_bool(j, flags[i].set);
	}
	json_object_end(j);
	json_object_end(j);
}

static int print_json(const struct fleet *f, bool silent_only, struct err *err)
{
	struct buf out = {0};
	struct json_out *j = json_out_new(&out, true);
	json_object(j);
	json_key(j, "probes");
	json_array(j);
	for (size_t i = 0; i < f->probes.len; i++)
		if (!silent_only || f->probes.at[i].silent)
			json_probe(j, &f->probes.at[i]);
	json_array_end(j);
	json_object_end(j);
	int rc = json_out_done(j, err);
	if (rc == 0)
		printf("%s\n", buf_str(&out));
	buf_free(&out);
	return rc;
}

struct ask {
	int64_t silent_us; /* 0: the whole table */
	bool json;
};

static int show(const struct fleet *f, const struct ask *ask, int64_t now_us, struct err *err)
{
	char text[DURATION_TEXT];
	bool silent_only = ask->silent_us > 0;
	if (ask->json)
		return print_json(f, silent_only, err);
	if (silent_only && f->silent == 0)
		return 0; /* cron mails nobody that all is well */
	if (f->probes.len == 0) {
		printf("no probe is enrolled yet: latlas-collector enroll NAME\n");
		return 0;
	}
	if (silent_only && f->silent == 1 && f->speakers == 1)
		printf("the only probe is silent: is the collector reachable?\n");
	else if (silent_only && f->silent == f->speakers)
		printf("all %zu probes are silent: is the collector reachable?\n", f->silent);
	else if (silent_only)
		printf("%zu of %zu probes %s silent for more than %s:\n", f->silent, f->speakers,
		       f->silent == 1 ? "is" : "are", duration_format(ask->silent_us, text));
	return print(f, now_us, silent_only) ? 0 : err_nomem(err);
}

/* Not for a timer that finds nobody silent: it asks often, and this reads a week of cells. */
static int judge_places(struct fleet *f, struct registry *registry, const char *db, int64_t now_us, struct err *err)
{
	struct store *store = NULL;
	int rc = store_open_sqlite(&store, db, STORE_READ, err);
	if (rc == 0)
		rc = fleet_places(f, registry, store, now_us, err);
	store_close(store);
	return rc;
}

static int list(const char *db, const struct ask *ask, struct err *err)
{
	struct registry *registry = NULL;
	struct fleet fleet = {0};
	int64_t now_us = wall_now().us;
	int rc = registry_open(&registry, db, STORE_READ, err);
	if (rc == 0)
		rc = fleet_load(&fleet, registry, now_us, ask->silent_us > 0 ? ask->silent_us : FLEET_SILENT_US, err);
	if (rc == 0 && (ask->silent_us == 0 || fleet.silent > 0))
		rc = judge_places(&fleet, registry, db, now_us, err);
	if (rc == 0)
		rc = show(&fleet, ask, now_us, err);
	if (rc == 0)
		rc = args_flush(err);
	bool silent = rc == 0 && ask->silent_us > 0 && fleet.silent > 0;
	fleet_free(&fleet);
	registry_close(registry);
	return silent ? LAT_NO : rc;
}

static int read_silent(const char *text, struct ask *ask, struct err *err)
{
	int rc = duration_parse(text, &ask->silent_us, err);
	if (rc == 0 && ask->silent_us <= 0)
		rc = err_set(err, LAT_USAGE, "'%s' is no time at all", text);
	return rc == 0 ? 0 : err_prefix(err, "probes: --silent");
}

int probes_main(int argc, char **argv)
{
	static const struct option table[] = {{"db", required_argument, NULL, 'b'},
	                                      {"config", required_argument, NULL, 'c'},
	                                      {"silent", required_argument, NULL, 's'},
	                                      {"json", no_argument, NULL, 'j'}, {0}};
	struct err err = {0};
	struct ask ask = {0};
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
		if (opt == 's')
			rc = read_silent(optarg, &ask, &err);
		ask.json = ask.json || opt == 'j';
	}
	if (rc == 0)
		rc = args_none(argc, argv, &err);
	if (rc == 0)
		rc = args_db(db, config, path, &err);
	if (rc == 0)
		rc = list(path, &ask, &err);
	return rc == 0 || rc == LAT_NO ? rc : err_print(&err, COLLECTOR_NAME);
}
