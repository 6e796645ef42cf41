/* latlas-collector backup: a copy of the database, whether it serves or not. */
#include <stdio.h>
#include <sys/stat.h>

#include "collector/args.h"
#include "collector/commands.h"
#include "collector/progress.h"
#include "schema/store_file.h"

static int backup(const char *db, const char *to, bool force, struct err *err)
{
	struct stat st;
	struct progress progress;
	struct progress_watch watch;
	char copy[ARGS_PATH]; /* what grows meanwhile (schema/store_file.h) */
	snprintf(copy, sizeof copy, "%s.tmp", to);
	progress_begin(&progress);
	progress_watch_begin(&watch, &progress, "backup", copy);
	int rc = store_file_backup(db, to, force, err);
	progress_watch_end(&watch);
	if (rc != 0)
		return err_prefix(err, "backup");
	if (stat(to, &st) != 0)
		return err_set_errno(err, LAT_IOERR, "%s", to);
	printf("%s: %.1f MiB\n", to, (double)st.st_size / 1048576);
	return args_flush(err);
}

int backup_main(int argc, char **argv)
{
	static const struct option table[] = {{"db", required_argument, NULL, 'b'},
	                                      {"config", required_argument, NULL, 'c'},
	                                      {"force", no_argument, NULL, 'f'}, {0}};
	struct err err = {0};
	const char *db = NULL, *config = NULL, *to = NULL;
	char path[ARGS_PATH];
	bool force = false;
	int opt, rc = 0;
	args_start();
	while (rc == 0 && (opt = args_next(argc, argv, table, &err)) != -1) {
		if (opt == '?')
			rc = err.code;
		if (opt == 'b')
			db = optarg;
		if (opt == 'c')
			config = optarg;
		force = force || opt == 'f';
	}
	if (rc == 0 && (to = args_one(argc, argv, "FILE", &err)) == NULL)
		rc = err.code;
	if (rc == 0)
		rc = args_db(db, config, path, &err);
	if (rc == 0)
		rc = backup(path, to, force, &err);
	return rc == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
}
