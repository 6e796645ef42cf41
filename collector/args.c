#include "collector/args.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/commands.h"
#include "collector/settings.h"

void args_start(void)
{
	optind = 0; /* 0, not 1: glibc then forgets the command line before, too */
	opterr = 0;
}

/* The long option that got an argument by '=' which it does not take, in the word that was just read.
 * getopt_long(3) then says its value in optopt, which may be a letter as for an unknown short option;
 * NULL: so it is. The word may then be an older one, of another option. */
static const char *takes_none(const char *word, const struct option *table)
{
	size_t len = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;
	if (len == 0 || word[2 + len] != '=')
		return NULL;
	for (const struct option *o = table; o->name != NULL; o++)
		if (o->val == optopt && o->has_arg == no_argument && strncmp(o->name, word + 2, len) == 0)
			return o->name;
	return NULL;
}

int args_next(int argc, char **argv, const struct option *table, struct err *err)
{
	int c = getopt_long(argc, argv, ":v", table, NULL);
	if (c == '?') {
		const char *word = argv[optind - 1], *name = optopt != 0 ? takes_none(word, table) : NULL;
		if (name != NULL)
			err_set(err, LAT_USAGE, "%s: --%s takes no argument", argv[0], name);
		else if (optopt != 0)
			err_set(err, LAT_USAGE, "%s: unknown option '-%c'", argv[0], optopt);
		else
			err_set(err, LAT_USAGE, "%s: unknown option '%s'", argv[0], word);
	} else if (c == ':') {
		err_set(err, LAT_USAGE, "%s: %s needs an argument", argv[0], argv[optind - 1]);
		c = '?';
	}
	return c;
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
		path = settings.db; /* good even where another key is wrong: it is not ours to judge here */
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
