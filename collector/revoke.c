/* latlas-collector revoke: a probe's tokens are no longer valid. */
#include <stdio.h>

#include "collector/args.h"
#include "collector/commands.h"
#include "lib/clock.h"
#include "schema/registry.h"

static int revoke(const char *name, const char *db, struct err *err)
{
	struct registry *registry = NULL;
	bool already = false;
	int rc = registry_open(&registry, db, STORE_WRITE, err);
	if (rc == 0)
		rc = registry_revoke(registry, name, wall_now().us, &already, err);
	if (rc == 0)
		printf(already ? "%s was revoked before\n" : "%s is revoked; what it measured stays\n", name);
	if (rc == 0)
		rc = args_flush(err);
	registry_close(registry);
	return rc;
}

int revoke_main(int argc, char **argv)
{
	static const struct option table[] = {{"db", required_argument, NULL, 'b'},
	                                      {"config", required_argument, NULL, 'c'}, {0}};
	struct err err = {0};
	const char *db = NULL, *config = NULL, *name = NULL;
	char path[ARGS_PATH];
	int opt, rc = 0;
	args_start();
	while (rc == 0 && (opt = args_next(argc, argv, table, &err)) != -1) {
		rc = opt == '?' ? err.code : 0;
		db = opt == 'b' ? optarg : db;
		config = opt == 'c' ? optarg : config;
	}
	if (rc == 0) {
		name = args_one(argc, argv, "NAME", &err);
		rc = name == NULL ? err.code : args_db(db, config, path, &err);
	}
	if (rc == 0)
		rc = revoke(name, path, &err);
	return rc == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
}
