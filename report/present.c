#include "report/present.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const enum measure present_measures[PRESENT_MEASURES] = {
	M_DNS, M_TCP, M_TLS, M_WAIT, M_BODY, M_TTFB, M_TOTAL, M_MIN_RTT,
};

size_t present_measures_of(const struct report *r)
{
	return r->metric == M_MIN_RTT ? PRESENT_MEASURES : PRESENT_MEASURES - 1;
}

int view_by_of(const char *name)
{
	static const char *const names[] = { "continent", "country", "probe" };
	for (size_t i = 0; i < LAT_COUNT(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (int)i;
	return -1;
}

/* ---- numbers ----------------------------------------------------------------------- */

static const char *dash(char *out)
{
	return strcpy(out, "-");
}

/* Three digits say all that a sketch of one per cent knows; whole milliseconds from ten on,
 * since nobody acts on less. */
static int decimals_of(double ms)
{
	double size = fabs(ms);
	return size < 0.9995 ? 2 : size < 9.95 ? 1 : 0;
}

const char *present_ms(double ms, char out[PRESENT_TEXT])
{
	if (!isfinite(ms))
		return dash(out);
	snprintf(out, PRESENT_TEXT, "%.*f", decimals_of(ms), ms);
	return out;
}

const char *present_effect(double ms, bool unit, char out[PRESENT_TEXT])
{
	char text[PRESENT_TEXT];
	if (isinf(ms))
		return strcpy(out, "fail");
	snprintf(out, PRESENT_TEXT, "%.20s%s", present_ms(ms, text), unit ? " ms" : "");
	return out;
}

const char *present_estimate(const struct estimate *e, char out[PRESENT_TEXT])
{
	return e->fail ? strcpy(out, "fail") : present_ms(e->ms, out);
}

const char *present_interval(double low, double high, char out[PRESENT_TEXT])
{
	char a[PRESENT_TEXT], b[PRESENT_TEXT];
	out[0] = '\0';
	if (isfinite(low) && isfinite(high))
		snprintf(out, PRESENT_TEXT, "%.20s to %.20s", present_ms(low, a), present_ms(high, b));
	return out;
}

const char *present_change(double ms, char out[PRESENT_TEXT])
{
	if (!isfinite(ms))
		return dash(out);
	if (fabs(ms) < 0.005)
		return strcpy(out, "0");
	snprintf(out, PRESENT_TEXT, "%+.*f", decimals_of(ms), ms);
	return out;
}

const char *present_availability(double share, char out[PRESENT_TEXT])
{
	if (!isfinite(share))
		return dash(out);
	/* 1e-9: 0.982 * 1000 is 981.99... in binary, and must not become 98.1. */
	double percent = share * 100 + 1e-9;
	if (share >= 1 - 1e-9) /* a mixture's weights add up to one but for rounding */
		snprintf(out, PRESENT_TEXT, "100 %%");
	else if (percent >= 99.9)
		snprintf(out, PRESENT_TEXT, "%.2f %%", floor(percent * 100) / 100);
	else
		snprintf(out, PRESENT_TEXT, "%.1f %%", floor(percent * 10) / 10);
	return out;
}

const char *present_share(double share, char out[PRESENT_TEXT])
{
	if (!isfinite(share))
		return dash(out);
	if (share > 0 && share < 0.005)
		return strcpy(out, "<1 %");
	snprintf(out, PRESENT_TEXT, "%.0f %%", share * 100);
	return out;
}

const char *present_days(double days, char out[PRESENT_TEXT])
{
	if (!isfinite(days))
		return dash(out);
	snprintf(out, PRESENT_TEXT, "%.0f", floor(days));
	return out;
}

const char *present_skew(double s, char out[PRESENT_TEXT])
{
	if (!isfinite(s))
		return dash(out);
	snprintf(out, PRESENT_TEXT, "%+.1f", s);
	return out;
}

const char *present_time(int64_t us, char out[PRESENT_TEXT])
{
	char text[WALL_TEXT];
	if (us == US_NONE)
		return dash(out);
	wall_format((struct wall){ us }, text);
	snprintf(out, PRESENT_TEXT, "%.10s %.5s", text, strlen(text) > 11 ? text + 11 : "");
	return out;
}

const char *present_count(uint64_t n, char out[PRESENT_TEXT])
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	size_t at = 0;
	for (int i = 0; i < len; i++) {
		/* Four digits are read at a glance without a gap. */
		if (i > 0 && (len - i) % 3 == 0 && len > 4) {
			memcpy(out + at, "\xC2\xA0", 2);
			at += 2;
		}
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

const char *present_quantile(double q, char out[PRESENT_TEXT])
{
	snprintf(out, PRESENT_TEXT, "p%.6g", q * 100);
	return out;
}

const char *present_objective(const struct report *r, char out[PRESENT_TEXT])
{
	char q[PRESENT_TEXT];
	snprintf(out, PRESENT_TEXT, "%.12s(%s) <= %.10g ms", present_quantile(r->quantile, q),
	         measure_name(r->metric), r->limit_ms);
	return out;
}

/* ---- verdicts ---------------------------------------------------------------------- */

enum mood present_mood(enum verdict v)
{
	switch (v) {
	case VERDICT_OK: return MOOD_GOOD;
	case VERDICT_BORDERLINE: return MOOD_CLOSE;
	case VERDICT_NO_DATA: return MOOD_UNKNOWN;
	default: return MOOD_BAD;
	}
}

enum mood present_gate_mood(enum gate_verdict v)
{
	return v == GATE_PASS ? MOOD_GOOD : v == GATE_FAIL ? MOOD_BAD : MOOD_CLOSE;
}

const char *present_mood_name(enum mood m)
{
	static const char *const names[MOODS] = { "good", "close", "bad", "unknown" };
	return names[m];
}

const char *present_mark(enum mood m)
{
	/* Heavy check mark's light sister, almost equal, ballot x, question mark: all are in
	 * the fonts that every system has. */
	static const char *const marks[MOODS] = { "\u2713", "\u2248", "\u2717", "?" };
	return marks[m];
}

enum mood present_probe_mood(const struct report *r, const struct report_probe *p)
{
	const struct estimate *e = &p->objective;
	if (p->impossible || !(e->fail || isfinite(e->ms)))
		return MOOD_UNKNOWN;
	if (e->fail || e->ms > r->limit_ms)
		return MOOD_BAD;
	return isfinite(e->high) && e->high > r->limit_ms ? MOOD_CLOSE : MOOD_GOOD;
}

bool present_falls_short(const struct report_region *g)
{
	return present_mood(g->verdict) == MOOD_BAD;
}

void present_verdict(struct buf *out, const struct report_region *g)
{
	buf_adds(out, verdict_name(g->verdict));
	for (size_t i = 0; i < g->also.len; i++)
		buf_addf(out, ", %s", verdict_name(g->also.at[i]));
}

/* ---- regions and targets ------------------------------------------------------------ */

bool present_listed(const struct view *v, const struct report_region *g)
{
	switch (g->level) {
	case LEVEL_CONTINENT: return true;
	case LEVEL_COUNTRY: return v->by != VIEW_CONTINENT;
	default: return v->by == VIEW_PROBE;
	}
}

const struct report_region *present_region(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->regions.len; i++)
		if (strcmp(r->regions.at[i].id, id) == 0)
			return &r->regions.at[i];
	return NULL;
}

const struct report_target *present_cdn(const struct report_region *g)
{
	const struct report_target *first = NULL;
	for (size_t i = 0; i < g->targets.len; i++) {
		const struct report_target *t = &g->targets.at[i];
		if (t->role != ROLE_CDN)
			continue;
		if (g->judged_target == NULL || strcmp(t->name, g->judged_target) == 0)
			return t;
		if (first == NULL)
			first = t;
	}
	return first;
}

const struct report_target *present_baseline(const struct report_region *g)
{
	for (size_t i = 0; i < g->targets.len; i++)
		if (g->targets.at[i].role == ROLE_BASELINE)
			return &g->targets.at[i];
	return NULL;
}

const char *present_cdn_name(const struct report *r)
{
	const char *name = NULL;
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_target *t = present_cdn(&r->regions.at[i]);
		if (t != NULL && name != NULL && strcmp(t->name, name) != 0)
			return "the CDN";
		name = t != NULL ? t->name : name;
	}
	return name != NULL ? name : "the CDN";
}

const char *present_baseline_name(const struct report *r)
{
	for (size_t i = 0; i < r->regions.len; i++)
		if (present_baseline(&r->regions.at[i]) != NULL)
			return present_baseline(&r->regions.at[i])->name;
	return NULL;
}

int present_column(const struct report *r)
{
	for (int i = 0; i < QUANTILES; i++)
		if (fabs(report_quantiles[i] - r->quantile) < 1e-9)
			return i;
	return P75;
}

void present_speaker(struct buf *out, const struct report *r, const struct report_region *g)
{
	if (g->probes.len == 1 && g->level != LEVEL_PROBE && strcmp(r->basis, "vantages") == 0)
		buf_addf(out, "at %s", g->probes.at[0]);
}

const char *present_level_name(enum region_level l)
{
	static const char *const names[] = { "continent", "country", "probe" };
	return names[l];
}

const char *present_measure_label(enum measure m)
{
	switch (m) {
	case M_DNS: return "DNS";
	case M_TCP: return "TCP";
	case M_TLS: return "TLS";
	case M_TTFB: return "first byte";
	default: return measure_name(m);
	}
}
