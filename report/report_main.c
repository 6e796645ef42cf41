/* latlas-report: which regions are served well, which fall short, why, what would fix it. */
#include <stdio.h>

#include "lib/log.h"
#include "report/archive.h"
#include "report/evaluate.h"
#include "report/outputs.h"
#include "report/progress.h"
#include "report/report_options.h"
#include "report/summary.h"

#define PROGRAM "latlas-report"

static int evaluate(const struct report_options *o, struct archive *a, const struct log *log,
                    struct report *r, struct err *err)
{
	struct evaluate_options e = {
		.block_us = o->flags.block_us, .seed = o->flags.seed,
		.metric_given = o->flags.metric_given, .metric = o->flags.metric, .limit_ms = o->flags.limit_ms,
		.generalise = o->flags.generalise,
		.by_probe = o->by == VIEW_PROBE, .weights_file = o->weights, .log = log,
	};
	int rc = flags_window(&o->flags, &a->totals, wall_now(), &e.since_us, &e.until_us, err);
	if (rc != 0)
		return rc;
	progress_begin(PROGRAM ": reading and resampling");
	rc = evaluate_report(a->store, a->registry, &e, r, err);
	progress_end();
	return rc;
}

/* Addresses are in the plan, not in the report: nobody who wasn't asked to prints them. */
static int read_plan(struct archive *a, struct plan *plan, struct err *err)
{
	struct buf json = {0};
	int rc = registry_plan(a->registry, NULL, &json, err);
	if (rc == 0)
		rc = plan_from_json(plan, buf_str(&json), json.len, err);
	buf_free(&json);
	return rc;
}

static int present(const struct report_options *o, struct archive *a, const struct report *r, struct err *err)
{
	struct view v = { .report = r, .by = o->by, .private = o->private };
	struct plan plan = {0};
	int rc = o->private ? read_plan(a, &plan, err) : 0;
	v.plan = o->private ? &plan : NULL;
	if (rc == 0)
		rc = summary_print(&v, stdout, err);
	if (rc == 0 && o->out != NULL)
		rc = outputs_write(&v, o->out, o->formats, NULL, stdout, err);
	if (fflush(stdout) != 0 && rc == 0)
		rc = err_set_errno(err, LAT_IOERR, "standard output");
	plan_free(&plan);
	return rc;
}

int main(int argc, char **argv)
{
	struct report_options o;
	struct archive archive = {0};
	struct report report = {0};
	struct log log;
	struct err err = {0};
	int status;
	log_init(&log, PROGRAM);
	if (report_options_parse(&o, argc, argv, &err) != 0)
		return err_print(&err, PROGRAM);
	if (flags_answer(&o.flags, PROGRAM, report_options_help, &status))
		return status;
	flags_log(&o.flags, &log);
	int rc = archive_open(&archive, o.flags.db, &err);
	if (rc == 0)
		rc = evaluate(&o, &archive, &log, &report, &err);
	if (rc == 0)
		rc = present(&o, &archive, &report, &err);
	report_free(&report);
	archive_close(&archive);
	return rc == 0 ? LAT_OK : err_print(&err, PROGRAM);
}
