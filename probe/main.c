/* latlas-probe: times the phases of a first visit, by hand or as one round of a plan. */
#include <stdio.h>

#include "lib/err.h"
#include "lib/log.h"
#include "probe/byhand.h"
#include "probe/cron.h"
#include "probe/environment.h"
#include "probe/fetch.h"
#include "probe/join.h"
#include "probe/options.h"
#include "probe/resolve.h"

#define PROGRAM "latlas-probe"

static int run(const struct options *o, const struct log *log, const volatile sig_atomic_t *stop,
               struct err *err)
{
	switch (o->mode) {
	case MODE_HELP:
		options_help(stdout);
		return 0;
	case MODE_VERSION:
		puts(PROGRAM " " LATLAS_VERSION);
		return 0;
	case MODE_BY_HAND:
		return byhand_run(o, log, stop, err);
	case MODE_ROUND:
		return cron_run(o, log, stop, err);
	case MODE_JOIN:
	default:
		return join_run(o, log, err);
	}
}

int main(int argc, char **argv)
{
	struct options options;
	struct log log;
	struct err err = {0};

	log_init(&log, PROGRAM);
	if (options_parse(&options, argc, argv, &err) != 0)
		return err_print(&err, PROGRAM);
	log.level = (enum log_level)(LOG_LEVEL_WARN + (options.verbose > 2 ? 2 : options.verbose));

	environment_clean();
	const volatile sig_atomic_t *stop = environment_signals();

	int rc = resolve_library_init(&err);
	if (rc == 0) {
		rc = fetch_library_init(&err);
		if (rc == 0) {
			rc = run(&options, &log, stop, &err);
			fetch_library_cleanup();
		}
		resolve_library_cleanup();
	}
	/* What is small enough waits in stdio's buffer until here. */
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = err_set_errno(&err, LAT_IOERR, "standard output");
	return rc != 0 && err.code != 0 ? err_print(&err, PROGRAM) : rc;
}
