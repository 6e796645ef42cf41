/* latlas-gate: would a change of the fleet make some region worse? */
#include <stdio.h>

#include "lib/log.h"
#include "report/archive.h"
#include "report/evaluate.h"
#include "report/gate_json.h"
#include "report/gate_options.h"
#include "report/gate_text.h"
#include "report/progress.h"

#define PROGRAM "latlas-gate"

static int evaluate(const struct gate_options *o, struct archive *a, const struct log *log, struct gate *g,
                    struct err *err)
{
	struct whatif_options w = {
		.common = { .block_us = o->flags.block_us, .seed = o->flags.seed,
		            .metric_given = o->flags.metric_given, .metric = o->flags.metric,
		            .limit_ms = o->flags.limit_ms,
		            .generalise = o->flags.generalise, .log = log },
		.add = o->add.at, .adds = o->add.len,
		.remove = o->remove.at, .removes = o->remove.len,
		.policy = o->policy,
		.require = o->require.at, .requires = o->require.len,
	};
	int rc = flags_window(&o->flags, &a->totals, wall_now(), &w.common.since_us, &w.common.until_us, err);
	if (rc != 0)
		return rc;
	progress_begin(PROGRAM ": reading and resampling");
	rc = evaluate_whatif(a->store, a->registry, &w, g, err);
	progress_end();
	return rc;
}

static int print_json(const struct gate *g, struct err *err)
{
	struct buf json = {0};
	int rc = gate_json_write(g, &json, err);
	if (rc == 0 && (fputs(buf_str(&json), stdout) < 0 || fflush(stdout) != 0))
		rc = err_set_errno(err, LAT_IOERR, "standard output");
	buf_free(&json);
	return rc;
}

static int status_of(enum gate_verdict v)
{
	return v == GATE_PASS ? LAT_OK : v == GATE_FAIL ? LAT_NO : LAT_INCONCLUSIVE;
}

int main(int argc, char **argv)
{
	struct gate_options o;
	struct archive archive = {0};
	struct gate gate = {0};
	struct log log;
	struct err err = {0};
	int status;
	log_init(&log, PROGRAM);
	if (gate_options_parse(&o, argc, argv, &err) != 0)
		return err_print(&err, PROGRAM);
	if (flags_answer(&o.flags, PROGRAM, gate_options_help, &status))
		return status;
	flags_log(&o.flags, &log);
	int rc = archive_open(&archive, o.flags.db, &err);
	if (rc == 0)
		rc = evaluate(&o, &archive, &log, &gate, &err);
	if (rc == 0)
		rc = o.json ? print_json(&gate, &err) : gate_text_print(&gate, stdout, &err);
	status = rc == 0 ? status_of(gate.verdict) : err_print(&err, PROGRAM);
	gate_free(&gate);
	archive_close(&archive);
	return status;
}
