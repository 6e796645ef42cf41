/* What all writers say in the same words: numbers, verdicts, who speaks, and which of a
 * region's targets stand side by side. Nothing here writes a file or knows a form. */
#ifndef LATLAS_REPORT_PRESENT_H
#define LATLAS_REPORT_PRESENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/clock.h"
#include "report/result.h"
#include "schema/plan.h"

/* Which regions a table lists. */
enum view_by { VIEW_CONTINENT, VIEW_COUNTRY, VIEW_PROBE };
int view_by_of(const char *name); /* -1 if there is no such level */

struct charts;

/* What a writer prints: the report, and how much of it. */
struct view {
	const struct report *report;
	enum view_by by;
	bool private;                 /* costs too, and with `plan` the addresses */
	const struct plan *plan;      /* NULL: no addresses and URLs at hand */
	const struct charts *charts;  /* NULL: none asked for */
	bool chart_files;             /* the charts lie beside, as files */
};

/* ---- numbers. All return `out`, which has room for PRESENT_TEXT bytes. ---------- */
#define PRESENT_TEXT 48

/* Milliseconds: "0.42", "7.3", "120"; "-" for NAN. */
const char *present_ms(double ms, char out[PRESENT_TEXT]);
/* What a fix or a candidate brings: "fail" for INFINITY. With `unit`: "480 ms". */
const char *present_effect(double ms, bool unit, char out[PRESENT_TEXT]);
/* The same, "fail" where the quantile lies among the failures. */
const char *present_estimate(const struct estimate *e, char out[PRESENT_TEXT]);
/* "1098 to 1150"; "" without bounds. */
const char *present_interval(double low, double high, char out[PRESENT_TEXT]);
/* With a sign: "+61", "-3.2", "0". */
const char *present_change(double ms, char out[PRESENT_TEXT]);
/* A share that must not look better than it is, rounded down: "100 %", "99.97 %", "98.2 %"; "-". */
const char *present_availability(double share, char out[PRESENT_TEXT]);
/* A share of a whole, rounded: "42 %", "<1 %"; "-". */
const char *present_share(double share, char out[PRESENT_TEXT]);
/* "2026-11-22 19:35" in UTC; "-" for US_NONE. */
const char *present_time(int64_t us, char out[PRESENT_TEXT]);
/* An integer with blanks between thousands, which are no-break blanks of UTF-8. */
const char *present_count(uint64_t n, char out[PRESENT_TEXT]);
/* Whole days, rounded down: "61", "0", "-3"; "-" for NAN. */
const char *present_days(double days, char out[PRESENT_TEXT]);
/* With a sign and one decimal: "+0.1", "-42.0"; "-" for NAN. */
const char *present_skew(double s, char out[PRESENT_TEXT]);
/* "p75(total) <= 1000 ms" */
const char *present_objective(const struct report *r, char out[PRESENT_TEXT]);
/* "p75", "p99.9" */
const char *present_quantile(double q, char out[PRESENT_TEXT]);

/* ---- verdicts --------------------------------------------------------------------- */
enum mood { MOOD_GOOD, MOOD_CLOSE, MOOD_BAD, MOOD_UNKNOWN, MOODS };
enum mood present_mood(enum verdict v);
enum mood present_gate_mood(enum gate_verdict v);
const char *present_mood_name(enum mood m);  /* a word for classes: "good" "close" "bad" "unknown" */
const char *present_mark(enum mood m); /* one character beside the word, so that colour is never alone */
/* A vantage on the map: by its own estimate; CLOSE if only the point meets the limit. */
enum mood present_probe_mood(const struct report *r, const struct report_probe *p);
/* The objective is missed, for whatever reason. */
bool present_falls_short(const struct report_region *g);
/* "mis-steered, slow-dns": the whole set of fixes. Appends. */
void present_verdict(struct buf *out, const struct report_region *g);

/* ---- regions and targets ---------------------------------------------------------- */
/* The region is of a level that the view lists. */
bool present_listed(const struct view *v, const struct report_region *g);
/* NULL if there is none. */
const struct report_region *present_region(const struct report *r, const char *id);
/* The cdn target that the verdict is about, and the first baseline; NULL. */
const struct report_target *present_cdn(const struct report_region *g);
const struct report_target *present_baseline(const struct report_region *g);
/* The cdn target's name if it is the same for all regions that have one, else "the CDN"; and
 * the baseline's, NULL if there is none. */
const char *present_cdn_name(const struct report *r);
const char *present_baseline_name(const struct report *r);
/* The column of the objective's quantile, P75 if it is none of the five. */
int present_column(const struct report *r);
/* Who speaks: "at mumbai-1" for one vantage and an empty text for more. Appends. */
void present_speaker(struct buf *out, const struct report *r, const struct report_region *g);
const char *present_level_name(enum region_level l); /* "continent" "country" "probe" */
/* Measures of the percentile tables, in their order. */
extern const enum measure present_measures[];
enum { PRESENT_MEASURES = 8 };
/* How many of them this report's tables have: min_rtt, the last, only if it is the objective. */
size_t present_measures_of(const struct report *r);
/* Is there more to say of where this target answered from than which of our nodes did? */
bool present_has_edges(const struct view *v, const char *target);
/* "Frankfurt, DE", "fra (Frankfurt, DE)", "not known", "7 other places". Appends. */
void present_edge_place(struct buf *out, const struct report_edge *e);
#define PRESENT_IMPOSSIBLE "impossible: anycast, or wrong in the database"
/* For people: "DNS", "TCP", ..., "first byte", "total". */
const char *present_measure_label(enum measure m);

#endif
