#include "report/gate_json.h"

#include <math.h>

#include "report/report_json.h"

#define MS 3
#define SHARE 6

static void name_list(struct json_out *j, const char *key, const char *const *at, size_t n)
{
	json_key(j, key);
	json_array(j);
	for (size_t i = 0; i < n; i++)
		json_string(j, at[i]);
	json_array_end(j);
}

/* null where it lies among the failures, and said so. */
static void side(struct json_out *j, const char *key, const char *fail_key, double ms, bool fail)
{
	report_json_number(j, key, fail ? NAN : ms, MS);
	if (fail) {
		json_key(j, fail_key);
		json_bool(j, true);
	}
}

static void region(struct json_out *j, const struct gate *g, const struct gate_region *r)
{
	json_object(j);
	report_json_text(j, "id", r->id);
	report_json_text(j, "level", present_level_name(r->level));
	report_json_text(j, "name", r->name);
	report_json_text(j, "metric", measure_name(g->metric));
	report_json_number(j, "quantile", g->quantile, 6);
	side(j, "before_ms", "before_fail", r->before_ms, r->before_fail);
	side(j, "after_ms", "after_fail", r->after_ms, r->after_fail);
	report_json_number(j, "delta_ms", r->before_fail || r->after_fail ? NAN : r->delta_ms, MS);
	json_key(j, "interval");
	json_array(j);
	json_double(j, r->low, MS);
	json_double(j, r->high, MS);
	json_array_end(j);
	report_json_number(j, "margin_ms", r->margin_ms, MS);
	report_json_text(j, "verdict", gate_verdict_name(r->verdict));
	report_json_text(j, "failures", gate_verdict_name(r->failures));
	report_json_number(j, "failing_before", r->failing_before, SHARE);
	report_json_number(j, "failing_after", r->failing_after, SHARE);
	report_json_text(j, "crosses", r->crosses > 0 ? "missed" : r->crosses < 0 ? "met" : NULL);
	json_key(j, "blocks");
	json_int(j, (int64_t)r->blocks);
	json_key(j, "extrapolated");
	json_bool(j, r->extrapolated);
	name_list(j, "hidden", r->hidden.at, r->hidden.len);
	report_json_text(j, "why", r->why);
	json_object_end(j);
}

static void head(struct json_out *j, const struct gate *g)
{
	json_key(j, "latlas");
	json_int(j, 1);
	report_json_text(j, "verdict", gate_verdict_name(g->verdict));
	report_json_text(j, "basis", g->basis);
	report_json_text(j, "policy", g->policy);
	json_key(j, "change");
	json_object(j);
	name_list(j, "add", g->add.at, g->add.len);
	name_list(j, "remove", g->remove.at, g->remove.len);
	json_object_end(j);
	json_key(j, "window");
	json_object(j);
	report_json_time(j, "since", g->since_us);
	report_json_time(j, "until", g->until_us);
	json_object_end(j);
	json_key(j, "objective");
	json_object(j);
	report_json_text(j, "metric", measure_name(g->metric));
	report_json_number(j, "quantile", g->quantile, 6);
	report_json_number(j, "limit_ms", g->limit_ms, MS);
	json_object_end(j);
}

int gate_json_write(const struct gate *g, struct buf *out, struct err *err)
{
	struct json_out *j = json_out_new(out, true);
	json_object(j);
	head(j, g);
	json_key(j, "regions");
	json_array(j);
	for (size_t i = 0; i < g->regions.len; i++)
		region(j, g, &g->regions.at[i]);
	json_array_end(j);
	name_list(j, "not_judged", g->not_judged.at, g->not_judged.len);
	name_list(j, "required_missing", g->required_missing.at, g->required_missing.len);
	json_key(j, "share");
	json_object(j);
	for (size_t i = 0; i < g->share.len; i++) {
		json_key(j, g->share.at[i].node);
		json_object(j);
		report_json_number(j, "before", g->share.at[i].before, SHARE);
		report_json_number(j, "after", g->share.at[i].after, SHARE);
		json_object_end(j);
	}
	json_object_end(j);
	json_key(j, "seed");
	json_int(j, (int64_t)g->seed);
	report_json_number(j, "block_s", (double)g->block_us / 1e6, 6);
	name_list(j, "notes", g->notes.at, g->notes.len);
	json_object_end(j);
	int rc = json_out_done(j, err);
	if (rc == 0) {
		buf_addc(out, '\n');
		if (out->failed)
			rc = err_nomem(err);
	}
	return rc;
}
