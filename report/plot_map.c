/* The map: vantages coloured and shaped by the objective, nodes as squares, candidates as
 * diamonds. Projected here (Equal Earth) and handed over in pixels, since the labels are
 * placed in pixels too.
 *
 * B. Savric, T. Patterson, B. Jenny: "The Equal Earth map projection", International
 * Journal of Geographical Information Science 33 (2019): the polynomial and its constants. */
#include "report/plot_chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "report/embedded.h"
#include "report/escape.h"
#include "report/plot_label.h"

#define NORTH 83.0        /* of the land that is shown */
#define SOUTH (-56.0)
#define FOOT 34           /* pixels below the map: the key */
#define SMALLEST 1.6      /* pixels: smaller islands are left out */
#define CHAR_WIDTH 6.3    /* of the labels' font, on the safe side */
#define LINE_HEIGHT 12.0
#define MAX_LABEL 28      /* characters */

/* ---- projection -------------------------------------------------------------------- */

struct point { double x, y; };

static struct point equal_earth(double lat, double lon)
{
	static const double a1 = 1.340264, a2 = -0.081106, a3 = 0.000893, a4 = 0.003796;
	double t = asin(sqrt(3) / 2 * sin(lat * M_PI / 180));
	double t2 = t * t, t6 = t2 * t2 * t2;
	double slope = a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2);
	return (struct point){ 2 * sqrt(3) * (lon * M_PI / 180) * cos(t) / (3 * slope),
	                       t * (a1 + a2 * t2 + t6 * (a3 + a4 * t2)) };
}

static double scale(void)
{
	return PLOT_WIDTH / (2 * equal_earth(0, 180).x);
}

static double map_height(void)
{
	return ceil((equal_earth(NORTH, 0).y - equal_earth(SOUTH, 0).y) * scale());
}

/* Pixels from the upper left corner. */
static struct point pixels(double lat, double lon)
{
	struct point p = equal_earth(lat, lon);
	return (struct point){ PLOT_WIDTH / 2.0 + p.x * scale(), (equal_earth(NORTH, 0).y - p.y) * scale() };
}

/* ---- land -------------------------------------------------------------------------- */

struct ring {
	struct buf text;              /* "x y" lines */
	double x0, y0, x1, y1;
	bool water;
};

static void ring_point(struct ring *g, double lat, double lon)
{
	struct point p = pixels(lat, lon);
	buf_addf(&g->text, "%.1f\t%.1f\n", p.x, p.y);
	g->x0 = fmin(g->x0, p.x);
	g->x1 = fmax(g->x1, p.x);
	g->y0 = fmin(g->y0, p.y);
	g->y1 = fmax(g->y1, p.y);
}

/* A ring is over: keep it unless it is too small to be seen. */
static void ring_end(struct ring *g, struct buf *land, struct buf *water)
{
	if (g->text.len > 0 && g->x1 - g->x0 >= SMALLEST && g->y1 - g->y0 >= SMALLEST) {
		struct buf *to = g->water ? water : land;
		buf_add(to, g->text.data, g->text.len);
		buf_addc(to, '\n');
	}
	buf_clear(&g->text);
	g->x0 = g->y0 = INFINITY;
	g->x1 = g->y1 = -INFINITY;
}

/* The form is described at the top of report/coastline.txt. */
static void read_coastline(const char *s, struct buf *land, struct buf *water)
{
	struct ring g = { .x0 = INFINITY, .y0 = INFINITY, .x1 = -INFINITY, .y1 = -INFINITY };
	int lon = 0, lat = 0;
	while (*s != '\0') {
		size_t len = strcspn(s, " \n");
		if (*s == '#') {
			s += strcspn(s, "\n");
		} else if (strncmp(s, "land", 4) == 0 || strncmp(s, "water", 5) == 0) {
			ring_end(&g, land, water);
			g.water = *s == 'w';
			lon = lat = 0;
			s += len;
		} else if (len > 0) {
			char *comma;
			lon += (int)strtol(s, &comma, 10);
			lat += (int)strtol(comma + 1, NULL, 10);
			ring_point(&g, lat / 10.0, lon / 10.0);
			s += len;
		}
		s += strspn(s, " \n");
	}
	ring_end(&g, land, water);
	buf_free(&g.text);
}

/* ---- markers ----------------------------------------------------------------------- */

/* In the order in which their labels look for room. */
enum kind {
	KIND_RECOMMENDED, KIND_OVER, KIND_NODE, KIND_CLOSE, KIND_CANDIDATE, KIND_OK, KIND_UNKNOWN,
	KINDS
};

/* The data file of each kind, and half of its marker's width in pixels. */
static const struct { const char *stem; double radius; } kinds[KINDS] = {
	[KIND_RECOMMENDED] = { "recommended", 14 }, [KIND_OVER] = { "over", 9 }, [KIND_NODE] = { "node", 9 },
	[KIND_CLOSE] = { "close", 8 }, [KIND_CANDIDATE] = { "candidate", 9 }, [KIND_OK] = { "ok", 6 },
	[KIND_UNKNOWN] = { "unknown", 5 },
};

struct marker { enum kind kind; const char *name; char ms[PRESENT_TEXT]; };
typedef VEC(struct marker) markers;

struct scene {
	markers markers;
	labels labels;                /* the same indices */
	size_t count[KINDS];
	bool failed;
};

static void add_marker(struct scene *s, enum kind kind, double lat, double lon, const char *name,
                       const char *value)
{
	/* Beyond the frame there is nothing to mark. */
	if (!isfinite(lat) || !isfinite(lon) || lat > NORTH || lat < SOUTH)
		return;
	struct marker *m = vec_add(&s->markers);
	struct label *l = m == NULL ? NULL : vec_add(&s->labels);
	if (l == NULL) {
		s->failed = true;
		return;
	}
	struct point p = pixels(lat, lon);
	m->kind = kind;
	m->name = name;
	snprintf(m->ms, sizeof m->ms, "%s", value);
	size_t chars = text_width(name) + (*value != '\0' ? 1 + strlen(value) : 0);
	*l = (struct label){
		.x = p.x, .y = p.y, .radius = kinds[kind].radius, .rank = (int)kind, .height = LINE_HEIGHT,
		.width = chars > MAX_LABEL ? 0 : CHAR_WIDTH * (double)chars,
	};
	s->count[kind]++;
}

/* A place that is the best there is and still not enough is a candidate like the others. */
static bool is_recommended(const struct report *r, const char *candidate)
{
	for (size_t i = 0; i < r->regions.len; i++) {
		const struct report_region *g = &r->regions.at[i];
		if (g->level == LEVEL_COUNTRY && g->verdict == VERDICT_NEEDS_NODE &&
		    g->recommend.candidate != NULL && g->recommend.meets
		    && strcmp(g->recommend.candidate, candidate) == 0)
			return true;
	}
	return false;
}

static void build_scene(const struct view *v, struct scene *s)
{
	static const enum kind by_mood[MOODS] = { KIND_OK, KIND_CLOSE, KIND_OVER, KIND_UNKNOWN };
	const struct report *r = v->report;
	char text[PRESENT_TEXT];
	for (size_t i = 0; i < r->nodes.len; i++) {
		const struct report_node *n = &r->nodes.at[i];
		enum kind kind = !n->candidate ? KIND_NODE
		                 : is_recommended(r, n->name) ? KIND_RECOMMENDED : KIND_CANDIDATE;
		add_marker(s, kind, n->lat, n->lon, n->name, "");
	}
	for (size_t i = 0; i < r->probes.len; i++) {
		const struct report_probe *p = &r->probes.at[i];
		enum mood mood = present_probe_mood(r, p);
		const char *value = mood == MOOD_UNKNOWN ? "" : present_estimate(&p->objective, text);
		add_marker(s, by_mood[mood], p->lat, p->lon, p->city != NULL ? p->city : p->name, value);
	}
	if (!label_place(&s->labels, PLOT_WIDTH, map_height()))
		s->failed = true;
}

static void free_scene(struct scene *s)
{
	vec_free(&s->markers);
	vec_free(&s->labels);
}

static void write_markers(struct gnuplot_job *job, const struct scene *s)
{
	for (int k = 0; k < KINDS; k++) {
		struct buf *file = gnuplot_file(job, kinds[k].stem, 0);
		for (size_t i = 0; i < s->markers.len; i++)
			if (s->markers.at[i].kind == (enum kind)k)
				buf_addf(file, "%.1f\t%.1f\n", s->labels.at[i].x, s->labels.at[i].y);
		buf_adds(file, "-999\t-999\n"); /* outside: gnuplot refuses empty files */
	}
}

/* A file for each alignment, since that is a property of a whole plot; and the lines to
 * labels that stand away. */
static void write_labels(struct gnuplot_job *job, const struct scene *s)
{
	static const char *const files[] = { "left", "right", "centre" }; /* as enum label_side */
	for (size_t k = 0; k < LAT_COUNT(files); k++) {
		struct buf *file = gnuplot_file(job, files[k], 0);
		for (size_t i = 0; i < s->markers.len; i++) {
			const struct label *l = &s->labels.at[i];
			struct buf text = {0};
			if (l->side != (enum label_side)k)
				continue;
			buf_addf(&text, "%s%s%s", s->markers.at[i].name,
			         s->markers.at[i].ms[0] != '\0' ? " " : "", s->markers.at[i].ms);
			/* The line ends a little before the text. */
			double gap = !l->leader ? 0 : l->side == LABEL_RIGHT ? 2 : -2;
			buf_addf(file, "%.1f\t%.1f\t", l->text_x + gap, l->text_y);
			escape_plot(file, buf_str(&text));
			buf_addc(file, '\n');
			buf_free(&text);
		}
		buf_adds(file, "-999\t-999\t\"\"\n");
	}
	struct buf *file = gnuplot_file(job, "leader", 0);
	for (size_t i = 0; i < s->labels.len; i++) {
		const struct label *l = &s->labels.at[i];
		if (l->leader)
			buf_addf(file, "%.1f\t%.1f\t%.1f\t%.1f\n", l->x, l->y, l->text_x - l->x,
			         l->text_y - l->y);
	}
	buf_adds(file, "-999\t-999\t0\t0\n");
}

bool plot_map_prepare(const struct view *v, struct gnuplot_job *job)
{
	struct scene s = {0};
	struct buf land = {0}, water = {0};
	read_coastline(embedded_coastline, &land, &water);
	struct buf *file = gnuplot_file(job, "land", 0);
	buf_add(file, buf_str(&land), land.len);
	file = gnuplot_file(job, "water", 0);
	buf_add(file, buf_str(&water), water.len);
	build_scene(v, &s);
	write_markers(job, &s);
	write_labels(job, &s);
	job->failed = job->failed || s.failed || land.failed || water.failed;
	buf_free(&land);
	buf_free(&water);
	gnuplot_number(job, "width", PLOT_WIDTH);
	gnuplot_number(job, "map_height", map_height());
	gnuplot_number(job, "foot", FOOT);
	for (int k = 0; k < KINDS; k++) {
		char name[24];
		snprintf(name, sizeof name, "n_%s", kinds[k].stem);
		gnuplot_number(job, name, (double)s.count[k]);
	}
	bool any = s.markers.len > 0;
	free_scene(&s);
	return any;
}

/* ---- words ------------------------------------------------------------------------- */

void plot_map_alt(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	size_t n[MOODS] = {0}, nodes = 0, candidates = 0;
	for (size_t i = 0; i < r->probes.len; i++)
		n[present_probe_mood(r, &r->probes.at[i])]++;
	for (size_t i = 0; i < r->nodes.len; i++) {
		nodes += !r->nodes.at[i].candidate;
		candidates += r->nodes.at[i].candidate;
	}
	buf_addf(out,
	         "World map of %zu vantage%s: %zu meet the objective, %zu only just, %zu miss it, %zu have no "
	         "data; %zu node%s and %zu candidate%s.",
	         r->probes.len, text_s(r->probes.len), n[MOOD_GOOD], n[MOOD_CLOSE], n[MOOD_BAD], n[MOOD_UNKNOWN], nodes,
	         text_s(nodes), candidates, text_s(candidates));
}

void plot_map_caption(const struct view *v, struct buf *out)
{
	const struct report *r = v->report;
	struct scene s = {0};
	size_t hidden = 0;
	char q[PRESENT_TEXT];
	build_scene(v, &s);
	for (size_t i = 0; i < s.labels.len; i++)
		hidden += s.labels.at[i].side == LABEL_NONE;
	buf_addf(out, "Vantages by their own %s of %s, in ms, against the limit of %.10g ms.",
	         present_quantile(r->quantile, q), present_measure_label(r->metric), r->limit_ms);
	if (hidden > 0)
		buf_addf(out, " %zu labels had no room; the tables have them all.", hidden);
	buf_adds(out, " Coastline: Natural Earth.");
	free_scene(&s);
}
