/* latlas-collector rotate: a new token for a probe that has one. */
#include "collector/args.h"
#include "collector/block.h"
#include "collector/commands.h"
#include "lib/clock.h"

#define OLD_LIVES_US (7 * US_PER_DAY) /* of the old token, if the new one isn't used before */

static int rotate(const char *name, const struct settings *s, bool now, bool raw, struct err *err)
{
	struct block block;
	struct registry *registry = NULL;
	int64_t now_us = wall_now().us;
	int rc = block_make(&block, s, err);
	if (rc == 0)
		rc = registry_open(&registry, s->db, STORE_WRITE, err);
	if (rc == 0)
		rc = registry_rotate(registry, name, block.hash, now_us, now ? now_us : now_us + OLD_LIVES_US, err);
	if (rc == 0)
		rc = block_print(&block, s, name, raw, "rotated", err);
	registry_close(registry);
	block_free(&block);
	return rc;
}

int rotate_main(int argc, char **argv)
{
	static const struct option table[] = {{"now", no_argument, NULL, 'n'}, {"raw", no_argument, NULL, 'r'},
	                                      {"config", required_argument, NULL, 'c'}, {0}};
	struct err err = {0};
	struct settings s = {0};
	const char *config = COLLECTOR_CONFIG, *name = NULL;
	bool now = false, raw = false;
	int opt, rc = 0;
	args_start();
	while (rc == 0 && (opt = args_next(argc, argv, table, &err)) != -1) {
		rc = opt == '?' ? err.code : 0;
		now = now || opt == 'n';
		raw = raw || opt == 'r';
		config = opt == 'c' ? optarg : config;
	}
	if (rc == 0) {
		name = args_one(argc, argv, "NAME", &err);
		rc = name == NULL ? err.code : 0;
	}
	if (rc == 0)
		rc = settings_read(&s, config, &err);
	if (rc == 0)
		rc = rotate(name, &s, now, raw, &err);
	settings_free(&s);
	return rc == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
}
