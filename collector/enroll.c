/* latlas-collector enroll: a probe, its token, and the block that `latlas-probe join` reads. */
#include <math.h>
#include <string.h>

#include "collector/args.h"
#include "collector/args_place.h"
#include "collector/block.h"
#include "collector/commands.h"
#include "lib/clock.h"
#include "schema/registry.h"

enum { O_CONFIG = 256, O_RAW, O_AGAIN };

struct enroll {
	struct probe_row row;
	struct args_place place;
	const char *config;
	bool raw, again;
};

static int read_option(struct enroll *e, int opt, const char *text, struct err *err)
{
	switch (opt) {
	case O_CONFIG:
		e->config = text;
		return 0;
	default:
		e->raw = e->raw || opt == O_RAW;
		e->again = e->again || opt == O_AGAIN;
		return args_place(&e->place, &e->row, opt, text, err);
	}
}

static int check_row(const struct enroll *e, struct err *err)
{
	if (!sample_name_ok(e->row.name))
		return err_set(err, LAT_USAGE, "NAME: '%.80s' is not 1 to %d of A-Z a-z 0-9 . _ -",
		               e->row.name, NAME_MAX_LEN);
	if (args_place_check(&e->row, err) != 0)
		return err->code;
	if (e->again && e->row.country == NULL && e->place.network)
		return err_set(err, LAT_USAGE, "--again: a new --network needs the place, too: --country");
	return 0;
}

static int enroll(struct enroll *e, const struct settings *s, struct err *err)
{
	struct block block;
	struct registry *registry = NULL;
	int rc = block_make(&block, s, err);
	if (rc == 0)
		rc = registry_open(&registry, s->db, STORE_WRITE, err);
	if (rc == 0 && e->again)
		rc = registry_readmit(registry, &e->row, block.hash, err);
	else if (rc == 0)
		rc = registry_enroll(registry, &e->row, block.hash, err);
	if (rc == 0)
		rc = block_print(&block, s, e->row.name, e->raw, "enrolled", err);
	registry_close(registry);
	block_free(&block);
	return rc;
}

static int with_settings(struct enroll *e, struct err *err)
{
	struct settings s;
	int rc = settings_read(&s, e->config, err);
	if (rc == 0)
		rc = enroll(e, &s, err);
	settings_free(&s);
	return rc;
}

int enroll_main(int argc, char **argv)
{
	static const struct option table[] = {ARGS_PLACE,
	                                      {"config", required_argument, NULL, O_CONFIG},
	                                      {"raw", no_argument, NULL, O_RAW},
	                                      {"again", no_argument, NULL, O_AGAIN}, {0}};
	struct err err = {0};
	struct enroll e = {.config = COLLECTOR_CONFIG,
	                   .row = {.lat = NAN, .lon = NAN, .network = NETWORK_DATACENTER,
	                           .last_seen_us = US_NONE, .last_skew_us = STORE_NO_SKEW}};
	int opt, rc = 0;
	args_start();
	while (rc == 0 && (opt = args_next(argc, argv, table, &err)) != -1)
		rc = opt == '?' ? err.code : read_option(&e, opt, optarg, &err);
	if (rc == 0) {
		e.row.name = args_one(argc, argv, "NAME", &err);
		rc = e.row.name == NULL ? err.code : check_row(&e, &err);
	}
	e.row.enrolled_us = wall_now().us;
	e.row.place_source = e.row.country != NULL ? "enrol" : NULL;
	if (rc == 0)
		rc = with_settings(&e, &err);
	return rc == 0 ? 0 : err_print(&err, COLLECTOR_NAME);
}
