#include "collector/args.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/commands.h"
#include "collector/settings.h"
#include "lib/option.h"

void args_start(void)
{
	optind = 0; /* 0, not 1: glibc then forgets the command line before, too */
	opterr = 0;
}

int args_next(int argc, char **argv, const struct option *table, struct err *err)
{
	int c = getopt_long(argc, argv, ":v", table, NULL);
	if (c != '?' && c != ':')
		return c;
	option_wrong(c, argv, table, err);
	err_prefix(err, "%s", argv[0]);
	return '?';
}

const char *args_one(int argc, char **argv, const char *what, struct err *err)
{
	if (optind >= argc) {
		err_set(err, LAT_USAGE, "%s: %s is missing", argv[0], what);
		return NULL;
	}
	if (optind + 1 < argc) {
		err_set(err, LAT_USAGE, "%s: '%s' is one argument too many", argv[0], argv[optind + 1]);
		return NULL;
	}
	return argv[optind];
}

int args_none(int argc, char **argv, struct err *err)
{
	if (optind < argc)
		return err_set(err, LAT_USAGE, "%s: '%s' is one argument too many", argv[0], argv[optind]);
	return 0;
}

int args_flush(struct err *err)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : err_set_errno(err, LAT_IOERR, "standard output");
}

int args_db(const char *db, const char *config, char out[ARGS_PATH], struct err *err)
{
	const char *path = db;
	struct settings settings = {0};
	int rc = 0;
	if (db == NULL && (config != NULL || access(COLLECTOR_CONFIG, R_OK) == 0)) {
		struct problems problems = {0};
		settings_load(&settings, config != NULL ? config : COLLECTOR_CONFIG, &problems);
		/* Good even where another key's value makes no sense: that is not ours to judge here. But a line
		 * that can't be read may have been the database's. */
		path = settings.misread ? NULL : settings.db;
		if (path == NULL)
			rc = problems_first(&problems, err);
		problems_free(&problems);
	}
	if (path == NULL)
		path = COLLECTOR_DB;
	if (rc == 0 && (size_t)snprintf(out, ARGS_PATH, "%s", path) >= ARGS_PATH)
		rc = err_set(err, LAT_USAGE, "the database's path is longer than %d bytes", ARGS_PATH - 1);
	settings_free(&settings);
	return rc;
}
