#include "report/csv.h"

#include <inttypes.h>
#include <math.h>

#include "report/escape.h"

static void start_row(struct buf *out, const struct report_region *g, const struct report_target *t,
                      const char *measure)
{
	const char *const cells[] = { g->id, g->name, t->name, role_name(t->role), measure };
	for (size_t i = 0; i < LAT_COUNT(cells); i++) {
		escape_csv(out, cells[i]);
		buf_addc(out, ',');
	}
}

/* An empty cell where there is no number. */
static void number(struct buf *out, double x, int decimals)
{
	if (isfinite(x))
		buf_addf(out, "%.*f", decimals, x);
	buf_addc(out, ',');
}

static void estimate_rows(struct buf *out, const struct report *r, const struct report_region *g,
                          const struct report_target *t)
{
	for (size_t i = 0; i < present_measures_of(r); i++) {
		enum measure m = present_measures[i];
		for (int q = 0; q < QUANTILES; q++) {
			const struct estimate *e = &t->phase[m][q];
			if (!e->fail && !isfinite(e->ms))
				continue;
			start_row(out, g, t, measure_name(m));
			buf_addf(out, "%s,", report_quantile_names[q]);
			number(out, e->fail ? NAN : e->ms, 3);
			buf_adds(out, "ms,");
			number(out, e->low, 3);
			number(out, e->high, 3);
			buf_addf(out, "%d\r\n", e->fail);
		}
	}
}

static void count_row(struct buf *out, const struct report_region *g, const struct report_target *t,
                      const char *measure, uint64_t n)
{
	start_row(out, g, t, measure);
	buf_addf(out, ",%" PRIu64 ",count,,,0\r\n", n);
}

/* Two rows for each place: "edge Frankfurt, DE" is its share, "edge_rtt ..." the round trip. */
static void edge_rows(struct buf *out, const struct report_region *g, const struct report_target *t)
{
	struct buf place = {0}, measure = {0};
	for (size_t i = 0; i < t->edges.len; i++) {
		const struct report_edge *e = &t->edges.at[i];
		buf_clear(&place);
		present_edge_place(&place, e);
		if (e->impossible)
			buf_addf(&place, " (%s)", PRESENT_IMPOSSIBLE);
		buf_clear(&measure);
		buf_addf(&measure, "edge %s", buf_str(&place));
		start_row(out, g, t, buf_str(&measure));
		buf_addc(out, ',');
		number(out, e->share, 6);
		buf_adds(out, "share,,,0\r\n");
		if (!isfinite(e->rtt_ms))
			continue;
		buf_clear(&measure);
		buf_addf(&measure, "edge_rtt %s", buf_str(&place));
		start_row(out, g, t, buf_str(&measure));
		buf_adds(out, "p50,");
		number(out, e->rtt_ms, 3);
		buf_adds(out, "ms,,,0\r\n");
	}
	out->failed = out->failed || place.failed || measure.failed;
	buf_free(&place);
	buf_free(&measure);
}

int csv_write(const struct view *v, struct buf *out, struct err *err)
{
	const struct report *r = v->report;
	buf_adds(out, "region,name,target,role,measure,quantile,value,unit,low,high,fail\r\n");
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (!present_listed(v, g))
			continue;
		for (size_t k = 0; k < g->targets.len; k++) {
			const struct report_target *t = &g->targets.at[k];
			count_row(out, g, t, "attempts", t->attempts);
			count_row(out, g, t, "failures", t->failures);
			start_row(out, g, t, "availability");
			buf_addc(out, ',');
			number(out, t->availability, 6);
			buf_adds(out, "share,,,0\r\n");
			estimate_rows(out, r, g, t);
			edge_rows(out, g, t);
		}
	}
	return out->failed ? err_nomem(err) : 0;
}
