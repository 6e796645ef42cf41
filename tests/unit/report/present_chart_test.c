/* Charts: labels that don't cover each other, SVG that can share a page, and gnuplot kept on
 * a short lead. */
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "report/gnuplot.h"
#include "report/plot.h"
#include "report/plot_label.h"
#include "report/svg.h"
#include "tests/check.h"
#include "tests/unit/report/fixture.h"

/* ---- labels ------------------------------------------------------------------------ */

static void add(labels *l, double x, double y, double width, int rank)
{
	FIXTURE_ADD(
	    *l, ((struct label){ .x = x, .y = y, .radius = 5, .width = width, .height = 12, .rank = rank }));
}

struct box { double x0, y0, x1, y1; };

static struct box text_of(const struct label *l)
{
	double left = l->side == LABEL_RIGHT ? l->text_x : l->side == LABEL_LEFT ? l->text_x - l->width
	                                                                         : l->text_x - l->width / 2;
	return (struct box){ left, l->text_y - 6, left + l->width, l->text_y + 6 };
}

static bool apart(struct box a, struct box b)
{
	return a.x1 <= b.x0 || b.x1 <= a.x0 || a.y1 <= b.y0 || b.y1 <= a.y0;
}

static void test_labels(void)
{
	labels l = {0};
	CHECK_CASE("labels: one alone stands to the right");
	add(&l, 100, 100, 60, 0);
	CHECK(label_place(&l, 400, 300));
	CHECK_INT(l.at[0].side, LABEL_RIGHT);
	CHECK_NEAR(l.at[0].text_x, 108, 0); /* marker 5, gap 3 */
	CHECK_NEAR(l.at[0].text_y, 100, 0);
	CHECK(!l.at[0].leader);
	CHECK_CASE("labels: at the right edge to the left");
	l.at[0].x = 390;
	CHECK(label_place(&l, 400, 300));
	CHECK_INT(l.at[0].side, LABEL_LEFT);
	CHECK_CASE("labels: a crowd of forty, none on another nor on a marker");
	vec_clear(&l);
	for (int i = 0; i < 40; i++)
		add(&l, 200 + 37 * i % 120, 150 + 53 * i % 90, 50, i % 4);
	CHECK(label_place(&l, 500, 400));
	size_t placed = 0;
	bool clear = true;
	for (size_t i = 0; i < l.len; i++) {
		if (l.at[i].side == LABEL_NONE)
			continue;
		struct box box = text_of(&l.at[i]);
		placed++;
		clear = clear && box.x0 >= 0 && box.y0 >= 0 && box.x1 <= 500 && box.y1 <= 400;
		for (size_t k = 0; k < l.len; k++) {
			struct label *m = &l.at[k];
			clear = clear && apart(box, (struct box){ m->x - 5, m->y - 5, m->x + 5, m->y + 5 });
			clear = clear && (k == i || m->side == LABEL_NONE || apart(box, text_of(m)));
		}
	}
	CHECK(clear);
	CHECK(placed >= 15);
	CHECK_CASE("labels: the important one wins the place");
	vec_clear(&l);
	add(&l, 100, 6, 60, 1);
	add(&l, 100, 6, 60, 0);
	CHECK(label_place(&l, 170, 12)); /* room for one text to the right, one to the left */
	CHECK_INT(l.at[1].side, LABEL_RIGHT);
	CHECK_INT(l.at[0].side, LABEL_LEFT);
	vec_free(&l);
}

/* ---- SVG --------------------------------------------------------------------------- */

static const char raw[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"  standalone=\"no\"?>\n<!DOCTYPE svg>\n"
    "<svg \n width=\"600\" height=\"300\"\n"
    " viewBox=\"0 0 600 300\"\n xmlns=\"http://www.w3.org/2000/svg\"\n>\n\n<title>Gnuplot</title>\n"
    "<desc>Produced by GNUPLOT 5.4 patchlevel 4 </desc>\n<g id=\"gnuplot_canvas\">\n"
    "<rect x=\"0\" y=\"0\" width=\"600\" height=\"300\" fill=\"#ffffff\"/>\n<defs>\n\n"
    "\t<circle id='gpDot' r='0.5'/>\n"
    "\t<filter id='textbox'><feFlood/></filter>\n</defs>\n"
    "<g fill=\"none\" color=\"black\" stroke=\"currentColor\">\n<g fill=\"none\">\n</g>\n</g>\n"
    "\t<g id=\"x_plot_1\" ><title>x_plot_1</title>\n\t<path stroke='rgb( 27,  31,  36)' d='M1,1'/>\n"
    "\t<use xlink:href='#gpDot' color='rgb(213,  94,   0)'/>\n<text>a &lt;b></text></g>\n</g>\n</svg>\n";

static void test_svg(void)
{
	struct buf doc = {0}, part = {0};
	struct err err = {0};
	CHECK_CASE("svg: a document with a name and a description");
	CHECK_INT(svg_finish(raw, "chart-x", "A <title>", "what it shows", &doc, &err), 0);
	CHECK_CONTAINS(buf_str(&doc), "<title id=\"chart-x-title\">A &lt;title&gt;</title>");
	CHECK_CONTAINS(buf_str(&doc), "<desc id=\"chart-x-desc\">what it shows</desc>");
	CHECK_CONTAINS(buf_str(&doc), "viewBox=\"0 0 600 300\"");
	CHECK(strstr(buf_str(&doc), "GNUPLOT") == NULL);
	CHECK(strstr(buf_str(&doc), "x_plot_1</title>") == NULL);
	CHECK_CASE("svg: ids of its own");
	CHECK_CONTAINS(buf_str(&doc), "id='chart-x-gpDot'");
	CHECK_CONTAINS(buf_str(&doc), "xlink:href='#chart-x-gpDot'");
	CHECK_CONTAINS(buf_str(&doc), "id=\"chart-x-gnuplot_canvas\"");
	CHECK_CASE("svg: nothing empty, nothing unused");
	CHECK(strstr(buf_str(&doc), "currentColor") == NULL); /* of the empty groups */
	CHECK(strstr(buf_str(&doc), "<filter") == NULL);
	CHECK_CASE("svg: colours of the page become variables, those of the data stay");
	svg_inline(buf_str(&doc), &part);
	CHECK(strncmp(buf_str(&part), "<svg ", 5) == 0);
	CHECK_CONTAINS(buf_str(&part), "stroke='var(--ink)'");
	CHECK_CONTAINS(buf_str(&part), "fill=\"var(--paper)\"");
	CHECK_CONTAINS(buf_str(&part), "color='#d55e00'");
	CHECK_CASE("svg: what isn't gnuplot's is refused");
	buf_clear(&doc);
	CHECK_INT(svg_finish("no svg", "x", "", "", &doc, &err), LAT_UNAVAILABLE);
	CHECK_INT(svg_finish("<svg viewBox=\"0 0 6 3\"><title>never ends", "x", "", "", &doc, &err),
	          LAT_UNAVAILABLE);
	buf_free(&doc);
	buf_free(&part);
}

/* ---- gnuplot ----------------------------------------------------------------------- */

/* A folder in PATH whose gnuplot is this script. */
static void fake_gnuplot(const char *folder, const char *script)
{
	char path[300];
	struct err err = {0};
	snprintf(path, sizeof path, "%s/gnuplot", folder);
	if (file_write_atomic(path, script, strlen(script), 0755, NULL, &err) != 0)
		abort();
}

static int entries(const char *folder, const char *start)
{
	char command[400];
	int n = -1;
	snprintf(command, sizeof command, "ls -A %s | grep -c '^%s'", folder, start);
	FILE *f = popen(command, "r");
	if (f != NULL && fscanf(f, "%d", &n) != 1)
		n = -1;
	if (f != NULL)
		pclose(f);
	return n;
}

/* The process whose number is in FOLDER/child runs no longer (it may wait to be reaped). */
static bool child_ended(const char *folder)
{
	char path[300], state = 'Z';
	int pid = 0;
	snprintf(path, sizeof path, "%s/child", folder);
	FILE *f = fopen(path, "r");
	bool told = f != NULL && fscanf(f, "%d", &pid) == 1;
	if (f != NULL)
		fclose(f);
	for (int i = 0; told && i < 200; i++) {
		snprintf(path, sizeof path, "/proc/%d/stat", pid);
		f = fopen(path, "r");
		bool gone = f == NULL || fscanf(f, "%*d (%*[^)]) %c", &state) != 1 || state == 'Z';
		if (f != NULL)
			fclose(f);
		if (gone)
			return true;
		usleep(10000);
	}
	return false;
}

static void test_run(const char *folder, const char *path)
{
	struct gnuplot_job job = { .script = "exit\n", .limit_s = 1 };
	struct buf svg = {0};
	struct err err = {0};
	char with[4096];
	setenv("TMPDIR", folder, 1);

	CHECK_CASE("gnuplot: not there");
	setenv("PATH", "/nonexistent", 1);
	CHECK_INT(gnuplot_run(&job, &svg, &err), LAT_UNAVAILABLE);
	CHECK_STR(err.text, "gnuplot: no such program in PATH");
	setenv("PATH", path, 1);
	CHECK_INT(entries(folder, "latlas-plot"), 0);

	snprintf(with, sizeof with, "%s:%s", folder, path);
	CHECK_CASE("gnuplot: what it said on stderr is told, in one line");
	fake_gnuplot(folder, "#!/bin/sh\necho 'line 3:' >&2; echo '  it is broken' >&2; exit 3\n");
	setenv("PATH", with, 1);
	CHECK_INT(gnuplot_run(&job, &svg, &err), LAT_UNAVAILABLE);
	CHECK_STR(err.text, "gnuplot: ended with status 3 (it said: line 3: it is broken )");
	CHECK_CASE("gnuplot: a hung one is ended, with what it started");
	fake_gnuplot(folder, "#!/bin/sh\nsleep 60 & echo $! >\"${0%/*}/child\"; sleep 60\n");
	struct mono start = mono_now();
	CHECK_INT(gnuplot_run(&job, &svg, &err), LAT_UNAVAILABLE);
	CHECK_STR(err.text, "gnuplot: not done within 1 s");
	CHECK(mono_diff_us(start, mono_now()) < 5 * US_PER_S);
	CHECK(child_ended(folder));
	CHECK_CASE("gnuplot: its environment is ours, and it is told to read no startup file");
	fake_gnuplot(
	    folder,
	    "#!/bin/sh\n[ \"$1 $2 $#\" = '-d chart.gp 2' ] && [ -z \"$GNUTERM\" ] &&\n"
	    "[ \"$HOME\" = \"$PWD\" ] &&\n"
	    "echo '<svg>fine</svg>' >chart.svg\n");
	setenv("GNUTERM", "x11", 1);
	job.limit_s = 20;
	CHECK_INT(gnuplot_run(&job, &svg, &err), 0);
	CHECK_STR(buf_str(&svg), "<svg>fine</svg>\n");
	unsetenv("GNUTERM");
	CHECK_CASE("gnuplot: nothing is left in the temporary folder");
	setenv("PATH", path, 1);
	CHECK_INT(entries(folder, "latlas-plot"), 0);
	buf_free(&svg);
	gnuplot_free(&job);
}

static void test_charts(const char *folder)
{
	struct report r;
	struct charts charts;
	struct err err = {0};
	char trap[300];
	CHECK_CASE("charts: all three are drawn");
	if (system("command -v gnuplot >/dev/null") != 0) {
		CHECK_SKIP("no gnuplot");
		return;
	}
	fixture_report(&r, false);
	/* Names that would run a command, if names were part of a script or of a file's name. */
	snprintf(trap, sizeof trap, "`touch %s/run`", folder);
	r.nodes.at[0].name = trap;
	((struct report_region *)present_region(&r, "country/DE"))->name = "\"x\" < touch \\ \t y";
	r.probes.at[0].city = "<\ttouch \"run";
	struct view v = { .report = &r, .by = VIEW_COUNTRY };
	CHECK_INT(plot_draw(&v, &charts, &err), 0);
	CHECK_STR(err.text, "");
	for (int c = 0; c < CHARTS; c++) {
		const char *svg = buf_str(&charts.svg[c]);
		CHECK_CONTAINS(svg, "</svg>");
		CHECK(charts.svg[c].len > 20000 && charts.svg[c].len < 200000);
		CHECK(strstr(svg, "onclick") == NULL && strstr(svg, "<script") == NULL);
	}
	CHECK_CONTAINS(buf_str(&charts.svg[CHART_PHASES]), ">T\u00fcrkiye<");
	CHECK_CONTAINS(buf_str(&charts.svg[CHART_PHASES]), "limit 1000 ms");
	CHECK_CONTAINS(buf_str(&charts.svg[CHART_CDF]), ">South America (3 vantages)<");
	CHECK_CONTAINS(buf_str(&charts.svg[CHART_MAP]), ">Mumbai 1138<");
	CHECK_CONTAINS(buf_str(&charts.svg[CHART_MAP]), ">&lt; touch 'run 1126<");
	CHECK_CASE("charts: names run nothing");
	CHECK_INT(entries(folder, "run"), 0);
	charts_free(&charts);

	CHECK_CASE("charts: nothing to draw is no error");
	struct report none = { .metric = M_TOTAL, .quantile = 0.75, .limit_ms = 1000, .basis = "vantages" };
	v.report = &none;
	CHECK_INT(plot_draw(&v, &charts, &err), 0);
	for (int c = 0; c < CHARTS; c++)
		CHECK_INT(charts.svg[c].len, 0);
	charts_free(&charts);
	report_free(&r);
}

int main(void)
{
	char folder[] = "/tmp/latlas-chart-test.XXXXXX", command[200];
	const char *path = getenv("PATH");
	char *kept = strdup(path != NULL ? path : "/usr/bin:/bin");
	if (kept == NULL || mkdtemp(folder) == NULL)
		return 70;
	test_labels();
	test_svg();
	test_run(folder, kept);
	test_charts(folder);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	if (system(command) != 0)
		puts("not ok folder: cannot be removed");
	free(kept);
	return check_done();
}
