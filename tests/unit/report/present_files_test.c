/* The files of a report, and the command lines. Called with a path this program writes a
 * database there instead (present_world.h), for tests/cli/report_test. */
#include <errno.h>
#include <unistd.h>

#include "report/archive.h"
#include "report/gate_options.h"
#include "report/outputs.h"
#include "report/report_options.h"
#include "tests/check.h"
#include "tests/unit/report/fixture.h"
#include "tests/unit/report/present_world.h"

static bool there(const char *folder, const char *name)
{
	char path[300];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return access(path, R_OK) == 0;
}

static int writes_left;

static ssize_t few_writes(int fd, const void *data, size_t len)
{
	if (writes_left-- > 0)
		return write(fd, data, len);
	errno = ENOSPC;
	return -1;
}

static void test_outputs(const char *folder)
{
	struct report r;
	struct err err = {0};
	char out[200];
	fixture_report(&r, false);
	struct view v = { .report = &r, .by = VIEW_COUNTRY };
	char *path = strdup(getenv("PATH") != NULL ? getenv("PATH") : "/usr/bin:/bin");

	CHECK_CASE("files: without gnuplot everything but the charts, and 69");
	setenv("PATH", "/nonexistent", 1);
	snprintf(out, sizeof out, "%s/a/b", folder);
	CHECK_INT(outputs_write(&v, out, OUTPUT_ALL, NULL, NULL, &err), LAT_UNAVAILABLE);
	CHECK_STR(err.text, "gnuplot: no such program in PATH: not drawn: map.svg, phases.svg, cdf.svg");
	CHECK(there(out, "report.html") && there(out, "report.md") && there(out, "report.csv") &&
	      there(out, "report.json"));
	CHECK(!there(out, "map.svg"));
	CHECK_CASE("files: numbers alone need no gnuplot");
	snprintf(out, sizeof out, "%s/c", folder);
	CHECK_INT(outputs_write(&v, out, OUTPUT_CSV | OUTPUT_JSON, NULL, NULL, &err), 0);
	CHECK(there(out, "report.csv") && there(out, "report.json") && !there(out, "report.html"));
	setenv("PATH", path, 1);

	CHECK_CASE("files: a full disk is 74, and leaves nothing behind");
	struct file_ops ops = file_ops_system;
	ops.write = few_writes;
	writes_left = 0;
	snprintf(out, sizeof out, "%s/d", folder);
	CHECK_INT(outputs_write(&v, out, OUTPUT_MARKDOWN, &ops, NULL, &err), LAT_IOERR);
	CHECK_CONTAINS(err.text, "report.md");
	CHECK_INT(rmdir(out), 0);
	CHECK_CASE("files: a folder that can't be made is 74");
	snprintf(out, sizeof out, "%s/c/report.csv/x", folder);
	CHECK_INT(outputs_write(&v, out, OUTPUT_CSV, NULL, NULL, &err), LAT_IOERR);

	CHECK_CASE("files: which were written is told");
	char *told = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&told, &size);
	if (f != NULL) {
		snprintf(out, sizeof out, "%s/c", folder);
		CHECK_INT(outputs_write(&v, out, OUTPUT_CSV | OUTPUT_MARKDOWN, NULL, f, &err), 0);
		fclose(f);
		CHECK_CONTAINS(told, "/c: report.md report.csv\n");
	}
	free(told);
	free(path);
	report_free(&r);
}

#define ARGS(...)                                                                                            \
	(char *[]){ "program", __VA_ARGS__, NULL }, (int)LAT_COUNT(((char *[]){ "program", __VA_ARGS__ }))

static int report_args(struct report_options *o, char **argv, int argc, struct err *err)
{
	optind = 0; /* getopt(3) of glibc: start afresh */
	return report_options_parse(o, argc, argv, err);
}

static int gate_args(struct gate_options *o, char **argv, int argc, struct err *err)
{
	optind = 0;
	return gate_options_parse(o, argc, argv, err);
}

static void test_options(void)
{
	struct report_options o;
	struct gate_options g;
	struct err err = {0};
	CHECK_CASE("report's options");
	CHECK_INT(report_args(&o,
	                      ARGS("--db", "x.db", "--by", "probe", "--out", "dir", "--format", "html,json",
	                           "--block", "10s", "--seed", "7", "--generalise", "--private", "-vv"),
	                      &err),
	          0);
	CHECK_STR(o.flags.db, "x.db");
	CHECK_INT(o.by, VIEW_PROBE);
	CHECK_INT(o.formats, OUTPUT_HTML | OUTPUT_JSON);
	CHECK_INT(o.flags.block_us, 10 * US_PER_S);
	CHECK_INT(o.flags.seed, 7);
	CHECK_INT(o.flags.verbose, 2);
	CHECK(o.flags.generalise && o.private);
	CHECK_CASE("report's defaults");
	CHECK_INT(report_args(&o, ARGS("-v"), &err), 0);
	CHECK_STR(o.flags.db, "/var/lib/latlas/latlas.db");
	CHECK_STR(o.flags.since, "7d");
	CHECK_INT(o.formats, OUTPUT_ALL);
	CHECK_INT(o.by, VIEW_COUNTRY);
	CHECK(!o.private && o.out == NULL);
	CHECK_CASE("gate's options");
	CHECK_INT(gate_args(&g,
	                    ARGS("whatif", "--add", "sin", "--remove", "lon", "--add", "bom", "--policy",
	                         "geo", "--require", "country/GB", "--json"),
	                    &err),
	          0);
	CHECK_INT(g.add.len, 2);
	CHECK_STR(g.add.at[1], "bom");
	CHECK_STR(g.remove.at[0], "lon");
	CHECK_STR(g.require.at[0], "country/GB");
	CHECK_INT(g.policy, POLICY_GEO);
	CHECK(g.json);
	CHECK_CASE("gate: a change is needed");
	CHECK_INT(gate_args(&g, ARGS("whatif"), &err), LAT_USAGE);
	CHECK_INT(gate_args(&g, ARGS("--add", "sin"), &err), LAT_USAGE);
	CHECK_INT(gate_args(&g, ARGS("whatif", "--add", "sin", "--add", "sin"), &err), LAT_USAGE);
}

static void test_window(void)
{
	const struct wall now = { FIXTURE_T0 };
	struct store_totals totals = { .samples = 5,
		                       .first_us = FIXTURE_T0 - 3 * US_PER_DAY,
		                       .last_us = FIXTURE_T0 };
	struct flags f;
	struct err err = {0};
	int64_t since, until;
	CHECK_CASE("window: seven days up to now");
	flags_init(&f);
	CHECK_INT(flags_window(&f, &totals, now, &since, &until, &err), 0);
	CHECK_INT(until, FIXTURE_T0);
	CHECK_INT(since, FIXTURE_T0 - 7 * US_PER_DAY);
	CHECK_CASE("window: a relative start counts back from the end");
	f.since = "36h";
	f.until = "2026-11-20";
	CHECK_INT(flags_window(&f, &totals, now, &since, &until, &err), 0);
	CHECK_INT(until, FIXTURE_T0 - 2 * US_PER_DAY);
	CHECK_INT(since, FIXTURE_T0 - 2 * US_PER_DAY - 36 * US_PER_HOUR);
	CHECK_CASE("window: all");
	f.since = "all";
	f.until = NULL;
	CHECK_INT(flags_window(&f, &totals, now, &since, &until, &err), 0);
	CHECK_INT(since, FIXTURE_T0 - 3 * US_PER_DAY);
	totals.first_us = US_NONE;
	CHECK_INT(flags_window(&f, &totals, now, &since, &until, &err), LAT_NOINPUT);
	CHECK_CASE("window: the wrong way round, or no time at all");
	f.since = "2026-11-23";
	CHECK_INT(flags_window(&f, &totals, now, &since, &until, &err), LAT_USAGE);
	CHECK_CONTAINS(err.text, "--since: '2026-11-23' is not before");
	f.since = "yesterday";
	CHECK_INT(flags_window(&f, &totals, now, &since, &until, &err), LAT_USAGE);
	CHECK_CONTAINS(err.text, "--since");
}

static void test_archive(const char *folder)
{
	struct archive a;
	struct err err = {0};
	char path[200];
	CHECK_CASE("database: opened for reading, what is not one refused");
	snprintf(path, sizeof path, "%s/w.db", folder);
	CHECK_INT(archive_open(&a, path, &err), LAT_NOINPUT);
	CHECK_CONTAINS(err.text, path);
	archive_close(&a);
	world_write(path);
	CHECK_INT(archive_open(&a, path, &err), 0);
	/* 9 vantages, 48 rounds of 10 samples. */
	CHECK_INT(a.totals.samples, 4320);
	archive_close(&a);
	snprintf(path, sizeof path, "%s/c/report.md", folder);
	CHECK_INT(archive_open(&a, path, &err), LAT_DATAERR);
	archive_close(&a);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/latlas-files-test.XXXXXX", command[200];
	if (argc == 2) {
		world_write(argv[1]);
		return 0;
	}
	if (mkdtemp(folder) == NULL)
		return 70;
	test_outputs(folder);
	test_options();
	test_window();
	test_archive(folder);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	if (system(command) != 0)
		puts("not ok folder: cannot be removed");
	return check_done();
}
